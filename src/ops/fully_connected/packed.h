// FULLY_CONNECTED of int8 by packed row pairs.
#pragma once

#include <optional>

#include "ops/lowering.h"
#include "ops/mac_layer.h"

namespace thimble::ops {

// For a layer that fits_dsp, without a zero point of the weights: rows of `in` inputs. Nothing when
// a channel's numbers do not fit the format.
base::Result<std::optional<Lowering>> lower_fully_connected_packed(const ir::Graph& graph,
                                                                   const ir::Node& node,
                                                                   const MacTraits& traits,
                                                                   int32_t rows, int32_t in);

}  // namespace thimble::ops
