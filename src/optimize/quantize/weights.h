// Weights and biases of one layer as integers.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"
#include "ops/quantize_rule.h"
#include "ops/quantize_values.h"
#include "optimize/quantize/calibration.h"

namespace thimble::optimize {

enum class WeightBits { kEight, kFour };

// int8 weights of a float layer: symmetric, with the scales that the operator's rule asks for; with
// four bits between -7 and 7, and with a scale for each channel. Where `input_scale` is given and a
// bias would leave 30 bits in the scale of the sums, that channel's scale grows until it does not.
ir::Tensor int8_weights(const ir::Graph& graph, const ir::Node& node,
                        const ops::WeightOperands& operands,
                        std::optional<float> input_scale = std::nullopt,
                        WeightBits bits = WeightBits::kEight);

// The layer's bias, zeros if it has none.
std::vector<float> bias_values(const ir::Graph& graph, const ir::Node& node,
                               const ops::WeightOperands& operands);

// How far the means of the layer's outputs move when its weights become `quantized`, by channel
// (Nagel et al. 2019, section 4.2): the sum over the weights of a channel of (quantized - float) *
// mean of the input. The means are those of the calibration, per input channel.
std::vector<float> mean_shift(const ir::Graph& graph, const ir::Node& node,
                              const ops::WeightOperands& operands, const ir::Tensor& quantized,
                              const TensorStatistics& input);

}  // namespace thimble::optimize
