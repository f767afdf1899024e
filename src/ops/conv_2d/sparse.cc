#include "ops/conv_2d/sparse.h"

#include "ops/sparse_rows.h"
#include "ops/window_overlap.h"

namespace thimble::ops {
namespace {

constexpr int32_t kPixels = 4;  // that the kernel computes at a time

// The expected time relative to that of the dense kernel, from cycles on a Cortex-M4 without wait
// states.
double relative_time(const ConvWindow& window, const SparseRows& rows, size_t row_bytes) {
  constexpr double kBlockCycles = 86, kChannelCycles = 120, kInputCycles = 9, kRowCycles = 100;
  constexpr double kDenseCycles = 0.94, kDenseOutputCycles = 12;
  const auto channels = static_cast<double>(rows.blocks.size());
  const auto row = static_cast<double>(row_bytes);
  const double sparse = kBlockCycles * static_cast<double>(rows.words.size()) / 3 +
                        kChannelCycles * channels + kInputCycles * row +
                        kRowCycles * static_cast<double>(window.filter_h);
  const double dense = kPixels * channels * (kDenseCycles * row + kDenseOutputCycles);
  return sparse / dense;
}

}  // namespace

std::optional<SparseWay> lower_conv_sparse(const MacLayer& layer, const ConvWindow& window,
                                           const KernelCall& portable, bool has_dsp) {
  if (layer.mode() != MacMode::kInt8) return {};
  const auto rows = sparse_rows(layer);
  if (!rows) return {};
  KernelCall call = sparse_call(portable,
                                {.function = "conv_s8_sparse",
                                 .params_type = "ConvS8SparseParams",
                                 .source = "kernels/conv/conv_sparse.cc"},
                                *rows);
  const size_t row_bytes = window.taps() * static_cast<size_t>(window.in_c);
  call.scratch_bytes = kPixels * row_bytes + static_cast<size_t>(window.in_c);
  // Without DSP instructions every product is an instruction, and its operands are loaded one by
  // one; the dense kernel does two at a time.
  constexpr double kWithoutDsp = 1.5;
  return SparseWay{{.calls = {std::move(call)},
                    .overlap = Overlap{.lead_bytes = lead_of_window_walk(
                                           walk_of(window, 1, 1), WindowReads::kBlock, kPixels)},
                    .variant = std::string(kSparseVariant)},
                   relative_time(window, *rows, row_bytes) * (has_dsp ? 1 : kWithoutDsp)};
}

}  // namespace thimble::ops
