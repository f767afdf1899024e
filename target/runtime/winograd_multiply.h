// The products of Winograd's convolution (winograd.h) for Armv7E-M.
//
// Transformed inputs and sums share a scratch memory of cells. A cell is for a chunk of the input
// channels, a position of the window and a group of four tiles, in that order: for each step the
// words of two channels of the four tiles; then room for the sums, of the first of two output
// channels in the four tiles and of the second.
//
// A pair of output channels has for each chunk and position: in the first chunk a word for either
// channel, what its sums begin with; then for each step a word of weights for either.
#pragma once

#include <stdint.h>

#include "runtime/simd.h"
#include "runtime/winograd.h"

namespace thimble::kernels {

constexpr int32_t kWinogradLanes = 4;  // tiles that are multiplied at once
constexpr int32_t kWinogradPair = 2;   // output channels that are

constexpr int32_t winograd_cell_words(int32_t steps) {
  return kWinogradLanes * (steps + kWinogradPair);
}
constexpr int32_t winograd_weight_words(int32_t steps, bool is_first_chunk) {
  return kWinogradPair * (steps + is_first_chunk);
}

// All cells of a chunk, for a pair of output channels. The assembly takes the first two members by
// position.
struct WinogradProducts {
  const uint32_t* weights;
  uint32_t* cells;
  int32_t steps;   // at most 16
  int32_t groups;  // at most 4
};

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
#define THIMBLE_TAKE_WEIGHTS   \
  "add.w r12, sp, #24\n\t"     \
  "mov.w r3, #%c[steps]\n"     \
  "3:\n\t"                     \
  "ldm.w lr!, {r1, r2}\n\t"    \
  "stm.w r12!, {r1, r2}\n\t"   \
  "subs.w r3, r3, #1\n\t"      \
  "bne.w 3b\n\t"
#define THIMBLE_WEIGHT(j) "ldr.w lr, [sp, #24+4*" #j "]\n\t"
#endif

#define THIMBLE_STEP(j, first, second) \
  ".if %c[steps] > " #j "\n\t"         \
  "ldm.w r0!, {r1, r2, r3, r12}\n\t"   \
  THIMBLE_WEIGHT(first)                \
  "smlad r4, lr, r1, r4\n\t"           \
  "smlad r5, lr, r2, r5\n\t"           \
  "smlad r6, lr, r3, r6\n\t"           \
  "smlad r7, lr, r12, r7\n\t"          \
  THIMBLE_WEIGHT(second)               \
  "smlad r8, lr, r1, r8\n\t"           \
  "smlad r9, lr, r2, r9\n\t"           \
  "smlad r10, lr, r3, r10\n\t"         \
  "smlad r11, lr, r12, r11\n\t"        \
  ".endif\n\t"

// r0 is the place in the cells; r1, r2, r3, r12 are inputs of the four tiles, lr weights; r4-r7
// sums of the first output channel, r8-r11 of the second. On the stack: end of the position's
// cells, what sums begin with (2), weights, end of all cells. kIsFirst: of the chunks; the others
// add to the sums of the chunk before. The arguments repeat the members of the same name.
template <int kSteps, int kGroups, bool kIsFirst>
__attribute__((naked, noinline)) void multiply_cells(const WinogradProducts*) {
  __asm__ volatile(
      ".syntax unified\n\t"
      "push.w {r4-r11, lr}\n\t"
      THIMBLE_SAVE
      "ldm.w r0, {r0, r1}\n\t"
      "str.w r0, [sp, #12]\n\t"
      "mov.w r0, r1\n\t"
      "movw r2, #%c[all_bytes]\n\t"
      "add.w r1, r1, r2\n\t"
      "str.w r1, [sp, #16]\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "ldr.w lr, [sp, #12]\n\t"
      ".if %c[is_first]\n\t"
      "ldm.w lr!, {r4, r8}\n\t"
      "strd r4, r8, [sp, #4]\n\t"
      ".endif\n\t"
      THIMBLE_TAKE_WEIGHTS
      "str.w lr, [sp, #12]\n\t"
      "addw r1, r0, #%c[position_bytes]\n\t"
      "str.w r1, [sp]\n"
      "2:\n\t"
      ".if %c[is_first]\n\t"
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
      ".else\n\t"
      "movw lr, #%c[back_bytes]\n\t"
      "sub.w lr, r0, lr\n\t"
      "ldm.w lr, {r4-r11}\n\t"
      THIMBLE_STEP(0, 0, 1)
      ".endif\n\t"
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
      ".if %c[is_first]\n\t"
      "ldm.w sp, {r1, r4, r8}\n\t"
      ".else\n\t"
      "ldr.w r1, [sp]\n\t"
      ".endif\n\t"
      "cmp.w r0, r1\n\t"
      "bne.w 2b\n\t"
      "ldr.w r1, [sp, #16]\n\t"
      "cmp.w r0, r1\n\t"
      "bne.w 1b\n\t"
      THIMBLE_RESTORE
      "pop.w {r4-r11, pc}\n\t"
      :
      : [steps] "i"(kSteps), [last] "i"(2 * kSteps - 1), [is_first] "i"(kIsFirst),
        [position_bytes] "i"(4 * kGroups * winograd_cell_words(kSteps)),
        [all_bytes] "i"(4 * kWinogradPositions * kGroups * winograd_cell_words(kSteps)),
        [back_bytes] "i"(4 * kWinogradPositions * kGroups * winograd_cell_words(kSteps) -
                         4 * kWinogradLanes * kSteps));
}

#undef THIMBLE_STEP
#undef THIMBLE_WEIGHT
#undef THIMBLE_TAKE_WEIGHTS
#undef THIMBLE_RESTORE
#undef THIMBLE_SAVE

#else

template <int, int, bool kIsFirst>
void multiply_cells(const WinogradProducts* products) {
  const int32_t steps = products->steps, cells = kWinogradPositions * products->groups;
  const int32_t cell_words = winograd_cell_words(steps), chunk_words = cells * cell_words;
  const uint32_t* weights = products->weights;
  uint32_t* cell = products->cells;
  for (int32_t i = 0; i < cells; ++i, cell += cell_words) {
    if (i > 0 && i % products->groups == 0) weights += winograd_weight_words(steps, kIsFirst);
    for (int32_t channel = 0; channel < kWinogradPair; ++channel)
      for (int32_t lane = 0; lane < kWinogradLanes; ++lane) {
        uint32_t* const result = cell + kWinogradLanes * (steps + channel) + lane;
        auto sum = static_cast<int32_t>(kIsFirst ? weights[channel] : *(result - chunk_words));
        const uint32_t* weight = weights + channel + (kIsFirst ? kWinogradPair : 0);
        for (int32_t step = 0; step < steps; ++step, weight += kWinogradPair)
          sum = simd::smlad(*weight, cell[kWinogradLanes * step + lane], sum);
        *result = static_cast<uint32_t>(sum);
      }
  }
}

#endif

}  // namespace thimble::kernels
