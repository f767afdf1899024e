#include "ops/fully_connected/sparse.h"

#include "ops/sparse_rows.h"

namespace thimble::ops {

std::optional<SparseWay> lower_fully_connected_sparse(const MacLayer& layer,
                                                      const KernelCall& portable, bool has_dsp) {
  if (layer.mode() != MacMode::kInt8 || layer.weight_zero_point() != 0) return {};
  const auto rows = sparse_rows(layer);
  if (!rows) return {};

  KernelCall call = sparse_call(portable,
                                {.function = "fully_connected_s8_sparse",
                                 .params_type = "FullyConnectedS8SparseParams",
                                 .source = "kernels/fully_connected/fully_connected_sparse.cc"},
                                *rows);

  // Cycles on a Cortex-M4, measured without wait states: a block of eight weights and a channel,
  // against row pairs, which take 37 for 32 weights.
  constexpr double kBlockCycles = 45, kChannelCycles = 30, kDenseCycles = 37.0 / 32;
  const double sparse = kBlockCycles * static_cast<double>(rows->words.size()) / 3 +
                        kChannelCycles * static_cast<double>(layer.channels());
  const double dense = kDenseCycles * static_cast<double>(layer.weights.bytes());
  // Without DSP instructions every load and product takes longer, the dense ones two at a time.
  constexpr double kWithoutDsp = 1.5;
  return SparseWay{{.calls = {std::move(call)}, .variant = std::string(kSparseVariant)},
                   sparse / dense * (has_dsp ? 1 : kWithoutDsp)};
}

}  // namespace thimble::ops
