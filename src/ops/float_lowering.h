// Float layers, also those that decode their weights, on processors with a floating-point unit:
// kernels that hold several outputs in registers (target/runtime/float_tile.h), and their weights
// as these read them.
#pragma once

#include <optional>

#include "ops/conv_window.h"
#include "ops/lowering.h"
#include "ops/mac_layer.h"

namespace thimble::ops {

// Whether the layer is one of float arithmetic and the target has a unit for it.
bool fits_float_unit(const MacLayer& layer, const LowerTarget& target);

// One group. At least one way.
base::Result<std::vector<Lowering>> lower_conv_f32(const ir::Graph& graph, const ir::Node& node,
                                                   const MacTraits& traits,
                                                   const ConvWindow& window);

// Nothing unless every output channel has an input of its own and there is a multiple of eight of
// them.
base::Result<std::optional<Lowering>> lower_depthwise_f32(const ir::Graph& graph,
                                                          const ir::Node& node,
                                                          const MacTraits& traits,
                                                          const ConvWindow& window);

// Nothing unless the number of inputs is a multiple of four.
base::Result<std::optional<Lowering>> lower_fully_connected_f32(const ir::Graph& graph,
                                                                const ir::Node& node,
                                                                const MacTraits& traits,
                                                                int32_t rows, int32_t in);

}  // namespace thimble::ops
