// Tables behind SOFTMAX on integers, the same for the host and the target.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace thimble::ops {

// exp(-beta * scale * d) as Q0 for d = 0, 1, ...: the distance of an int8 input from the row's
// maximum. Stops where a value no longer changes any sum or output. Errors: kUnsupported when
// beta * scale is too small for the reference's fixed-point format.
base::Result<std::vector<int32_t>> softmax_exp_table(float scale, float beta);

// A function on int16 as 512 segments of a line: entry i is the value at x = 128 * (i - 256), moved
// by half the error in the middle of the segment.
inline constexpr size_t kInt16TableSize = 513;
std::vector<int16_t> softmax_int16_exp_table();         // exp(x) for [-10, 0] on the int16 range
std::vector<int16_t> softmax_int16_reciprocal_table();  // 1 / (1 + x) for [0, 1] on the int16 range
int32_t look_up_int16(const std::vector<int16_t>& table, int32_t x);

}  // namespace thimble::ops
