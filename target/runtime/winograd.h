// Winograd's convolution F(4x4, 3x3) in integers, for int8 on Armv7E-M.
//
// A tile of 4x4 outputs of a 3x3 convolution reads a window of 6x6 inputs d. Instead of 144 products
// per pair of channels it takes 36:
//     y = A' [(G' g G'^T) * (B' d B'^T)] A'^T / (f_i f_j)
// where * is element by element, summed over the input channels, and
//     B' = 4  0 -5  0  1  0      G' = 6  0  0      A' = 1 -4 -4  1  1  0      f = 24
//          0 -4 -4  1  1  0           1  1  1           0 -2  2  1 -1  0          12
//          0  4 -4 -1  1  0           1 -1  1           0 -1 -1  1  1  0           6
//          0 -2 -1  2  1  0           1  2  4           0 -1  1  2 -2  1           6
//          0  2 -1 -2  1  0           1 -2  4
//          0  4  0 -5  0  1           0  0  6
// This is the textbook's transform with its fractions multiplied out row by row, so everything is an
// integer: transformed weights U = G' g G'^T are at most 49 * 128 in magnitude, and transformed
// inputs V = B' d B'^T lie in [-12750, 17340] when d is taken as 0 to 255, so both fit 16 bits. All
// sums are modulo 2^32. The factor f_i f_j is 9 * 2^k with k from 2 to 6: multiplying by the inverse
// of 9 modulo 2^32 gives 2^k y, and so y, exactly, as long as |y| < 2^25.
//
// Two input channels share a word as the integer low + 65536 high, which ordinary additions with
// shifted operands transform both at once. For the halves to be two's complement halfwords in the
// end low must not be negative: kWinogradOffset is added to it, and the sums begin with what takes
// that back.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "runtime/simd.h"

