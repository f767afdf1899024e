// Pieces of the walks' assembly. Operands are named as in the walks; constants and the loop's end
// wait in floating-point registers, one cycle away. Every instruction has 32 bits, so that none is
// fetched across a boundary.
#pragma once

#include "runtime/simd.h"

// All registers but the stack pointer are in use, which GCC can do when it optimizes.
#if defined(THIMBLE_DSP) && defined(__ARM_FP) && defined(__OPTIMIZE__) && !defined(__clang__)
#define THIMBLE_WALKS 1
// clang-format off

#define W_MOVE(to, from)  "vmov %[" to "], %[" from "]\n\t"

// sum += x * w, and sum = from + x * w; kind: "d" for two products, "bt" for that of the bottom
// half of x and the top half of w.
#define W_ADD(kind, sum, x, w)  "smla" kind " %[" sum "], %[" x "], %[" w "], %[" sum "]\n\t"
#define W_ADD_TO(kind, sum, x, w, from) \
  "smla" kind " %[" sum "], %[" x "], %[" w "], %[" from "]\n\t"

// With the multiplier in x0 and the rounding in x1.
#define W_MULTIPLY(sum)  "smmlar %[" sum "], %[" sum "], %[x0], %[x1]\n\t"
// Minus one for negative sums; the rounding is loaded again for the next.
#define W_MULTIPLY_SIGNED(sum) \
  "add.w %[x1], %[x1], %[" sum "], asr #31\n\t" W_MULTIPLY(sum) W_MOVE("x1", "rounding")
#define W_SHIFT(sum, by)  "asr.w %[" sum "], %[" sum "], %[" by "]\n\t"
#define W_SATURATE(sum)   "ssat %[" sum "], #8, %[" sum "], asr #1\n\t"

#define W_STORE(sum)         "strb.w %[" sum "], [%[out]]\n\t"
#define W_STORE_AT(sum, at)  "strb.w %[" sum "], [%[out], %[" at "]]\n\t"
#define W_STEP(by)           "add.w %[out], %[out], %[" by "]\n\t"

// Two positions of pairs, a and b, once they are multiplied. The steps between outputs are in
// registers, or immediates (u and v).
#define W_SHIFT_PAIRS \
  W_MOVE("x0", "shift") \
  W_SHIFT("a0", "x0") W_SHIFT("a1", "x0") W_SHIFT("b0", "x0") W_SHIFT("b1", "x0")
#define W_STORE_PAIRS \
  W_MOVE("x0", "v_step") W_MOVE("x1", "u_step") \
  W_SATURATE("a0") W_SATURATE("a1") W_STORE("a0") W_STORE_AT("a1", "x0") W_STEP("x1") \
  W_SATURATE("b0") W_SATURATE("b1") W_STORE("b0") W_STORE_AT("b1", "x0") W_STEP("x1")
#define W_STORE_PAIRS_FIXED \
  W_SATURATE("a0") W_SATURATE("a1") W_SATURATE("b0") W_SATURATE("b1") \
  W_STORE("a0") \
  "strb.w %[a1], [%[out], #%c[v]]\n\t" \
  "strb.w %[b0], [%[out], #%c[u]]\n\t" \
  "strb.w %[b1], [%[out], #%c[u] + %c[v]]\n\t" \
  "addw %[out], %[out], #2 * %c[u]\n\t"

#define W_LOOP       ".p2align 2\n1:\n\t"
#define W_UNTIL_END  W_MOVE("x0", "end") "cmp.w %[in], %[x0]\n\tbne.w 1b\n\t"

// clang-format on
#endif
