#include "ops/fully_connected/sparse.h"

#include "ops/mac_lowering.h"

namespace thimble::ops {
namespace {

// The call of the portable kernel with these weights in place of its own.
KernelCall call_with(const SparseRows& rows, const KernelCall& portable) {
  KernelCall call;
  call.function = "fully_connected_s8_sparse";
  call.params_type = "FullyConnectedS8SparseParams";
  call.header = portable.header;
  call.source = "kernels/fully_connected/fully_connected_sparse.cc";
  call.inputs = portable.inputs;
  call.outputs = portable.outputs;
  add_table<int32_t>(call, "weights", ir::DataType::kInt32, rows.words);
  call.constants.back().is_weights = true;
  add_table<int16_t>(call, "blocks", ir::DataType::kInt16, rows.blocks);
  for (const Field& field : portable.fields) {
    if (field.name == "weights" || field.name == "weights_zero_point") continue;
    call.fields.push_back(field);
    if (auto* table = std::get_if<ConstantRef>(&call.fields.back().value)) {
      call.constants.push_back(portable.constants[table->index]);
      table->index = call.constants.size() - 1;
    }
  }
  return call;
}

}  // namespace

std::optional<SparseWay> lower_fully_connected_sparse(const MacLayer& layer,
                                                      const KernelCall& portable, bool has_dsp) {
  if (layer.mode() != MacMode::kInt8 || layer.weight_zero_point() != 0) return {};
  const auto rows = sparse_rows(layer);
  if (!rows) return {};

  // Cycles on a Cortex-M4, measured without wait states: a block of eight weights and a channel,
  // against row pairs, which take 37 for 32 weights in groups of eight channels and more in groups
  // of four, which few channels are computed in.
  constexpr double kBlockCycles = 45, kChannelCycles = 30;
  constexpr int32_t kFewChannels = 16;
  const double dense_cycles = layer.channels() <= kFewChannels ? 1.75 : 37.0 / 32;
  const double sparse = kBlockCycles * static_cast<double>(rows->words.size()) / 3 +
                        kChannelCycles * static_cast<double>(layer.channels());
  const double dense = dense_cycles * static_cast<double>(layer.weights.bytes());
  // Without DSP instructions every load and product takes longer, the dense ones two at a time.
  constexpr double kWithoutDsp = 1.5;
  return SparseWay{{.calls = {call_with(*rows, portable)}, .variant = std::string(kSparseVariant)},
                   sparse / dense * (has_dsp ? 1 : kWithoutDsp)};
}

}  // namespace thimble::ops
