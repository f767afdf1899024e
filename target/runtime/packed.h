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
// of which SSAT does the last shift. With z = -128 the term [sum < 0] can be left out: where it
// matters, either result is clamped to -128.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "runtime/simd.h"

namespace thimble::kernels {

constexpr int32_t kQuad = 4;  // channels that are computed at once

// What a quad needs besides its weights; a table of 32-bit words.
constexpr int32_t kQuadWords = 9;
constexpr int32_t kQuadInit = 0;         // of the sums: AB all, AB low, CD all, CD low
constexpr int32_t kQuadMultipliers = 4;  // A, B, C, D
constexpr int32_t kQuadShifts = 8;       // e - 1 as bytes: A is the lowest

// Two words of weights (AB, CD) to a step of two inputs; the assembly does eight steps a turn, of
// which the first turn leaves out what is too many.
constexpr int32_t kStepsPerTurn = 8;

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
  int32_t steps;                  // words in a column, at least 1
  int32_t column_stride;          // bytes from a pair's first column to its second
};

// Steps of the first turn, 0 when it leaves out none.
constexpr int32_t first_turn(int32_t steps) {
  return steps % kStepsPerTurn;
}

inline void set_steps(PackedTile& tile, int32_t steps) {
  constexpr int32_t kStepCode = 14 * 4;  // bytes
  tile.steps = steps;
  tile.entry = (kStepsPerTurn - first_turn(steps)) % kStepsPerTurn * kStepCode;
}

inline const uint32_t* byte_offset(const uint32_t* words, int32_t bytes) {
  return reinterpret_cast<const uint32_t*>(reinterpret_cast<const uint8_t*>(words) + bytes);
}

inline void set_weights(PackedTile& tile, const uint32_t* weights) {
  tile.weights_entry = weights + 2 * first_turn(tile.steps);
  tile.weights_end = weights + 2 * tile.steps;
}

