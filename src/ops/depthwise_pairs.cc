#include "ops/depthwise_pairs.h"

#include "ops/conv_pairs.h"
#include "ops/int4.h"
#include "ops/staged_lowering.h"

namespace thimble::ops {

using base::Result;

Result<std::optional<Lowering>> lower_depthwise_pairs(const ir::Graph& graph, const ir::Node& node,
                                                      const MacTraits& traits,
                                                      const ConvWindow& window) {
  if (window.in_c != window.out_c || window.dilation.h != 1 || window.dilation.w != 1)
    return std::nullopt;
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  KernelCall call;
  const bool has_int4 = fits_int4(layer);
  call.function = has_int4 ? "depthwise_s4_pairs" : "depthwise_s8_pairs";
  call.params_type = "DepthwiseS8PairsParams";
  call.header = "kernels/depthwise/kernel.h";
  call.source = "kernels/depthwise/depthwise_pairs.cc";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  std::vector<int8_t> weights;
  for (int32_t channel = 0; channel < layer.channels(); ++channel) {
    const std::vector<int8_t> filter = channel_weights(layer, channel);
    weights.insert(weights.end(), filter.begin(), filter.end());
  }
  if (has_int4) weights = nibble_bytes(weights);
  add_table<int8_t>(call, "weights", ir::DataType::kInt8, weights);
  add_staged_output(call, layer, stage, /*folds_zero_point=*/true, [&](int32_t channel) {
    return !sums_fit_half(channel_weights(layer, channel), static_cast<size_t>(window.filter_w));
  });
  window.add_fields(call);
  call.fields.push_back({"input_zero_point", layer.input.zero_point()});
  // A plane of words that hold two pixels each, the filter's weights, a row of sums.
  const int64_t half = (window.out_w + 1) / 2;
  const int64_t width = (half - 1) * window.stride.w + window.filter_w;
  const int64_t height = int64_t{window.out_h - 1} * window.stride.h + window.filter_h;
  const int64_t words = width * height + static_cast<int64_t>(window.taps()) + 2 * half;
  call.scratch_bytes = sizeof(int32_t) * static_cast<size_t>(words);
  Lowering way;
  way.calls = {std::move(call)};
  way.variant = has_int4 ? "int4" : "pairs";
  // Channels do not disturb each other as long as they keep their place among all channels.
  if (window.batches == 1) way.overlap = Overlap{.exact = true};
  return way;
}

}  // namespace thimble::ops
