// Inner loops of the float kernels for processors with a single-precision unit of 32 registers.
//
// A multiplication and an addition are faster than a multiply-accumulate, which keeps a Cortex-M4
// or M33 busy for three cycles; on a Cortex-M7 it is the other way round. Compilers tell the M7
// from the M4 by its double precision only, so one without that multiplies and adds too. Registers
// s28 to s31 hold products. Sums are in the order of the portable kernels, channel by channel.
#pragma once

#include <stdint.h>

#include "runtime/half.h"
#include "runtime/requantize.h"

namespace thimble::kernels {

#if defined(THIMBLE_FLOAT_UNIT)

// Four sums: a += x * y each.
#if defined(__ARM_ARCH_7EM__) && (__ARM_FP & 8) != 0
#define THIMBLE_FOUR_PRODUCTS(a0, x0, y0, a1, x1, y1, a2, x2, y2, a3, x3, y3) \
  "vfma.f32 " a0 ", " x0 ", " y0                                              \
  "\n\t"                                                                      \
  "vfma.f32 " a1 ", " x1 ", " y1                                              \
  "\n\t"                                                                      \
  "vfma.f32 " a2 ", " x2 ", " y2                                              \
  "\n\t"                                                                      \
  "vfma.f32 " a3 ", " x3 ", " y3 "\n\t"
#else
#define THIMBLE_FOUR_PRODUCTS(a0, x0, y0, a1, x1, y1, a2, x2, y2, a3, x3, y3) \
  "vmul.f32 s28, " x0 ", " y0                                                 \
  "\n\t"                                                                      \
  "vmul.f32 s29, " x1 ", " y1                                                 \
  "\n\t"                                                                      \
  "vmul.f32 s30, " x2 ", " y2                                                 \
  "\n\t"                                                                      \
  "vmul.f32 s31, " x3 ", " y3                                                 \
  "\n\t"                                                                      \
  "vadd.f32 " a0 ", " a0                                                      \
  ", s28\n\t"                                                                 \
  "vadd.f32 " a1 ", " a1                                                      \
  ", s29\n\t"                                                                 \
  "vadd.f32 " a2 ", " a2                                                      \
  ", s30\n\t"                                                                 \
  "vadd.f32 " a3 ", " a3 ", s31\n\t"
#endif
#endif

// Four channels times four pixels. For each of `count` inputs (even and positive) `weights` has the
// four channels' and `inputs` the four pixels'. sums[4 * channel + pixel] includes the bias.
inline void multiply_float_tile(const float* weights, const float* inputs, int32_t count,
                                const float* bias, float* sums) {
#if defined(THIMBLE_FLOAT_UNIT)
  const float* const end = weights + 4 * count;
#define THIMBLE_TILE_ROW(a0, a1, a2, a3, w, x0, x1, x2, x3) \
  THIMBLE_FOUR_PRODUCTS(a0, w, x0, a1, w, x1, a2, w, x2, a3, w, x3)
#define THIMBLE_TILE(x0, x1, x2, x3)                                \
  THIMBLE_TILE_ROW("s0", "s1", "s2", "s3", "s16", x0, x1, x2, x3)   \
  THIMBLE_TILE_ROW("s4", "s5", "s6", "s7", "s17", x0, x1, x2, x3)   \
  THIMBLE_TILE_ROW("s8", "s9", "s10", "s11", "s18", x0, x1, x2, x3) \
  THIMBLE_TILE_ROW("s12", "s13", "s14", "s15", "s19", x0, x1, x2, x3)
  __asm__ volatile(
      "vldm %[bias], {s16-s19}\n\t"
      "vmov.f32 s0, s16\n\t"
      "vmov.f32 s1, s16\n\t"
      "vmov.f32 s2, s16\n\t"
      "vmov.f32 s3, s16\n\t"
      "vmov.f32 s4, s17\n\t"
      "vmov.f32 s5, s17\n\t"
      "vmov.f32 s6, s17\n\t"
      "vmov.f32 s7, s17\n\t"
      "vmov.f32 s8, s18\n\t"
      "vmov.f32 s9, s18\n\t"
      "vmov.f32 s10, s18\n\t"
      "vmov.f32 s11, s18\n\t"
      "vmov.f32 s12, s19\n\t"
      "vmov.f32 s13, s19\n\t"
      "vmov.f32 s14, s19\n\t"
      "vmov.f32 s15, s19\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "vldm %[inputs]!, {s20-s27}\n\t"
      "vldm %[weights]!, {s16-s19}\n\t"
      THIMBLE_TILE("s20", "s21", "s22", "s23")
      "vldm %[weights]!, {s16-s19}\n\t"
      THIMBLE_TILE("s24", "s25", "s26", "s27")
      "cmp.w %[weights], %[end]\n\t"
      "bne.w 1b\n\t"
      "vstm %[sums], {s0-s15}"
      : [weights] "+r"(weights), [inputs] "+r"(inputs)
      : [end] "r"(end), [bias] "r"(bias), [sums] "r"(sums)
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
        "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24",
        "s25", "s26", "s27", "s28", "s29", "s30", "s31");
#undef THIMBLE_TILE
#undef THIMBLE_TILE_ROW
#else
  for (int32_t i = 0; i < 16; ++i) sums[i] = bias[i / 4];
  for (; count > 0; --count, weights += 4, inputs += 4)
    for (int32_t i = 0; i < 16; ++i) sums[i] += weights[i / 4] * inputs[i % 4];
#endif
}

// Eight channels times one column of inputs. For each of `count` inputs (a positive multiple of
// four) `weights` has the eight channels'. The sums include the bias.
inline void multiply_float_column(const float* weights, const float* inputs, int32_t count,
                                  const float* bias, float* sums) {
#if defined(THIMBLE_FLOAT_UNIT)
  const float* const end = inputs + count;
#define THIMBLE_COLUMN_HALF(a0, a1, a2, a3, w0, w1, w2, w3, x) \
  THIMBLE_FOUR_PRODUCTS(a0, w0, x, a1, w1, x, a2, w2, x, a3, w3, x)
#define THIMBLE_COLUMN_PAIR(x, y)                                                                 \
  "vldm %[weights]!, {s8-s23}\n\t" THIMBLE_COLUMN_HALF("s0", "s1", "s2", "s3", "s8", "s9", "s10", \
                                                       "s11", x)                                  \
      THIMBLE_COLUMN_HALF("s4", "s5", "s6", "s7", "s12", "s13", "s14", "s15", x)                  \
          THIMBLE_COLUMN_HALF("s0", "s1", "s2", "s3", "s16", "s17", "s18", "s19", y)              \
              THIMBLE_COLUMN_HALF("s4", "s5", "s6", "s7", "s20", "s21", "s22", "s23", y)
  __asm__ volatile(
      "vldm %[bias], {s0-s7}\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "vldm %[inputs]!, {s24-s27}\n\t"
      THIMBLE_COLUMN_PAIR("s24", "s25")
      THIMBLE_COLUMN_PAIR("s26", "s27")
      "cmp.w %[inputs], %[end]\n\t"
      "bne.w 1b\n\t"
      "vstm %[sums], {s0-s7}"
      : [weights] "+r"(weights), [inputs] "+r"(inputs)
      : [end] "r"(end), [bias] "r"(bias), [sums] "r"(sums)
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
        "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24",
        "s25", "s26", "s27", "s28", "s29", "s30", "s31");
#undef THIMBLE_COLUMN_PAIR
#undef THIMBLE_COLUMN_HALF
#else
  for (int32_t i = 0; i < 8; ++i) sums[i] = bias[i];
  for (; count > 0; --count, weights += 8, ++inputs)
    for (int32_t i = 0; i < 8; ++i) sums[i] += weights[i] * *inputs;
#endif
}

// The same with int8 weights as integers and without a bias.
inline void multiply_decoded_column(const int8_t* weights, const float* inputs, int32_t count,
                                    float* sums) {
#if defined(THIMBLE_FLOAT_UNIT)
  const float* const end = inputs + count;
  const int32_t zero = 0;
  int32_t a, b, c, d;
#define THIMBLE_DECODED_FOUR(at0, at1, at2, at3, a0, a1, a2, a3, x)                             \
  "ldrsb.w %[a], [%[weights], #" at0                                                            \
  "]\n\t"                                                                                       \
  "ldrsb.w %[b], [%[weights], #" at1                                                            \
  "]\n\t"                                                                                       \
  "ldrsb.w %[c], [%[weights], #" at2                                                            \
  "]\n\t"                                                                                       \
  "ldrsb.w %[d], [%[weights], #" at3                                                            \
  "]\n\t"                                                                                       \
  "vmov s8, %[a]\n\t"                                                                           \
  "vmov s9, %[b]\n\t"                                                                           \
  "vmov s10, %[c]\n\t"                                                                          \
  "vmov s11, %[d]\n\t"                                                                          \
  "vcvt.f32.s32 s8, s8\n\t"                                                                     \
  "vcvt.f32.s32 s9, s9\n\t"                                                                     \
  "vcvt.f32.s32 s10, s10\n\t"                                                                   \
  "vcvt.f32.s32 s11, s11\n\t" THIMBLE_FOUR_PRODUCTS(a0, "s8", x, a1, "s9", x, a2, "s10", x, a3, \
                                                    "s11", x)
#define THIMBLE_DECODED_EIGHT(at0, at1, at2, at3, at4, at5, at6, at7, x) \
  THIMBLE_DECODED_FOUR(at0, at1, at2, at3, "s0", "s1", "s2", "s3", x)    \
  THIMBLE_DECODED_FOUR(at4, at5, at6, at7, "s4", "s5", "s6", "s7", x)
  __asm__ volatile(
      "vmov s0, %[zero]\n\t"
      "vmov s1, %[zero]\n\t"
      "vmov s2, %[zero]\n\t"
      "vmov s3, %[zero]\n\t"
      "vmov s4, %[zero]\n\t"
      "vmov s5, %[zero]\n\t"
      "vmov s6, %[zero]\n\t"
      "vmov s7, %[zero]\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "vldm %[inputs]!, {s24-s27}\n\t"
      THIMBLE_DECODED_EIGHT("0", "1", "2", "3", "4", "5", "6", "7", "s24")
      THIMBLE_DECODED_EIGHT("8", "9", "10", "11", "12", "13", "14", "15", "s25")
      THIMBLE_DECODED_EIGHT("16", "17", "18", "19", "20", "21", "22", "23", "s26")
      THIMBLE_DECODED_EIGHT("24", "25", "26", "27", "28", "29", "30", "31", "s27")
      "add.w %[weights], %[weights], #32\n\t"
      "cmp.w %[inputs], %[end]\n\t"
      "bne.w 1b\n\t"
      "vstm %[sums], {s0-s7}"
      : [weights] "+r"(weights), [inputs] "+r"(inputs), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c),
        [d] "=&r"(d)
      : [end] "r"(end), [zero] "r"(zero), [sums] "r"(sums)
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
        "s24", "s25", "s26", "s27", "s28", "s29", "s30", "s31");
#undef THIMBLE_DECODED_EIGHT
#undef THIMBLE_DECODED_FOUR
#else
  for (int32_t i = 0; i < 8; ++i) sums[i] = 0;
  for (; count > 0; --count, weights += 8, ++inputs)
    for (int32_t i = 0; i < 8; ++i) sums[i] += static_cast<float>(weights[i]) * *inputs;
#endif
}

