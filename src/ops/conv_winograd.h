// Convolutions by Winograd's algorithm (target/kernels/conv/conv_winograd.h): eligibility, weights,
// ways.
#pragma once

#include <vector>

#include "ops/conv_window.h"
#include "ops/lowering.h"
#include "ops/mac_layer.h"

namespace thimble::ops {

// The ways that suit the layer, by the number of tiles in a block, none when the layer is not of
// this kind or would not gain. The layer is an int8 convolution of a single group that passed
// verify_mac.
base::Result<std::vector<Lowering>> lower_conv_winograd(const ir::Graph& graph,
                                                        const ir::Node& node,
                                                        const MacTraits& traits,
                                                        const ConvWindow& window);

}  // namespace thimble::ops
