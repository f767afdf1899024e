// How an operator on floats becomes the same operator on integers: what TensorFlow Lite's kernels
// expect of the scales of its operands. Part of OpInfo, read by optimize/quantize.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace thimble::ops {

// int8 with this scale and zero point; int16 with the zero point 0.
struct FixedScale {
  float int8_scale;
  int32_t int8_zero_point;
  float int16_scale;
};

// Operands that are quantized as weights and bias. All other float operands are activations.
struct WeightOperands {
  size_t input = 0, weights = 1, bias = 2;
  int32_t channel_axis = 0;  // of the weights: the output channel
  // Whether all runtimes take a scale for each channel, which is more exact.
  bool per_channel = true;
  bool may_be_decoded = true;  // float arithmetic with int8 weights (ops/mac_layer.h)
};

struct QuantizeRule {
  enum class Output {
    kFloat,        // there is no integer form that a float network could become: stays float
    kOwnScale,     // any scale
    kSharedScale,  // inputs and output have the same scale: nothing is rescaled
    kFixedOutput,  // see `fixed`
  };
  Output output = Output::kFloat;
  std::optional<FixedScale> fixed = {};
  std::optional<WeightOperands> weights = {};
  bool rounds = true;  // false: elements are only copied or selected
};

inline constexpr QuantizeRule kStaysFloat{};
inline constexpr QuantizeRule kOwnScale{.output = QuantizeRule::Output::kOwnScale};
inline constexpr QuantizeRule kSharedScale{.output = QuantizeRule::Output::kSharedScale,
                                           .rounds = false};
inline constexpr QuantizeRule kSharedScaleRounded{.output = QuantizeRule::Output::kSharedScale};

// For values in [0, 1): LOGISTIC and SOFTMAX; and in (-1, 1): TANH.
inline constexpr QuantizeRule kUnitScale{.output = QuantizeRule::Output::kFixedOutput,
                                         .fixed = FixedScale{1.0f / 256, -128, 1.0f / 32768}};
inline constexpr QuantizeRule kSignedUnitScale{.output = QuantizeRule::Output::kFixedOutput,
                                               .fixed = FixedScale{1.0f / 128, 0, 1.0f / 32768}};

constexpr QuantizeRule with_weights(WeightOperands operands) {
  return {.output = QuantizeRule::Output::kOwnScale, .fixed = {}, .weights = operands};
}

}  // namespace thimble::ops
