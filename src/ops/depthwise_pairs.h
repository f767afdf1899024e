// Lowering of int8 depthwise convolutions for cores without DSP instructions
// (target/kernels/depthwise/depthwise_pairs.cc).
#pragma once

#include <optional>

#include "ops/conv_window.h"
#include "ops/mac_lowering.h"

namespace thimble::ops {

// Nothing unless every channel has one filter, not dilated. The layer is int8.
base::Result<std::optional<Lowering>> lower_depthwise_pairs(const ir::Graph& graph,
                                                            const ir::Node& node,
                                                            const MacTraits& traits,
                                                            const ConvWindow& window);

}  // namespace thimble::ops
