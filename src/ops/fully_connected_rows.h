// Lowering of int8 fully connected layers for cores without DSP instructions
// (target/kernels/fully_connected/fully_connected_rows.cc).
#pragma once

#include <optional>

#include "ops/mac_lowering.h"

namespace thimble::ops {

// Nothing when the weights do not fit the kernel's format. The layer is int8, its weights have no
// zero point. The fields of the shape are the caller's.
base::Result<std::optional<Lowering>> lower_fully_connected_rows(const ir::Graph& graph,
                                                                 const ir::Node& node,
                                                                 const MacTraits& traits);

// The same with weights of four bits (fully_connected_rows_int4.cc); nothing when they do not fit.
base::Result<std::optional<Lowering>> lower_fully_connected_rows_int4(const ir::Graph& graph,
                                                                      const ir::Node& node,
                                                                      const MacTraits& traits);

}  // namespace thimble::ops
