// Convolutions of eight input channels with 1x1 filters (target/kernels/conv/pointwise_8.h).
#pragma once

#include <optional>

#include "ops/conv_window.h"
#include "ops/lowering.h"
#include "ops/mac_layer.h"

namespace thimble::ops {

// Nothing where the kernel does not compute such a window or the layer's numbers do not fit its
// last step. The layer is an int8 convolution of a single group that passed verify_mac.
base::Result<std::optional<Lowering>> lower_conv_pointwise(const ir::Graph& graph,
                                                           const ir::Node& node,
                                                           const MacTraits& traits,
                                                           const ConvWindow& window);

}  // namespace thimble::ops
