// Lowering to the DSP variant of the convolution kernels, which CONV_2D and a DEPTHWISE_CONV_2D of
// a single input channel share: there the two operators mean the same.
#pragma once

#include "ops/conv_window.h"
#include "ops/mac_lowering.h"

namespace thimble::ops {

inline constexpr MacKernels kConvKernels{"conv", "Conv", /*folds_zero_point=*/true};

// A call of conv_s8_dsp. The layer is an int8 one of a single group.
base::Result<KernelCall> lower_conv_dsp(const ir::Graph& graph, const ir::Node& node,
                                        const MacTraits& traits, const ConvWindow& window);

}  // namespace thimble::ops
