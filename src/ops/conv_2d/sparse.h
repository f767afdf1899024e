// CONV_2D with most weights zero: the kernel conv_s8_sparse.
#pragma once

#include <optional>

#include "ops/conv_window.h"
#include "ops/lowering.h"
#include "ops/mac_layer.h"
#include "ops/sparse_rows.h"

namespace thimble::ops {

// Nothing where the layer has too few zeros to save flash, or is not int8. One group.
base::Result<std::optional<SparseWay>> lower_conv_sparse(const ir::Graph& graph,
                                                         const ir::Node& node,
                                                         const ConvWindow& window, bool has_dsp);

}  // namespace thimble::ops
