// Packed row pairs: the int8 inner loop of the convolutions for Armv7E-M.
//
// A word of weights serves two output channels, A and B. Each of its halfwords holds A_k + 256 B_k,
// for k and k + 1. With the word x of two inputs (x_k, x_k+1):
//     all += SMLAD(word, x)          the sum of A plus 256 times the sum of B
//     low += SMLAD(SXTB16(word), x)  the sum of A
// so that the sum of B is (all - low) / 256, exact while it is below 2^23 in magnitude. Weights
// stay one byte each and need one instruction to unpack for four products.
//
// Four channels (a quad: pairs AB and CD) times two columns of inputs run at once, which takes all
// registers of the processor: eight sums, two pointers, four operands.
//
// The last step is that of fixed_point.h in fewer instructions. For a factor m / 2^(31 + e), e > 0,
// and |sum| < 2^30, TensorFlow Lite's rounding high multiplication is SMMULR(2 sum, m) = q, and its
// rounding shift is (q + 2^(e-1) - [q < 0]) >> e. [sum < 0] may stand for [q < 0], as where they
// differ q is 0 and so is the result. The output's zero point z comes in as z << e. So
//     (SMMLAR(2 sum, m, (2z + 1) << (e-1) - [sum < 0]) >> (e-1)) >> 1
// of which SSAT does the last shift.
//
// With z = -128 (any ReLU) the term [sum < 0] can be left out: where it matters, either result is
// clamped to -128. What is left is one line for all sums, and needs no rounding multiplication when
// the sums keep 8 bits more (as that of B does at first): with n = kSteadyShift and M the factor
// times 2^(24+n)
//     (SMMLA(256 sum, M, (z << n) + 2^(n-1) + 2^(n-e-1))) >> n
// The shift is the same for all channels, so SSAT does it, and a channel takes two instructions
// ("steady", multiply_tile_steady). M drops bits where e > n - 7; whether the outputs stay the same
// is found out when the layer is lowered.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "runtime/extend_pairs.h"
#include "runtime/simd.h"