namespace thimble::kernels {

constexpr int32_t kWinogradTile = 4;    // outputs in a row of a tile
constexpr int32_t kWinogradWindow = 6;  // inputs in a row of a window
constexpr int32_t kWinogradPositions = kWinogradWindow * kWinogradWindow;
constexpr int32_t kWinogradOffset = 12800;
constexpr int32_t kWinogradLanes = 4;  // tiles that are multiplied at once
constexpr int32_t kWinogradPair = 2;   // output channels that are

// The products. For each position of the window, each chunk of the input channels and each group of
// four tiles there is a cell, in that order: `steps` times the words of two channels of the four
// tiles, then room for the sums, of the first output channel in the four tiles and of the second.
constexpr int32_t cell_words(int32_t steps) {
  return steps * kWinogradLanes + kWinogradPair * kWinogradLanes;
}
// A pair of output channels has for each position and chunk: what the sums begin with, then for
// each step a word for either channel.
constexpr int32_t winograd_weight_words(int32_t steps) {
  return kWinogradPair * (1 + steps);
}

#if defined(THIMBLE_DSP)

// Weights wait in floating-point registers, or on the stack.
#if defined(__ARM_FP)
#define THIMBLE_SAVE "vpush {s16-s31}\n\tsub.w sp, sp, #24\n\t"
#define THIMBLE_RESTORE "add.w sp, sp, #24\n\tvpop {s16-s31}\n\t"
#define THIMBLE_TAKE_WEIGHTS "vldm lr!, {s0-s%c[last]}\n\t"
#define THIMBLE_WEIGHT(j) "vmov lr, s" #j "\n\t"
#else
#define THIMBLE_SAVE "sub.w sp, sp, #152\n\t"
#define THIMBLE_RESTORE "add.w sp, sp, #152\n\t"
#define THIMBLE_TAKE_WEIGHTS      \
  "add.w r12, sp, #24\n\t"        \
  "mov.w r3, #%c[steps]\n"        \
  "3:\n\t"                        \
  "ldm.w lr!, {r1, r2}\n\t"       \
  "stm.w r12!, {r1, r2}\n\t"      \
  "subs.w r3, r3, #1\n\t"         \
  "bne.w 3b\n\t"
#define THIMBLE_WEIGHT(j) "ldr.w lr, [sp, #24+4*" #j "]\n\t"
#endif

#define THIMBLE_STEP(j, first, second)       \
  ".if %c[steps] > " #j "\n\t"               \
  "ldm.w r0!, {r1, r2, r3, r12}\n\t"         \
  THIMBLE_WEIGHT(first)                      \
  "smlad r4, lr, r1, r4\n\t"                 \
  "smlad r5, lr, r2, r5\n\t"                 \
  "smlad r6, lr, r3, r6\n\t"                 \
  "smlad r7, lr, r12, r7\n\t"                \
  THIMBLE_WEIGHT(second)                     \
  "smlad r8, lr, r1, r8\n\t"                 \
  "smlad r9, lr, r2, r9\n\t"                 \
  "smlad r10, lr, r3, r10\n\t"               \
  "smlad r11, lr, r12, r11\n\t"              \
  ".endif\n\t"

// All cells, for one pair of output channels. r0 is the place in the cells; r1, r2, r3, r12 are
// inputs of the four tiles, lr weights; r4-r7 sums of the first channel, r8-r11 of the second. On
// the stack: end of the position's cells, what sums begin with (2), weights, end of all cells.
template <int kSteps, int kChunks, int kGroups>
__attribute__((naked, noinline)) void multiply_cells(const uint32_t*, uint32_t*) {
  __asm__ volatile(
      ".syntax unified\n\t"
      "push.w {r4-r11, lr}\n\t"
      THIMBLE_SAVE
      "str.w r0, [sp, #12]\n\t"
      "mov.w r0, r1\n\t"
      "ldr.w r2, =%c[all_bytes]\n\t"
      "add.w r1, r1, r2\n\t"
      "str.w r1, [sp, #16]\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "ldr.w lr, [sp, #12]\n\t"
      "ldm.w lr!, {r4, r8}\n\t"
      THIMBLE_TAKE_WEIGHTS
      "str.w lr, [sp, #12]\n\t"
      "strd r4, r8, [sp, #4]\n\t"
      "movw r1, #%c[position_bytes]\n\t"
      "add.w r1, r1, r0\n\t"
      "str.w r1, [sp]\n"
      "2:\n\t"
      "ldm.w r0!, {r1, r2, r3, r12}\n\t"
      THIMBLE_WEIGHT(0)
      "smlad r5, lr, r2, r4\n\t"
      "smlad r6, lr, r3, r4\n\t"
      "smlad r7, lr, r12, r4\n\t"
      "smlad r4, lr, r1, r4\n\t"
      THIMBLE_WEIGHT(1)
      "smlad r9, lr, r2, r8\n\t"
      "smlad r10, lr, r3, r8\n\t"
      "smlad r11, lr, r12, r8\n\t"
      "smlad r8, lr, r1, r8\n\t"
      THIMBLE_STEP(1, 2, 3)
      THIMBLE_STEP(2, 4, 5)
      THIMBLE_STEP(3, 6, 7)
      THIMBLE_STEP(4, 8, 9)
      THIMBLE_STEP(5, 10, 11)
      THIMBLE_STEP(6, 12, 13)
      THIMBLE_STEP(7, 14, 15)
      THIMBLE_STEP(8, 16, 17)
      THIMBLE_STEP(9, 18, 19)
      THIMBLE_STEP(10, 20, 21)
      THIMBLE_STEP(11, 22, 23)
      THIMBLE_STEP(12, 24, 25)
      THIMBLE_STEP(13, 26, 27)
      THIMBLE_STEP(14, 28, 29)
      THIMBLE_STEP(15, 30, 31)
      "stm.w r0!, {r4-r11}\n\t"
      "ldm.w sp, {r1, r4, r8}\n\t"
      "cmp.w r0, r1\n\t"
      "bne.w 2b\n\t"
      "ldr.w r1, [sp, #16]\n\t"
      "cmp.w r0, r1\n\t"
      "bne.w 1b\n\t"
      THIMBLE_RESTORE
      "pop.w {r4-r11, pc}\n\t"
      ".ltorg\n\t"
      :
      : [steps] "i"(kSteps), [last] "i"(2 * kSteps - 1),
        [position_bytes] "i"(4 * kGroups * cell_words(kSteps)),
        [all_bytes] "i"(4 * kWinogradPositions * kChunks * kGroups * cell_words(kSteps)));
}

#undef THIMBLE_STEP
#undef THIMBLE_WEIGHT
#undef THIMBLE_TAKE_WEIGHTS
#undef THIMBLE_RESTORE
#undef THIMBLE_SAVE

#else

inline void multiply_cells(const uint32_t* weights, uint32_t* cells, int32_t steps, int32_t chunks,
                           int32_t groups) {
  for (int32_t i = 0; i < kWinogradPositions * chunks; ++i) {
    for (int32_t group = 0; group < groups; ++group, cells += cell_words(steps))
      for (int32_t lane = 0; lane < kWinogradLanes; ++lane)
        for (int32_t channel = 0; channel < kWinogradPair; ++channel) {
          auto sum = static_cast<int32_t>(weights[channel]);
          for (int32_t step = 0; step < steps; ++step)
            sum = simd::smlad(weights[kWinogradPair * (1 + step) + channel],
                              cells[kWinogradLanes * step + lane], sum);
          cells[kWinogradLanes * (steps + channel) + lane] = static_cast<uint32_t>(sum);
        }
    weights += winograd_weight_words(steps);
  }
}

#endif

// B' times six words.
struct WinogradWindow {
  uint32_t d[kWinogradWindow];
};

inline WinogradWindow transform_window(const WinogradWindow& in) {
  const uint32_t d0 = in.d[0], d1 = in.d[1], d2 = in.d[2], d3 = in.d[3], d4 = in.d[4], d5 = in.d[5];
  const uint32_t even4 = d4 - 4 * d2, odd4 = d3 - 4 * d1, even = d4 - d2, odd = d3 - d1;
  return {{even + 4 * (d0 - d2), even4 + odd4, even4 - odd4, even + 2 * odd, even - 2 * odd,
           d5 - d3 - 4 * odd}};
}

// A' times six words.
struct WinogradOutputs {
  uint32_t y[kWinogradTile];
};

inline WinogradOutputs transform_sums(const WinogradWindow& in) {
  const uint32_t* m = in.d;
  const uint32_t p = m[1] + m[2], q = m[1] - m[2], r = m[3] + m[4], s = m[3] - m[4];
  return {{m[0] + (r - 4 * p), s - 2 * q, r - p, m[5] + (2 * s - q)}};
}

// The power of two in f_i.
constexpr int32_t kWinogradScaleBits[] = {3, 2, 1, 1};
constexpr uint32_t kInverseOf9 = 0x38E38E39u;
static_assert(kInverseOf9 * 9u == 1u, "modulo 2^32");

}  // namespace thimble::kernels
