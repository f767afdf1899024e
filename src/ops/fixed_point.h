// exp, logistic, tanh and 1/(1+x) in 32-bit fixed point, bit by bit as TensorFlow Lite Micro's
// reference kernels compute them (through gemmlowp). Used to fill tables and to define operators.
//
// A number of format Qm is a 32-bit integer with m integer bits and 31-m fractional bits:
// value = raw / 2^(31-m). The largest Q0 number stands for one.
// Sources: Jacob et al. 2018, appendix A.1; gemmlowp's documentation of its fixed-point format.
#pragma once

#include <cstdint>

namespace thimble::ops {

inline constexpr int32_t kQ0One = INT32_MAX;

// exp(x) as Q0 for x <= 0 in Qm, m = integer_bits, 0 < m <= 5.
int32_t fixed_exp_of_negative(int32_t x, int integer_bits);

// 1 / (1 + x) as Q0 for x in [0, 1) as Q0.
int32_t fixed_reciprocal_of_one_plus(int32_t x);

// The logistic function and tanh as Q0 for x in Q4.
int32_t fixed_logistic(int32_t x);
int32_t fixed_tanh(int32_t x);

// Largest |x| for which x * 2^left_shift stays within Qm of `total_bits` + 1 bits.
int32_t fixed_input_radius(int integer_bits, int left_shift, int total_bits = 31);

}  // namespace thimble::ops
