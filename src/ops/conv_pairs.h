// Lowering of int8 convolutions for cores without DSP instructions: two pixels in every product
// (target/kernels/conv/conv_pairs.h).
#pragma once

#include <span>

#include "ops/conv_window.h"
#include "ops/staged_lowering.h"

namespace thimble::ops {

// Ways to execute an int8 layer of a single group; none when its weights do not allow any.
base::Result<std::vector<Lowering>> lower_conv_pairs(const ir::Graph& graph, const ir::Node& node,
                                                     const MacTraits& traits,
                                                     const ConvWindow& window);

// Whether the products of every `count` weights in a row with inputs of one pixel sum up within 16
// bits, as the kernels with two pixels in a product want it.
bool sums_fit_half(std::span<const int8_t> weights, size_t count);

}  // namespace thimble::ops
