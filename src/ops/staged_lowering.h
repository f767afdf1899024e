// Output tables for cores that cannot multiply 32 by 32 bits to 64 quickly
// (target/runtime/staged.h).
#pragma once

#include <functional>

#include "ops/mac_lowering.h"

namespace thimble::ops {

// One channel's words for the kernels. `bias` is what they add to their sums, and no sum with it
// exceeds `largest_sum` in magnitude. Where no three digits give every output of such sums exactly,
// the words ask for the general rescaling.
std::vector<int32_t> staged_words(const OutputStage& stage, int32_t channel, int64_t bias,
                                  int64_t largest_sum);

// Adds the fields of StagedOutput. `flag` sets a channel's flag. `folds_zero_point`: the kernel
// sums input * weight; otherwise (input - zero point) * weight.
void add_staged_output(KernelCall& call, const MacLayer& layer, const OutputStage& stage,
                       bool folds_zero_point, const std::function<bool(int32_t channel)>& flag);

// Whether the layer is int8 and the target wants optimized kernels without DSP instructions.
bool fits_staged(const MacLayer& layer, const LowerTarget& target);

}  // namespace thimble::ops
