// FULLY_CONNECTED of int8 with weights of four bits: the kernel fully_connected_s4_dsp.
#pragma once

#include <optional>

#include "ops/lowering.h"
#include "ops/mac_layer.h"

namespace thimble::ops {

// For a layer that fits_dsp and fits_int4: rows of `in` inputs. Nothing when a channel's numbers do
// not fit the format.
base::Result<std::optional<Lowering>> lower_fully_connected_int4(const ir::Graph& graph,
                                                                 const ir::Node& node,
                                                                 const MacTraits& traits,
                                                                 int32_t rows, int32_t in);

}  // namespace thimble::ops
