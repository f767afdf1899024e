// FULLY_CONNECTED with most weights zero: the kernel fully_connected_s8_sparse.
#pragma once

#include <optional>

#include "ops/lowering.h"
#include "ops/mac_layer.h"
#include "ops/sparse_rows.h"

namespace thimble::ops {

// From the call of the portable kernel. Nothing where the layer has too few zeros to save flash, or
// is not int8.
std::optional<SparseWay> lower_fully_connected_sparse(const MacLayer& layer,
                                                      const KernelCall& portable, bool has_dsp);

}  // namespace thimble::ops