// The same with weights of half precision, aligned to four bytes.
inline void multiply_half_column(const uint16_t* weights, const float* inputs, int32_t count,
                                 const float* bias, float* sums) {
#if defined(THIMBLE_FLOAT_UNIT)
  const float* const end = inputs + count;
#define THIMBLE_WIDENED(low, high, from) \
  "vcvtb.f32.f16 " low ", " from         \
  "\n\t"                                 \
  "vcvtt.f32.f16 " high ", " from "\n\t"
#define THIMBLE_HALVES_EIGHT(w0, w1, w2, w3, x)                                         \
  THIMBLE_WIDENED("s16", "s17", w0)                                                     \
  THIMBLE_WIDENED("s18", "s19", w1)                                                     \
  THIMBLE_WIDENED("s20", "s21", w2)                                                     \
  THIMBLE_WIDENED("s22", "s23", w3)                                                     \
  THIMBLE_FOUR_PRODUCTS("s0", "s16", x, "s1", "s17", x, "s2", "s18", x, "s3", "s19", x) \
  THIMBLE_FOUR_PRODUCTS("s4", "s20", x, "s5", "s21", x, "s6", "s22", x, "s7", "s23", x)
#define THIMBLE_HALVES_PAIR(x, y)                                                    \
  "vldm %[weights]!, {s8-s15}\n\t" THIMBLE_HALVES_EIGHT("s8", "s9", "s10", "s11", x) \
      THIMBLE_HALVES_EIGHT("s12", "s13", "s14", "s15", y)
  __asm__ volatile(
      "vldm %[bias], {s0-s7}\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "vldm %[inputs]!, {s24-s27}\n\t"
      THIMBLE_HALVES_PAIR("s24", "s25")
      THIMBLE_HALVES_PAIR("s26", "s27")
      "cmp.w %[inputs], %[end]\n\t"
      "bne.w 1b\n\t"
      "vstm %[sums], {s0-s7}"
      : [weights] "+r"(weights), [inputs] "+r"(inputs)
      : [end] "r"(end), [bias] "r"(bias), [sums] "r"(sums)
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
        "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24",
        "s25", "s26", "s27", "s28", "s29", "s30", "s31");
#undef THIMBLE_HALVES_PAIR
#undef THIMBLE_HALVES_EIGHT
#undef THIMBLE_WIDENED
#else
  for (int32_t i = 0; i < 8; ++i) sums[i] = bias[i];
  for (; count > 0; --count, weights += 8, ++inputs)
    for (int32_t i = 0; i < 8; ++i) sums[i] += half_to_float(weights[i]) * *inputs;
#endif
}