inline void set_columns(PackedTile& tile, const uint32_t* columns, int32_t pairs) {
  tile.column_entry = columns + first_turn(tile.steps);
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
#define THIMBLE_STEP(j, LOAD_WEIGHTS, LOAD_INPUT) \
  LOAD_WEIGHTS LOAD_INPUT                         \
  "ldr.w lr, [r1, #8*" #j "-60]\n\t"              \
  "ldr.w r3, [r0, #%c[stride]+4*" #j "-32]\n\t"   \
  "smlad r4, r12, r2, r4\n\t"                     \
  "smlad r5, r12, r3, r5\n\t"                     \
  "sxtb16 r12, r12\n\t"                           \
  "smlad r6, r12, r2, r6\n\t"                     \
  "smlad r7, r12, r3, r7\n\t"                     \
  "smlad r8, lr, r2, r8\n\t"                      \
  "smlad r9, lr, r3, r9\n\t"                      \
  "sxtb16 lr, lr\n\t"                             \
  "smlad r10, lr, r2, r10\n\t"                    \
  "smlad r11, lr, r3, r11\n\t"
#define THIMBLE_INNER_STEP(j)                           \
  THIMBLE_STEP(j, "ldr.w r12, [r1, #8*" #j "-64]\n\t", \
               "ldr.w r2, [r0, #4*" #j "-32]\n\t")

// The rounding term of one channel, to its slot; r12: shifts, the channel's lowest.
#define THIMBLE_ROUNDING(slot) \
  "lsl.w r1, r0, r12\n\t"      \
  "lsr.w r12, r12, #8\n\t" THIMBLE_PUT(slot, "r1")

// One channel's output in both columns, from twice its sums. `free`: a register for the rounding term
// with the sign of a sum.
#define THIMBLE_SCALE(sum, multiplier, free)                    \
  ".if %c[is_signed]\n\t"                                       \
  "add.w " free ", lr, " sum ", asr #31\n\t"                    \
  "smmlar " sum ", " sum ", " multiplier ", " free "\n\t"       \
  ".else\n\t"                                                   \
  "smmlar " sum ", " sum ", " multiplier ", lr\n\t"             \
  ".endif\n\t"
#define THIMBLE_SHIFT(sum)           \
  "asr.w " sum ", " sum ", r12\n\t"  \
  "ssat " sum ", #8, " sum ", asr #1\n\t"
// There is no free register yet: the rounding term is fetched again.
#define THIMBLE_REQUANTIZE_FIRST(first, second, multiplier, slot) \
  THIMBLE_GET(slot, "lr")                                         \
  THIMBLE_SCALE(first, multiplier, "lr")                          \
  ".if %c[is_signed]\n\t"                                         \
  THIMBLE_GET(slot, "lr")                                         \
  ".endif\n\t"                                                    \
  THIMBLE_SCALE(second, multiplier, "lr")                         \
  THIMBLE_SHIFT(first)                                            \
  THIMBLE_SHIFT(second)
#define THIMBLE_REQUANTIZE(first, second, multiplier, slot, free) \
  "lsr.w r12, r12, #8\n\t"                                        \
  THIMBLE_GET(slot, "lr")                                         \
  THIMBLE_SCALE(first, multiplier, free)                          \
  THIMBLE_SCALE(second, multiplier, free)                         \
  THIMBLE_SHIFT(first)                                            \
  THIMBLE_SHIFT(second)

// In the loop r0 is the column and r1 the weights, both one turn ahead; r2, r3 are inputs of the two
// columns; r12, lr weights of AB, CD; r4, r5 "all" of AB in the two columns, r6, r7 "low" of AB;
// r8-r11 the same of CD. kColumnStride repeats tile.column_stride, kFirst is first_turn(tile.steps) or
// kAnyFirst; kIsSigned: whether the term [sum < 0] is needed.
constexpr int kAnyFirst = -1;
template <int kColumnStride, int kFirst, bool kIsSigned>
__attribute__((naked, noinline)) void multiply_tile(PackedTile*) {
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
      ".p2align 2\n"
      "1:\n\t"
      THIMBLE_GET(3, "lr")
      THIMBLE_GET(1, "r1")
      THIMBLE_GET(2, "r0")
      "ldm.w lr, {r4, r6, r8, r10}\n\t"
      "mov.w r5, r4\n\t"
      "mov.w r7, r6\n\t"
      "mov.w r9, r8\n\t"
      "mov.w r11, r10\n\t"
      // Into the middle of the first turn.
      ".if %c[first] < 0\n\t"
      THIMBLE_GET(8, "r12")
      "add pc, r12\n\t"  // to 2f + r12
      "nop\n\t"
      ".elseif %c[first] > 0\n\t"
      "b.w 2f+(8-%c[first])*56\n\t"
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
      THIMBLE_GET(5, "r1")
      THIMBLE_GET(6, "r2")
      THIMBLE_GET(2, "r0")
      THIMBLE_GET(7, "r12")
      "add.w r3, r1, r2\n\t"
      "strb.w r6, [r1]\n\t"
      "strb.w r4, [r1, #1]\n\t"
      "strb.w r10, [r1, #2]\n\t"
      "strb.w r8, [r1, #3]\n\t"
      "strb.w r7, [r3]\n\t"
      "strb.w r5, [r3, #1]\n\t"
      "strb.w r11, [r3, #2]\n\t"
      "strb.w r9, [r3, #3]\n\t"
      "add.w r1, r3, r2\n\t"
      THIMBLE_PUT(5, "r1")
      ".if 2*%c[stride] < 4096\n\t"
      "addw r0, r0, #2*%c[stride]\n\t"
      ".else\n\t"
      "addw r0, r0, #%c[stride]\n\t"
      "addw r0, r0, #%c[stride]\n\t"
      ".endif\n\t"
      THIMBLE_PUT(2, "r0")
      "cmp.w r0, r12\n\t"
      "bne.w 1b\n\t"
      THIMBLE_SLOTS_OUT
      "pop.w {r4-r11, pc}\n\t"
      :
      : [stride] "i"(kColumnStride), [first] "i"(kFirst), [is_signed] "i"(kIsSigned));
}

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

// The sums of a pair of channels in one column, doubled.
struct DoubledSums {
  int32_t a, b;
};

inline DoubledSums multiply_pair(const uint32_t* weights, const uint32_t* column, int32_t steps,
                                 const int32_t* init) {
  int32_t all = init[0], low = init[1];
  for (int32_t i = 0; i < steps; ++i) {
    all = simd::smlad(weights[2 * i], column[i], all);
    low = simd::smlad(simd::sxtb16(weights[2 * i]), column[i], low);
  }
  const uint32_t difference = static_cast<uint32_t>(all) - static_cast<uint32_t>(low);
  return {static_cast<int32_t>(static_cast<uint32_t>(low) * 2u),
          static_cast<int32_t>(difference) >> 7};
}

inline int8_t requantize_doubled(const PackedTile& tile, int32_t channel, int32_t doubled) {
  const int32_t shift = (static_cast<uint32_t>(tile.table[kQuadShifts]) >> (8 * channel)) & 0xFFu;
  const int32_t rounding =
      static_cast<int32_t>(static_cast<uint32_t>(tile.zero_point_term) << shift);
  const int32_t scaled =
      simd::smmlar(doubled, tile.table[kQuadMultipliers + channel], rounding + (doubled >> 31));
  return static_cast<int8_t>(simd::saturate_s8((scaled >> shift) >> 1));
}

template <int, int, bool>
void multiply_tile(PackedTile* tile) {
  const uint32_t* weights = tile->weights_end - 2 * tile->steps;
  const int32_t ahead = first_turn(tile->steps);
  const uint32_t* const end = tile->columns_end - ahead;
  int8_t* output = tile->output;
  for (const uint32_t* column = tile->column_entry - ahead; column != end;
       column = byte_offset(column, tile->column_stride), output += tile->output_stride) {
    const DoubledSums ab = multiply_pair(weights, column, tile->steps, tile->table);
    const DoubledSums cd = multiply_pair(weights + 1, column, tile->steps, tile->table + 2);
    output[0] = requantize_doubled(*tile, 0, ab.a);
    output[1] = requantize_doubled(*tile, 1, ab.b);
    output[2] = requantize_doubled(*tile, 2, cd.a);
    output[3] = requantize_doubled(*tile, 3, cd.b);
  }
}

#endif

// Bytes to pairs of halfwords, the order in which packed weights lie: groups of four bytes
// (b0 b1 b2 b3) become (b0, b2), (b1, b3); up to three that are left over become (b0, b1), (b2, 0).
// Returns the end of what was written.
inline uint32_t* extend_pairs(const int8_t* from, int32_t count, uint32_t* to) {
  for (; count >= 16; count -= 16) {
#if defined(THIMBLE_DSP)
    uint32_t a, b, c, d, t;
    __asm__ volatile(
        "ldr.w %[a], [%[from]], #16\n\t"
        "ldr.w %[b], [%[from], #-12]\n\t"
        "ldr.w %[c], [%[from], #-8]\n\t"
        "ldr.w %[d], [%[from], #-4]\n\t"
        "sxtb16 %[t], %[a]\n\t"
        "sxtb16 %[a], %[a], ror #8\n\t"
        "str.w %[t], [%[to]], #32\n\t"
        "sxtb16 %[t], %[b]\n\t"
        "str.w %[a], [%[to], #-28]\n\t"
        "sxtb16 %[b], %[b], ror #8\n\t"
        "str.w %[t], [%[to], #-24]\n\t"
        "sxtb16 %[t], %[c]\n\t"
        "str.w %[b], [%[to], #-20]\n\t"
        "sxtb16 %[c], %[c], ror #8\n\t"
        "str.w %[t], [%[to], #-16]\n\t"
        "sxtb16 %[t], %[d]\n\t"
        "str.w %[c], [%[to], #-12]\n\t"
        "sxtb16 %[d], %[d], ror #8\n\t"
        "str.w %[t], [%[to], #-8]\n\t"
        "str.w %[d], [%[to], #-4]"
        : [from] "+r"(from), [to] "+r"(to), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d),
          [t] "=&r"(t)
        :
        : "memory");
#else
    for (int32_t i = 0; i < 4; ++i, from += 4, to += 2) {
      const uint32_t bytes = simd::load_word(from);
      to[0] = simd::sxtb16(bytes), to[1] = simd::sxtb16<8>(bytes);
    }
#endif
  }
  for (; count >= 4; count -= 4, from += 4, to += 2) {
    const uint32_t bytes = simd::load_word(from);
    to[0] = simd::sxtb16(bytes), to[1] = simd::sxtb16<8>(bytes);
  }
  if (count == 0) return to;
  const uint32_t second = count > 1 ? static_cast<uint16_t>(from[1]) : 0u;
  *to++ = static_cast<uint16_t>(from[0]) | second << 16;
  if (count == 3) *to++ = static_cast<uint16_t>(from[2]);
  return to;
}

// Copies words, which the compiler would leave to memcpy or do one by one. To a lower address, the
// two may overlap.
inline void copy_words(const uint32_t* from, int32_t count, uint32_t* to) {
#if defined(THIMBLE_DSP)
  for (; count >= 8; count -= 8)
    __asm__ volatile(
        "ldm %[from]!, {r4-r6, r8-r12}\n\t"
        "stm %[to]!, {r4-r6, r8-r12}"
        : [from] "+r"(from), [to] "+r"(to)
        :
        : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "memory");
#endif
  for (; count > 0; --count) {
    *to++ = *from++;
    __asm__ volatile("" : : : "memory");  // or it becomes a call of memmove
  }
}

// Words that extend_pairs writes.
constexpr int32_t pair_words(int32_t count) {
  return (count + 1) / 2;
}

}  // namespace thimble::kernels
