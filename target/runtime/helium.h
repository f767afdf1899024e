// The vector pieces of the int8 kernels for Armv8.1-M with Helium (MVE). Beside each stands the
// same in plain C++, so that the kernels run and are tested on the host too.
#pragma once

#include <stdint.h>

#include "runtime/requantize.h"
#if defined(__ARM_FEATURE_MVE)
#define THIMBLE_MVE 1
#include <arm_mve.h>
#endif

namespace thimble::kernels {

constexpr int32_t kLanes = 4;  // of 32 bits

inline int32_t up_to_lanes(int32_t count) {
  return count < kLanes ? count : kLanes;
}

// sums[i] = sum of x[k] * rows[i][k], modulo 2^32.
inline void multiply_rows(const int8_t* x, const int8_t* const rows[kLanes], int32_t count,
                          int32_t sums[kLanes]) {
#if defined(THIMBLE_MVE)
  constexpr int32_t kBytes = 16;
  const int8_t *row_a = rows[0], *row_b = rows[1], *row_c = rows[2], *row_d = rows[3];
  int32_t a = 0, b = 0, c = 0, d = 0;
  for (; count >= kBytes; count -= kBytes) {
    const int8x16_t inputs = vldrbq_s8(x);
    a = vmladavaq_s8(a, inputs, vldrbq_s8(row_a));
    b = vmladavaq_s8(b, inputs, vldrbq_s8(row_b));
    c = vmladavaq_s8(c, inputs, vldrbq_s8(row_c));
    d = vmladavaq_s8(d, inputs, vldrbq_s8(row_d));
    x += kBytes, row_a += kBytes, row_b += kBytes, row_c += kBytes, row_d += kBytes;
  }
  if (count > 0) {
    const mve_pred16_t valid = vctp8q(static_cast<uint32_t>(count));
    const int8x16_t inputs = vldrbq_z_s8(x, valid);
    a = vmladavaq_s8(a, inputs, vldrbq_z_s8(row_a, valid));
    b = vmladavaq_s8(b, inputs, vldrbq_z_s8(row_b, valid));
    c = vmladavaq_s8(c, inputs, vldrbq_z_s8(row_c, valid));
    d = vmladavaq_s8(d, inputs, vldrbq_z_s8(row_d, valid));
  }
  sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
#else
  for (int i = 0; i < kLanes; ++i) {
    sums[i] = 0;
    for (int32_t k = 0; k < count; ++k) sums[i] += x[k] * rows[i][k];
  }
#endif
}

inline void copy_by_vectors(const int8_t* from, int32_t count, int8_t* to) {
#if defined(THIMBLE_MVE)
  constexpr int32_t kBytes = 16;
  for (; count > 0; count -= kBytes, from += kBytes, to += kBytes) {
    const mve_pred16_t valid = vctp8q(static_cast<uint32_t>(count));
    vstrbq_p_s8(to, vldrbq_z_s8(from, valid), valid);
  }
#else
  for (int32_t i = 0; i < count; ++i) to[i] = from[i];
#endif
}

inline void fill_by_vectors(int32_t value, int32_t count, int8_t* to) {
#if defined(THIMBLE_MVE)
  constexpr int32_t kBytes = 16;
  const int8x16_t values = vdupq_n_s8(static_cast<int8_t>(value));
  for (; count > 0; count -= kBytes, to += kBytes)
    vstrbq_p_s8(to, values, vctp8q(static_cast<uint32_t>(count)));
#else
  for (int32_t i = 0; i < count; ++i) to[i] = static_cast<int8_t>(value);
#endif
}

#if defined(THIMBLE_MVE)
// fixed_point::rescale of four numbers. VQRDMULH is the doubling high multiplication; VRSHL rounds
// halves up, so that one less is what rounds those of negative numbers away from zero.
inline int32x4_t rescale(int32x4_t x, int32x4_t multipliers, int32x4_t shifts) {
  const int32x4_t zero = vdupq_n_s32(0);
  const int32x4_t right = vminq_s32(shifts, zero);
  x = vqrdmulhq_s32(vshlq_s32(x, vmaxq_s32(shifts, zero)), multipliers);
  x = vqaddq_s32(x, vshrq_n_s32(vandq_s32(x, right), 31));
  return vrshlq_s32(x, right);
}
#endif

// The outputs of `count` channels, at most four, from `channel` on; sums without the bias.
inline void store_lanes(const Requantization& r, const int32_t* bias, int32_t channel,
                        const int32_t sums[kLanes], int32_t count, int8_t* output) {
#if defined(THIMBLE_MVE)
  const mve_pred16_t valid = vctp32q(static_cast<uint32_t>(count));
  int32x4_t x = vaddq_s32(vldrwq_s32(sums), vldrwq_z_s32(bias + channel, valid));
  x = rescale(x, vldrwq_z_s32(r.multipliers + channel, valid),
              vldrbq_z_s32(r.shifts + channel, valid));
  x = vaddq_n_s32(x, r.output_zero_point);
  x = vminq_s32(vmaxq_s32(x, vdupq_n_s32(r.min)), vdupq_n_s32(r.max));
  vstrbq_p_s32(output, x, valid);
#else
  for (int32_t i = 0; i < count; ++i)
    output[i] = static_cast<int8_t>(
        requantize(r, fixed_point::wrapping_add(sums[i], bias[channel + i]), channel + i));
#endif
}

// A row of inputs times every channel's row of weights.
inline void multiply_channels(const Requantization& r, const int32_t* bias, const int8_t* weights,
                              int32_t channels, const int8_t* x, int32_t count, int8_t* output) {
  for (int32_t channel = 0; channel < channels; channel += kLanes) {
    const int32_t lanes = up_to_lanes(channels - channel);
    const int8_t* rows[kLanes];
    for (int i = 0; i < kLanes; ++i)  // what is missing repeats the last channel
      rows[i] = weights + (channel + (i < lanes ? i : lanes - 1)) * count;
    int32_t sums[kLanes];
    multiply_rows(x, rows, count, sums);
    store_lanes(r, bias, channel, sums, lanes, output + channel);
  }
}

}  // namespace thimble::kernels