// Two pixels of eight channels that each have a filter of their own, of `rows` times `columns`
// (positive) taps. Sums of the first pixel come before those of the second, bias included. Steps
// are in bytes.
struct FloatTaps {
  const float* weights;
  int32_t weights_step;      // from tap to tap
  int32_t weights_row_step;  // from the end of a row to the next one
  const float* inputs;       // of the first pixel
  int32_t inputs_step, inputs_row_step;
  int32_t pixel_step;  // to the second pixel
  int32_t rows, columns;
};

inline const float* byte_step(const float* base, int32_t bytes) {
  return reinterpret_cast<const float*>(reinterpret_cast<const char*>(base) + bytes);
}

inline void multiply_float_taps(const FloatTaps& taps, const float* bias, float* sums) {
  const float *weights = taps.weights, *first = taps.inputs;
  const float* second = byte_step(first, taps.pixel_step);
#if defined(THIMBLE_FLOAT_UNIT)
  int32_t rows = taps.rows, left;
#define THIMBLE_TAPS_HALF(a0, a1, a2, a3, w0, w1, w2, w3) \
  THIMBLE_FOUR_PRODUCTS(a0, w0, "s24", a1, w1, "s25", a2, w2, "s26", a3, w3, "s27")
  __asm__ volatile(
      "vldm %[bias], {s0-s7}\n\t"
      "vldm %[bias], {s8-s15}\n"
      "2:\n\t"
      "mov.w %[left], %[columns]\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "vldm %[weights], {s16-s23}\n\t"
      "vldm %[first], {s24-s27}\n\t"
      THIMBLE_TAPS_HALF("s0", "s1", "s2", "s3", "s16", "s17", "s18", "s19")
      "vldm %[second], {s24-s27}\n\t"
      THIMBLE_TAPS_HALF("s8", "s9", "s10", "s11", "s16", "s17", "s18", "s19")
      "vldr s24, [%[first], #16]\n\t"
      "vldr s25, [%[first], #20]\n\t"
      "vldr s26, [%[first], #24]\n\t"
      "vldr s27, [%[first], #28]\n\t"
      "add.w %[weights], %[weights], %[weights_step]\n\t"
      "add.w %[first], %[first], %[inputs_step]\n\t"
      THIMBLE_TAPS_HALF("s4", "s5", "s6", "s7", "s20", "s21", "s22", "s23")
      "vldr s24, [%[second], #16]\n\t"
      "vldr s25, [%[second], #20]\n\t"
      "vldr s26, [%[second], #24]\n\t"
      "vldr s27, [%[second], #28]\n\t"
      "add.w %[second], %[second], %[inputs_step]\n\t"
      THIMBLE_TAPS_HALF("s12", "s13", "s14", "s15", "s20", "s21", "s22", "s23")
      "subs.w %[left], %[left], #1\n\t"
      "bne.w 1b\n\t"
      "add.w %[weights], %[weights], %[weights_row_step]\n\t"
      "add.w %[first], %[first], %[inputs_row_step]\n\t"
      "add.w %[second], %[second], %[inputs_row_step]\n\t"
      "subs.w %[rows], %[rows], #1\n\t"
      "bne.w 2b\n\t"
      "vstm %[sums], {s0-s15}"
      : [weights] "+r"(weights), [first] "+r"(first), [second] "+r"(second), [left] "=&r"(left),
        [rows] "+r"(rows)
      : [weights_step] "r"(taps.weights_step), [weights_row_step] "r"(taps.weights_row_step),
        [inputs_step] "r"(taps.inputs_step), [inputs_row_step] "r"(taps.inputs_row_step),
        [columns] "r"(taps.columns), [bias] "r"(bias), [sums] "r"(sums)
      : "cc", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
        "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24",
        "s25", "s26", "s27", "s28", "s29", "s30", "s31");
#undef THIMBLE_TAPS_HALF
#else
  for (int32_t c = 0; c < 8; ++c) sums[c] = sums[8 + c] = bias[c];
  for (int32_t row = 0; row < taps.rows; ++row) {
    for (int32_t column = 0; column < taps.columns; ++column) {
      for (int32_t c = 0; c < 8; ++c) {
        sums[c] += weights[c] * first[c];
        sums[8 + c] += weights[c] * second[c];
      }
      weights = byte_step(weights, taps.weights_step);
      first = byte_step(first, taps.inputs_step);
      second = byte_step(second, taps.inputs_step);
    }
    weights = byte_step(weights, taps.weights_row_step);
    first = byte_step(first, taps.inputs_row_step);
    second = byte_step(second, taps.inputs_row_step);
  }
#endif
}

#undef THIMBLE_FOUR_PRODUCTS

// Clamps four sums, kStep apart, and stores them side by side.
template <int kStep>
inline void store_four(const FloatRange& range, const float* sums, float* output) {
  const float low = range.float_min, high = range.float_max;
  auto clamped = [low, high](float x) {
    x = x < low ? low : x;
    return x > high ? high : x;
  };
  const float a = sums[0], b = sums[kStep], c = sums[2 * kStep], d = sums[3 * kStep];
  output[0] = clamped(a);
  output[1] = clamped(b);
  output[2] = clamped(c);
  output[3] = clamped(d);
}

}  // namespace thimble::kernels
