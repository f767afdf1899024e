// Convolutions by packed row pairs (target/kernels/conv/conv_packed.h): eligibility, layout, ways.
#pragma once

#include <vector>

#include "ops/conv_window.h"
#include "ops/lowering.h"
#include "ops/mac_layer.h"

namespace thimble::ops {

// The ways that suit the layer, by the size of the block of pixels, none when it does not fit the
// format. The layer is an int8 convolution of a single group that passed verify_mac.
base::Result<std::vector<Lowering>> lower_conv_packed(const ir::Graph& graph, const ir::Node& node,
                                                      const MacTraits& traits,
                                                      const ConvWindow& window,
                                                      const LowerTarget& target);

}  // namespace thimble::ops