namespace thimble::kernels {

constexpr int32_t kQuad = 4;  // channels that are computed at once

// What a quad needs besides its weights; a table of 32-bit words.
constexpr int32_t kQuadWords = 9;
constexpr int32_t kQuadInit = 0;         // of the sums: AB all, AB low, CD all, CD low
constexpr int32_t kQuadMultipliers = 4;  // A, B, C, D
constexpr int32_t kQuadShifts = 8;       // e - 1 as bytes: A is the lowest

// The same for multiply_tile_steady.
constexpr int32_t kSteadyWords = 12;
constexpr int32_t kSteadyFactors = 4;  // M and what is added, of A, B, C, D
constexpr int32_t kSteadyShift = 12;

// Two words of weights (AB, CD) to a step of two inputs; the assembly does eight steps a turn, of
// which the first turn leaves out what is too many.
constexpr int32_t kStepsPerTurn = 8;

constexpr int kAnySteps = 0;  // of functions that are compiled for any number

// One quad times pairs of columns. The assembly takes the first nine members by position.
struct PackedTile {
  const uint32_t* weights_end;
  const uint32_t* weights_entry;  // as if the first turn had left nothing out
  const uint32_t* column_entry;   // likewise; of the first pair's first column
  const int32_t* table;           // the quad's kQuadWords
  int32_t zero_point_term;        // 2 * output zero point + 1
  int8_t* output;                 // the quad's first channel in the first pixel
  int32_t output_stride;          // bytes from a pixel's channels to the next pixel's
  const uint32_t* columns_end;    // column_entry behind the last pair
  int32_t entry;                  // bytes of code that the first turn leaves out
  int32_t ahead;                  // steps that the entries are ahead of the first
  int32_t steps;                  // words in a column, at least 1
  int32_t column_stride;          // bytes from a pair's first column to its second
  int32_t is_steady;
};

// Steps of the first turn, 0 when it leaves out none.
constexpr int32_t first_turn(int32_t steps) {
  return steps % kStepsPerTurn;
}

// `is_known`: the function was compiled for just so many steps and does the first one ahead of the
// turns.
inline void set_steps(PackedTile& tile, int32_t steps, bool is_known) {
  constexpr int32_t kStepCode = 14 * 4;  // bytes
  tile.steps = steps;
  tile.ahead = is_known ? 1 + first_turn(steps - 1) : first_turn(steps);
  tile.entry = (kStepsPerTurn - first_turn(steps)) % kStepsPerTurn * kStepCode;
}

inline const uint32_t* byte_offset(const uint32_t* words, int32_t bytes) {
  return reinterpret_cast<const uint32_t*>(reinterpret_cast<const uint8_t*>(words) + bytes);
}

inline void set_weights(PackedTile& tile, const uint32_t* weights) {
  tile.weights_entry = weights + 2 * tile.ahead;
  tile.weights_end = weights + 2 * tile.steps;
}

inline void set_columns(PackedTile& tile, const uint32_t* columns, int32_t pairs) {
  tile.column_entry = columns + tile.ahead;
  tile.columns_end = byte_offset(tile.column_entry, 2 * pairs * tile.column_stride);
}

#if defined(THIMBLE_DSP)

// What does not fit into the core's registers waits in floating-point registers, or on the stack.
#if defined(__ARM_FP)
#define THIMBLE_SLOTS_IN "vldm r0, {s0-s8}\n\t"
#define THIMBLE_SLOTS_OUT
#define THIMBLE_GET(slot, reg) "vmov " reg ", s" #slot "\n\t"
#define THIMBLE_PUT(slot, reg) "vmov s" #slot ", " reg "\n\t"
#else
#define THIMBLE_SLOTS_IN     \
  "ldr.w r12, [r0, #32]\n\t" \
  "sub.w sp, sp, #16\n\t"    \
  "push.w {r12}\n\t"         \
  "ldm.w r0, {r4-r11}\n\t"   \
  "push.w {r4-r11}\n\t"
#define THIMBLE_SLOTS_OUT "add.w sp, sp, #52\n\t"
#define THIMBLE_GET(slot, reg) "ldr.w " reg ", [sp, #4*" #slot "]\n\t"
#define THIMBLE_PUT(slot, reg) "str.w " reg ", [sp, #4*" #slot "]\n\t"
#endif

// One step: the weights' two words, the inputs of both columns, eight products of each.
#define THIMBLE_STEP(j, LOAD_WEIGHTS, LOAD_INPUT)            \
  LOAD_WEIGHTS LOAD_INPUT "ldr.w lr, [r1, #8*" #j            \
                          "-60]\n\t"                         \
                          "ldr.w r3, [r0, #%c[stride]+4*" #j \
                          "-32]\n\t"                         \
                          "smlad r4, r12, r2, r4\n\t"        \
                          "smlad r5, r12, r3, r5\n\t"        \
                          "sxtb16 r12, r12\n\t"              \
                          "smlad r6, r12, r2, r6\n\t"        \
                          "smlad r7, r12, r3, r7\n\t"        \
                          "smlad r8, lr, r2, r8\n\t"         \
                          "smlad r9, lr, r3, r9\n\t"         \
                          "sxtb16 lr, lr\n\t"                \
                          "smlad r10, lr, r2, r10\n\t"       \
                          "smlad r11, lr, r3, r11\n\t"
#define THIMBLE_INNER_STEP(j) \
  THIMBLE_STEP(j, "ldr.w r12, [r1, #8*" #j "-64]\n\t", "ldr.w r2, [r0, #4*" #j "-32]\n\t")

// The rounding term of one channel, to its slot; r12: shifts, the channel's lowest.
#define THIMBLE_ROUNDING(slot) \
  "lsl.w r1, r0, r12\n\t"      \
  "lsr.w r12, r12, #8\n\t" THIMBLE_PUT(slot, "r1")

// One channel's output in both columns, from twice its sums. `free`: a register for the rounding
// term with the sign of a sum.
#define THIMBLE_SCALE(sum, multiplier, free) \
  "add.w " free ", lr, " sum                 \
  ", asr #31\n\t"                            \
  "smmlar " sum ", " sum ", " multiplier ", " free "\n\t"
#define THIMBLE_SHIFT(sum) \
  "asr.w " sum ", " sum    \
  ", r12\n\t"              \
  "ssat " sum ", #8, " sum ", asr #1\n\t"
// There is no free register yet: the rounding term is fetched again.
#define THIMBLE_REQUANTIZE_FIRST(first, second, multiplier, slot) \
  THIMBLE_GET(slot, "lr")                                         \
  THIMBLE_SCALE(first, multiplier, "lr")                          \
  THIMBLE_GET(slot, "lr")                                         \
  THIMBLE_SCALE(second, multiplier, "lr")                         \
  THIMBLE_SHIFT(first)                                            \
  THIMBLE_SHIFT(second)
#define THIMBLE_REQUANTIZE(first, second, multiplier, slot, free)                         \
  "lsr.w r12, r12, #8\n\t" THIMBLE_GET(slot, "lr") THIMBLE_SCALE(first, multiplier, free) \
      THIMBLE_SCALE(second, multiplier, free) THIMBLE_SHIFT(first) THIMBLE_SHIFT(second)

// A pair's outputs to r3 and, lr bytes on, to r2.
#define THIMBLE_STORE_TILE    \
  THIMBLE_GET(5, "r3")        \
  THIMBLE_GET(6, "lr")        \
  "add.w r2, r3, lr\n\t"      \
  "strb.w r6, [r3]\n\t"       \
  "strb.w r4, [r3, #1]\n\t"   \
  "strb.w r10, [r3, #2]\n\t"  \
  "strb.w r8, [r3, #3]\n\t"   \
  "strb.w r7, [r2]\n\t"       \
  "strb.w r5, [r2, #1]\n\t"   \
  "strb.w r11, [r2, #2]\n\t"  \
  "strb.w r9, [r2, #3]\n\t"   \
  "add.w r3, r2, lr\n\t"      \
  THIMBLE_PUT(5, "r3")

// r0 to the next pair's column from where it was at this one's, or, where the number of steps is
// known, from where it is after them.
#define THIMBLE_NEXT_COLUMN           \
  ".if %c[move] > 4095\n\t"           \
  "addw r0, r0, #4095\n\t"            \
  "addw r0, r0, #%c[move]-4095\n\t"   \
  ".elseif %c[move] >= 0\n\t"         \
  "addw r0, r0, #%c[move]\n\t"        \
  ".else\n\t"                         \
  "subw r0, r0, #0-(%c[move])\n\t"    \
  ".endif\n\t"
#define THIMBLE_REMEMBERED_COLUMN \
  THIMBLE_GET(2, "r0") THIMBLE_NEXT_COLUMN THIMBLE_PUT(2, "r0")
#define THIMBLE_UNTIL_END THIMBLE_GET(7, "r12") "cmp.w r0, r12\n\t" "bne.w 1b\n\t"

// In the loop r0 is the column and r1 the weights, both one turn ahead; r2, r3 are inputs of the
// two columns; r12, lr weights of AB, CD; r4, r5 "all" of AB in the two columns, r6, r7 "low" of
// AB; r8-r11 the same of CD. kColumnStride repeats tile.column_stride.
template <int kColumnStride>
__attribute__((naked, noinline)) void multiply_tile_generally(PackedTile*) {
  __asm__ volatile(
      ".syntax unified\n\t"
      "push.w {r4-r11, lr}\n\t"
      THIMBLE_SLOTS_IN
      THIMBLE_GET(3, "lr")
      THIMBLE_GET(4, "r0")
      "ldr.w r12, [lr, #32]\n\t"
      THIMBLE_ROUNDING(9)
      THIMBLE_ROUNDING(10)
      THIMBLE_ROUNDING(11)
      THIMBLE_ROUNDING(12)
      THIMBLE_GET(2, "r0")
      ".p2align 2\n"
      "1:\n\t"
      THIMBLE_GET(3, "lr")
      THIMBLE_GET(1, "r1")
      "ldm.w lr, {r4, r6, r8, r10}\n\t"
      "mov.w r5, r4\n\t"
      "mov.w r7, r6\n\t"
      "mov.w r9, r8\n\t"
      "mov.w r11, r10\n\t"
      // Into the middle of the first turn.
      THIMBLE_GET(8, "r12")
      "add pc, r12\n\t"  // to 2f + r12
      "nop\n"
      "2:\n\t"
      THIMBLE_STEP(0, "ldr.w r12, [r1], #64\n\t", "ldr.w r2, [r0], #32\n\t")
      THIMBLE_INNER_STEP(1)
      THIMBLE_INNER_STEP(2)
      THIMBLE_INNER_STEP(3)
      THIMBLE_INNER_STEP(4)
      THIMBLE_INNER_STEP(5)
      THIMBLE_INNER_STEP(6)
      THIMBLE_INNER_STEP(7)
      THIMBLE_GET(0, "r12")
      "cmp.w r1, r12\n\t"
      "bne.w 2b\n\t"
      // Twice the sums of A, B, C, D: in r6, r4, r10, r8; for the second column in the next one.
      THIMBLE_GET(3, "lr")
      "sub.w r4, r4, r6\n\t"
      "sub.w r5, r5, r7\n\t"
      "sub.w r8, r8, r10\n\t"
      "sub.w r9, r9, r11\n\t"
      "ldr.w r12, [lr, #32]\n\t"
      "ldr.w r0, [lr, #16]\n\t"
      "ldr.w r1, [lr, #20]\n\t"
      "ldr.w r2, [lr, #24]\n\t"
      "ldr.w r3, [lr, #28]\n\t"
      "asr.w r4, r4, #7\n\t"
      "asr.w r5, r5, #7\n\t"
      "asr.w r8, r8, #7\n\t"
      "asr.w r9, r9, #7\n\t"
      "lsl.w r6, r6, #1\n\t"
      "lsl.w r7, r7, #1\n\t"
      "lsl.w r10, r10, #1\n\t"
      "lsl.w r11, r11, #1\n\t"
      THIMBLE_REQUANTIZE_FIRST("r6", "r7", "r0", 9)
      THIMBLE_REQUANTIZE("r4", "r5", "r1", 10, "r0")
      THIMBLE_REQUANTIZE("r10", "r11", "r2", 11, "r0")
      THIMBLE_REQUANTIZE("r8", "r9", "r3", 12, "r0")
      THIMBLE_STORE_TILE
      THIMBLE_REMEMBERED_COLUMN
      THIMBLE_UNTIL_END
      THIMBLE_SLOTS_OUT
      "pop.w {r4-r11, pc}\n\t"
      :
      : [stride] "i"(kColumnStride), [move] "i"(2 * kColumnStride));
}

// The slots of multiply_tile_steady: 0 to 8 are the tile's first members, 9 to 20 the quad's table.
#if defined(__ARM_FP)
#define THIMBLE_STEADY_IN    \
  "ldr.w r12, [r0, #12]\n\t" \
  "vpush {s16-s20}\n\t"      \
  "vldm r0, {s0-s8}\n\t"     \
  "vldm r12, {s9-s20}\n\t"
#define THIMBLE_STEADY_OUT "vpop {s16-s20}\n\t"
#else
#define THIMBLE_STEADY_IN    \
  "ldr.w r12, [r0, #12]\n\t" \
  "sub.w sp, sp, #84\n\t"    \
  "ldm.w r0, {r3-r11}\n\t"   \
  "stm.w sp, {r3-r11}\n\t"   \
  "ldm.w r12, {r0-r11}\n\t"  \
  "add.w r12, sp, #36\n\t"   \
  "stm.w r12, {r0-r11}\n\t"
#define THIMBLE_STEADY_OUT "add.w sp, sp, #84\n\t"
#endif

// The first step, where sums begin; r4, r6, r8, r10 have what with.
#define THIMBLE_FIRST_STEP                      \
  "ldr.w r12, [r1, #-8*%c[ahead]]\n\t"          \
  "ldr.w r2, [r0, #-4*%c[ahead]]\n\t"           \
  "ldr.w lr, [r1, #4-8*%c[ahead]]\n\t"          \
  "ldr.w r3, [r0, #%c[stride]-4*%c[ahead]]\n\t" \
  "smlad r5, r12, r3, r4\n\t"                   \
  "smlad r4, r12, r2, r4\n\t"                   \
  "sxtb16 r12, r12\n\t"                         \
  "smlad r7, r12, r3, r6\n\t"                   \
  "smlad r6, r12, r2, r6\n\t"                   \
  "smlad r9, lr, r3, r8\n\t"                    \
  "smlad r8, lr, r2, r8\n\t"                    \
  "sxtb16 lr, lr\n\t"                           \
  "smlad r11, lr, r3, r10\n\t"                  \
  "smlad r10, lr, r2, r10\n\t"

// Step j of the first turn, if the turn has it.
#define THIMBLE_FIRST_TURN_STEP(j) ".if %c[ahead] > 8-" #j "\n\t" THIMBLE_INNER_STEP(j) ".endif\n\t"

// So many steps are straight code, which with the last step still fits into a cache of 1 KiB.
constexpr int32_t kStraightSteps = 14;

// How far the turns behind a known number of steps' first move along the column.
constexpr int32_t column_bytes_of_turns(int32_t steps) {
  return steps <= kStraightSteps ? 0 : (steps - 1) / kStepsPerTurn * kStepsPerTurn * 4;
}

// kSteps repeats tile.steps or is kAnySteps.
template <int kColumnStride, int kSteps>
__attribute__((naked, noinline)) void multiply_tile_steady(PackedTile*) {
  __asm__ volatile(
      ".syntax unified\n\t"
      "push.w {r4-r11, lr}\n\t"
      THIMBLE_STEADY_IN
      THIMBLE_GET(1, "r1")
      THIMBLE_GET(2, "r0")
      ".p2align 2\n"
      "1:\n\t"
      // Straight code leaves it as it was.
      ".if %c[steps] == 0 || %c[steps] > %c[straight]\n\t"
      THIMBLE_GET(1, "r1")
      ".endif\n\t"
      THIMBLE_GET(9, "r4")
      THIMBLE_GET(10, "r6")
      THIMBLE_GET(11, "r8")
      THIMBLE_GET(12, "r10")
      ".if %c[steps]\n\t"
      THIMBLE_FIRST_STEP
      ".endif\n\t"
      ".if %c[steps] && %c[steps] <= %c[straight]\n\t"
      THIMBLE_FIRST_TURN_STEP(1)
      THIMBLE_FIRST_TURN_STEP(2)
      THIMBLE_FIRST_TURN_STEP(3)
      THIMBLE_FIRST_TURN_STEP(4)
      THIMBLE_FIRST_TURN_STEP(5)
      THIMBLE_FIRST_TURN_STEP(6)
      THIMBLE_FIRST_TURN_STEP(7)
      ".if %c[steps] > 8\n\t"
      THIMBLE_INNER_STEP(8)
      THIMBLE_INNER_STEP(9)
      THIMBLE_INNER_STEP(10)
      THIMBLE_INNER_STEP(11)
      THIMBLE_INNER_STEP(12)
      THIMBLE_INNER_STEP(13)
      THIMBLE_INNER_STEP(14)
      THIMBLE_INNER_STEP(15)
      ".endif\n\t"
      ".else\n\t"
      // Into the middle of the first turn.
      ".if %c[steps] == 0\n\t"
      THIMBLE_GET(8, "r12")
      "mov.w r5, r4\n\t"
      "mov.w r7, r6\n\t"
      "mov.w r9, r8\n\t"
      "mov.w r11, r10\n\t"
      ".p2align 2\n\t"
      "add pc, r12\n\t"  // to 2f + r12
      "nop\n\t"
      ".elseif %c[ahead] > 1\n\t"
      "b.w 2f+(9-%c[ahead])*56\n\t"
      ".endif\n"
      "2:\n\t"
      THIMBLE_STEP(0, "ldr.w r12, [r1], #64\n\t", "ldr.w r2, [r0], #32\n\t")
      THIMBLE_INNER_STEP(1)
      THIMBLE_INNER_STEP(2)
      THIMBLE_INNER_STEP(3)
      THIMBLE_INNER_STEP(4)
      THIMBLE_INNER_STEP(5)
      THIMBLE_INNER_STEP(6)
      THIMBLE_INNER_STEP(7)
      THIMBLE_GET(0, "r12")
      "cmp.w r1, r12\n\t"
      "bne.w 2b\n\t"
      ".endif\n\t"
      // 256 times the sums of A, B, C, D: in r6, r4, r10, r8; for the second column in the next one.
      THIMBLE_GET(13, "r2")
      THIMBLE_GET(14, "r3")
      THIMBLE_GET(15, "r12")
      THIMBLE_GET(16, "lr")
      "sub.w r4, r4, r6\n\t"
      "sub.w r5, r5, r7\n\t"
      "sub.w r8, r8, r10\n\t"
      "sub.w r9, r9, r11\n\t"
      "lsl.w r6, r6, #8\n\t"
      "lsl.w r7, r7, #8\n\t"
      "lsl.w r10, r10, #8\n\t"
      "lsl.w r11, r11, #8\n\t"
      "smmla r6, r6, r2, r3\n\t"
      "smmla r7, r7, r2, r3\n\t"
      "smmla r4, r4, r12, lr\n\t"
      "smmla r5, r5, r12, lr\n\t"
      THIMBLE_GET(17, "r2")
      THIMBLE_GET(18, "r3")
      THIMBLE_GET(19, "r12")
      THIMBLE_GET(20, "lr")
      "smmla r10, r10, r2, r3\n\t"
      "smmla r11, r11, r2, r3\n\t"
      "smmla r8, r8, r12, lr\n\t"
      "smmla r9, r9, r12, lr\n\t"
      "ssat r6, #8, r6, asr %[shift]\n\t"
      "ssat r4, #8, r4, asr %[shift]\n\t"
      "ssat r10, #8, r10, asr %[shift]\n\t"
      "ssat r8, #8, r8, asr %[shift]\n\t"
      "ssat r7, #8, r7, asr %[shift]\n\t"
      "ssat r5, #8, r5, asr %[shift]\n\t"
      "ssat r11, #8, r11, asr %[shift]\n\t"
      "ssat r9, #8, r9, asr %[shift]\n\t"
      THIMBLE_STORE_TILE
      ".if %c[steps]\n\t"
      THIMBLE_NEXT_COLUMN
      ".else\n\t"
      THIMBLE_REMEMBERED_COLUMN
      ".endif\n\t"
      THIMBLE_UNTIL_END
      THIMBLE_STEADY_OUT
      "pop.w {r4-r11, pc}\n\t"
      :
      : [stride] "i"(kColumnStride), [steps] "i"(kSteps),
        [move] "i"(2 * kColumnStride - (kSteps == kAnySteps ? 0 : column_bytes_of_turns(kSteps))),
        [ahead] "i"(kSteps == kAnySteps ? 0 : 1 + first_turn(kSteps - 1)),
        [straight] "i"(kStraightSteps), [shift] "i"(kSteadyShift));
}

template <int kColumnStride, int kSteps, bool kIsSteady>
void multiply_tile(PackedTile* tile) {
  if constexpr (kIsSteady)
    multiply_tile_steady<kColumnStride, kSteps>(tile);
  else
    multiply_tile_generally<kColumnStride>(tile);
}

#undef THIMBLE_FIRST_TURN_STEP
#undef THIMBLE_FIRST_STEP
#undef THIMBLE_STEADY_OUT
#undef THIMBLE_STEADY_IN
#undef THIMBLE_UNTIL_END
#undef THIMBLE_REMEMBERED_COLUMN
#undef THIMBLE_NEXT_COLUMN
#undef THIMBLE_STORE_TILE

#undef THIMBLE_REQUANTIZE
#undef THIMBLE_REQUANTIZE_FIRST
#undef THIMBLE_SHIFT
#undef THIMBLE_SCALE
#undef THIMBLE_ROUNDING
#undef THIMBLE_INNER_STEP
#undef THIMBLE_STEP
#undef THIMBLE_PUT
#undef THIMBLE_GET
#undef THIMBLE_SLOTS_OUT
#undef THIMBLE_SLOTS_IN

#else

// The sum of channel A and 256 times that of channel B in one column, modulo 2^32.
struct PairSums {
  uint32_t a, b;
};

inline PairSums multiply_pair(const uint32_t* weights, const uint32_t* column, int32_t steps,
                              const int32_t* init) {
  int32_t all = init[0], low = init[1];
  for (int32_t i = 0; i < steps; ++i) {
    all = simd::smlad(weights[2 * i], column[i], all);
    low = simd::smlad(simd::sxtb16(weights[2 * i]), column[i], low);
  }
  const auto b = static_cast<uint32_t>(all) - static_cast<uint32_t>(low);
  return {static_cast<uint32_t>(low), b};
}

inline int8_t requantize_doubled(const PackedTile& tile, int32_t channel, int32_t doubled) {
  const int32_t shift = (static_cast<uint32_t>(tile.table[kQuadShifts]) >> (8 * channel)) & 0xFFu;
  const int32_t rounding =
      static_cast<int32_t>(static_cast<uint32_t>(tile.zero_point_term) << shift);
  const int32_t scaled =
      simd::smmlar(doubled, tile.table[kQuadMultipliers + channel], rounding + (doubled >> 31));
  return static_cast<int8_t>(simd::saturate_s8((scaled >> shift) >> 1));
}

inline int8_t requantize_steadily(const PackedTile& tile, int32_t channel, uint32_t sum) {
  const int32_t* const factor = tile.table + kSteadyFactors + 2 * channel;
  const int32_t scaled = simd::smmla(static_cast<int32_t>(sum), factor[0], factor[1]);
  return static_cast<int8_t>(simd::saturate_s8_shifted<kSteadyShift>(scaled));
}

// One instance stands for all.
template <int, int, bool>
void multiply_tile(PackedTile* tile) {
  const uint32_t* weights = tile->weights_end - 2 * tile->steps;
  const uint32_t* const end = tile->columns_end - tile->ahead;
  int8_t* output = tile->output;
  for (const uint32_t* column = tile->column_entry - tile->ahead; column != end;
       column = byte_offset(column, tile->column_stride), output += tile->output_stride) {
    for (int32_t i = 0; i < kQuad; i += 2) {
      const PairSums sums = multiply_pair(weights + i / 2, column, tile->steps, tile->table + i);
      if (tile->is_steady) {
        output[i] = requantize_steadily(*tile, i, sums.a << 8);
        output[i + 1] = requantize_steadily(*tile, i + 1, sums.b);
      } else {
        output[i] = requantize_doubled(*tile, i, static_cast<int32_t>(sums.a << 1));
        output[i + 1] = requantize_doubled(*tile, i + 1, static_cast<int32_t>(sums.b) >> 7);
      }
    }
  }
}

#endif

}  // namespace thimble::kernels
