// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED in int8, int16, float and hybrid arithmetic.
#pragma once

#include "exec/fast/kernels.h"
#include "exec/fast/layer.h"

namespace thimble::exec::fast {

std::unique_ptr<const Layer> make_mac_layer(const ir::Graph& graph, const ir::Node& node,
                                            const Kernels& kernels);

}  // namespace thimble::exec::fast
