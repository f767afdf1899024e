// CONV_2D with most weights zero: the kernel conv_s8_sparse.
#pragma once

#include <optional>

#include "ops/conv_window.h"
#include "ops/lowering.h"
#include "ops/mac_layer.h"
#include "ops/sparse_rows.h"

namespace thimble::ops {

// From the call of the portable kernel. Nothing where the layer has too few zeros to save flash, or
// is not int8. One group.
std::optional<SparseWay> lower_conv_sparse(const MacLayer& layer, const ConvWindow& window,
                                           const KernelCall& portable, bool has_dsp);

}  // namespace thimble::ops
