// Runs a multiply-accumulate layer in its mode: the operator supplies the walk over the taps, this
// file the data types and everything that happens to a sum.
#pragma once

#include <type_traits>
#include <vector>

#include "ops/mac_layer.h"

namespace thimble::ops {

// The type in which one input element, its zero point and one weight are multiplied.
template <typename In>
using MacFactor = std::conditional_t<std::is_floating_point_v<In>, float, int32_t>;

// Sum of (input[i] - input_zero) * (weights[i] - weights_zero) over a contiguous run. The 32-bit
// sum of the integer modes is unsigned, so that it wraps around.
template <typename Sum, typename In, typename W>
Sum dot(const In* input, MacFactor<In> input_zero, const W* weights, MacFactor<In> weights_zero,
        int32_t count) {
  Sum sum{};
  for (int32_t i = 0; i < count; ++i)
    sum += static_cast<Sum>((MacFactor<In>{input[i]} - input_zero) *
                            (static_cast<MacFactor<In>>(weights[i]) - weights_zero));
  return sum;
}

// Calls  run(Sum{}, input, input_zero, weights, store)  once for each of `batches` equal parts of
// the input. `run` must call  store(index, channel, sum)  for every output element of its part,
// where sum is the sum of (input - input_zero) * weight, without the bias.
template <typename Run>
base::Result<> execute_mac(const ExecContext& context, const MacTraits& traits, int64_t batches,
                           Run run) {
  const MacLayer layer = MacLayer::of(context.graph, context.node, traits);
  THIMBLE_ASSIGN(const Activation activation, read_activation(context.node));
  const int64_t in_size = layer.input.elements() / batches;
  const int64_t out_size = layer.output.elements() / batches;

  auto run_float = [&] {
    const FloatRange range = activation_range(activation);
    const float* bias = layer.bias ? layer.bias->as<float>() : nullptr;
    for (int64_t n = 0; n < batches; ++n) {
      const float* in = context.in<float>(traits.input_index) + n * in_size;
      float* out = context.out<float>() + n * out_size;
      auto store = [&](int64_t index, int32_t channel, float sum) {
        if (bias) sum += bias[channel];
        out[index] = std::min(std::max(sum, range.min), range.max);
      };
      if (layer.mode() == MacMode::kFloat) {
        run(float{}, in, 0.0f, layer.weights.as<float>(), store);
        continue;
      }
      if (layer.mode() == MacMode::kDecoded) {
        run(float{}, in, 0.0f, layer.weights.as<int8_t>(),
            [&](int64_t index, int32_t channel, float sum) {
              store(index, channel, sum * layer.weight_scale(channel));
            });
        continue;
      }
      const HybridInput quantized =
          quantize_hybrid_input({in, static_cast<size_t>(in_size)}, layer.hybrid_scheme);
      run(uint32_t{}, quantized.values.data(), quantized.zero_point, layer.weights.as<int8_t>(),
          [&](int64_t index, int32_t channel, uint32_t sum) {
            const float scale = quantized.scale * layer.weight_scale(channel);
            store(index, channel, static_cast<float>(static_cast<int32_t>(sum)) * scale);
          });
    }
  };

  // Element: of input and output. Sum: of the loop; SignedSum: of the output stage.
  auto run_integer = [&]<typename Element, typename Sum, typename SignedSum>(
                         const OutputStage& stage) {
    const std::vector<int64_t> bias = integer_bias(layer);
    for (int64_t n = 0; n < batches; ++n) {
      const Element* in = context.in<Element>(traits.input_index) + n * in_size;
      Element* out = context.out<Element>() + n * out_size;
      run(Sum{}, in, layer.input.zero_point(), layer.weights.as<int8_t>(),
          [&](int64_t index, int32_t channel, Sum sum) {
            sum += static_cast<Sum>(bias[static_cast<size_t>(channel)]);
            out[index] = static_cast<Element>(stage.apply(static_cast<SignedSum>(sum), channel));
          });
    }
  };

  if (!ir::is_integer(layer.input.type)) {
    run_float();
    return {};
  }
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  if (layer.mode() == MacMode::kInt8)
    run_integer.template operator()<int8_t, uint32_t, int32_t>(stage);
  else if (layer.mode() == MacMode::kInt16Narrow)
    run_integer.template operator()<int16_t, uint32_t, int32_t>(stage);
  else
    run_integer.template operator()<int16_t, int64_t, int64_t>(stage);
  return {};
}

}  // namespace thimble::ops
