// Lowering of int8 convolutions with 3x3 filters whose outputs read one input channel each, to the
// kernels of target/kernels/depthwise/depthwise_3x3.h.
#pragma once

#include "ops/conv_window.h"
#include "ops/lowering.h"

namespace thimble::ops {

// Whether the kernels compute such a window: undilated, one filter per channel.
bool fits_depthwise_3x3(const ConvWindow& window);

// The layer must be int8. Nothing where a bias has more bits than the kernels' table has for it.
base::Result<std::optional<Lowering>> lower_depthwise_3x3(const ir::Graph& graph,
                                                          const ir::Node& node,
                                                          const MacTraits& traits,
                                                          const ConvWindow& window);

// A layer of one input channel and stride 1, depthwise or not; undilated. The layer must be int8.
// Nothing where the kernel does not compute such a window, or as above.
base::Result<std::optional<Lowering>> lower_plane_3x3(const ir::Graph& graph, const ir::Node& node,
                                                      const MacTraits& traits,
                                                      const ConvWindow& window);

}  // namespace thimble::ops
