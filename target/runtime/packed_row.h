// Packed row pairs (packed.h) times one column of inputs: the inner loop of fully connected layers,
// where every weight is read once.
//
// Groups of eight channels read one word of inputs and four of weights for sixteen products. The
// assembly takes two such steps in three runs of loads, as many as the registers allow, because
// every run costs a stall at its end: 37 cycles for 32 products. Groups of four channels are for
// what is left over.
//
// Where all channels share their factor the table holds nothing but the sums' first values.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "runtime/packed.h"

namespace thimble::kernels {

// Steps are computed two by two, and four pairs of them a turn.
constexpr int32_t kRowPairsPerTurn = 4;

// Bytes of code of two steps.
constexpr int32_t row_pair_code(int32_t channels) {
  return channels == 8 ? 34 * 4 : 18 * 4;
}

// Words of the table for a group: for each pair of channels "all" and "low"; with a factor per
// channel then the channels' multipliers and their shifts (e - 1) as bytes.
constexpr int32_t row_table_words(int32_t channels, bool per_channel) {
  return per_channel ? channels * 9 / 4 : channels;
}

// A matrix of `groups` groups times a column. The assembly takes the members by offset.
struct PackedRow {
  const uint32_t* column_entry;   // the first turn may be shorter, and what it begins with is as
  const uint32_t* weights_entry;  // many steps ahead; moves on
  const uint32_t* column_end;
  const int32_t* table;   // moves on
  int8_t* output;         // moves on
  int32_t groups;         // at least 1; counted down
  int32_t entry_bytes;    // of weights that the first turn is ahead
  int32_t skipped_code;   // bytes
  int32_t multiplier;     // shared by all channels
  int32_t shift;          // e - 1, likewise
  int32_t rounding;       // (2 * output zero point + 1) << shift; per channel: not shifted
};

// `steps` is even and positive.
inline void set_column(PackedRow& row, int32_t channels, const uint32_t* column, int32_t steps) {
  const int32_t ahead = steps / 2 % kRowPairsPerTurn;
  row.column_entry = column + 2 * ahead;
  row.column_end = column + steps;
  row.entry_bytes = ahead * channels * 4;
  row.skipped_code = ahead == 0 ? 0 : (kRowPairsPerTurn - ahead) * row_pair_code(channels);
}

inline void set_weights(PackedRow& row, const uint32_t* weights) {
  row.weights_entry = byte_offset(weights, row.entry_bytes);
}

#if defined(THIMBLE_DSP)

// The column's end waits in a floating-point register, or on the stack.
#if defined(__ARM_FP)
#define THIMBLE_ROW_BEGIN "push.w {r0, r4-r11, lr}\n"
#define THIMBLE_ROW_END "pop.w {r0, r4-r11, pc}\n\t"
#define THIMBLE_ROW_PUT_END "vmov s0, r2\n\t"
#define THIMBLE_ROW_GET_END "vmov r2, s0\n\t"
#define THIMBLE_ROW_GET_SELF "ldr.w r0, [sp]\n\t"
#else
#define THIMBLE_ROW_BEGIN "push.w {r0, r4-r11, lr}\n\tsub.w sp, sp, #8\n"
#define THIMBLE_ROW_END "add.w sp, sp, #8\n\tpop.w {r0, r4-r11, pc}\n\t"
#define THIMBLE_ROW_PUT_END "str.w r2, [sp]\n\t"
#define THIMBLE_ROW_GET_END "ldr.w r2, [sp]\n\t"
#define THIMBLE_ROW_GET_SELF "ldr.w r0, [sp, #8]\n\t"
#endif

// A pair of channels times a word of inputs.
#define THIMBLE_ROW_PRODUCTS(all, low, weights, inputs)   \
  "smlad " all ", " weights ", " inputs ", " all "\n\t"  \
  "sxtb16 " weights ", " weights "\n\t"                  \
  "smlad " low ", " weights ", " inputs ", " low "\n\t"

// Twice the sums of both channels.
#define THIMBLE_ROW_SPLIT(all, low)         \
  "sub.w " all ", " all ", " low "\n\t"     \
  "lsl.w " low ", " low ", #1\n\t"          \
  "asr.w " all ", " all ", #7\n\t"

// Channel j of kChannels from twice its sum. Per channel r0 is the table; otherwise r3 and r12 are
// multiplier and shift. lr is the rounding.
#define THIMBLE_ROW_REQUANTIZE(j, sum)                              \
  ".if %c[per_channel]\n\t"                                         \
  "ldr.w r3, [r0, #4*(%c[channels]+" #j ")]\n\t"                    \
  "ldrb.w r12, [r0, #8*%c[channels]+" #j "]\n\t"                    \
  "lsl.w r2, lr, r12\n\t"                                           \
  "add.w r2, r2, " sum ", asr #31\n\t"                              \
  ".else\n\t"                                                       \
  "add.w r2, lr, " sum ", asr #31\n\t"                              \
  ".endif\n\t"                                                      \
  "smmlar " sum ", " sum ", r3, r2\n\t"                             \
  "asr.w " sum ", " sum ", r12\n\t"                                 \
  "ssat " sum ", #8, " sum ", asr #1\n\t"

// Before a group's loop: sums from the table, pointers, and into the middle of the first turn.
#define THIMBLE_ROW_ENTER(sums)             \
  "1:\n\t"                                  \
  "ldr.w r12, [r0, #%c[table]]\n\t"         \
  "ldr.w r2, [r0, #%c[column_end]]\n\t"     \
  "ldr.w r1, [r0, #%c[weights_entry]]\n\t"  \
  "ldr.w r3, [r0, #%c[skipped_code]]\n\t"   \
  "ldr.w r0, [r0, #%c[column_entry]]\n\t"   \
  "ldm.w r12, " sums "\n\t"                 \
  THIMBLE_ROW_PUT_END                       \
  ".p2align 2\n\t"                          \
  "add pc, r3\n\t"                          \
  "nop\n"                                   \
  "2:\n\t"

#define THIMBLE_ROW_LOOP  \
  THIMBLE_ROW_GET_END     \
  "cmp.w r0, r2\n\t"      \
  "bne.w 2b\n\t"          \
  THIMBLE_ROW_GET_SELF

#define THIMBLE_ROW_FACTORS                 \
  "ldr.w lr, [r0, #%c[rounding]]\n\t"       \
  ".if %c[per_channel]\n\t"                 \
  "ldr.w r0, [r0, #%c[table]]\n\t"          \
  ".else\n\t"                               \
  "ldr.w r3, [r0, #%c[multiplier]]\n\t"     \
  "ldr.w r12, [r0, #%c[shift]]\n\t"         \
  ".endif\n\t"

// After the outputs are stored at r3: the next group, if there is one.
#define THIMBLE_ROW_NEXT                                  \
  "ldr.w r12, [r0, #%c[entry_bytes]]\n\t"                 \
  "ldr.w lr, [r0, #%c[table]]\n\t"                        \
  "ldr.w r2, [r0, #%c[groups]]\n\t"                       \
  "add.w r1, r1, r12\n\t"                                 \
  "add.w r3, r3, #%c[channels]\n\t"                       \
  "add.w lr, lr, #%c[table_bytes]\n\t"                    \
  "str.w r1, [r0, #%c[weights_entry]]\n\t"                \
  "str.w r3, [r0, #%c[output]]\n\t"                       \
  "str.w lr, [r0, #%c[table]]\n\t"                        \
  "subs.w r2, r2, #1\n\t"                                 \
  "str.w r2, [r0, #%c[groups]]\n\t"                       \
  "bne.w 1b\n\t"

#define THIMBLE_ROW_OPERANDS(count)                                                         \
  [column_entry] "i"(offsetof(PackedRow, column_entry)),                                    \
      [weights_entry] "i"(offsetof(PackedRow, weights_entry)),                              \
      [column_end] "i"(offsetof(PackedRow, column_end)), [table] "i"(offsetof(PackedRow, table)), \
      [output] "i"(offsetof(PackedRow, output)), [groups] "i"(offsetof(PackedRow, groups)), \
      [entry_bytes] "i"(offsetof(PackedRow, entry_bytes)),                                  \
      [skipped_code] "i"(offsetof(PackedRow, skipped_code)),                                \
      [multiplier] "i"(offsetof(PackedRow, multiplier)),                                    \
      [shift] "i"(offsetof(PackedRow, shift)), [rounding] "i"(offsetof(PackedRow, rounding)), \
      [channels] "i"(count), [per_channel] "i"(kPerChannel),                                \
      [table_bytes] "i"(4 * row_table_words(count, kPerChannel))

// In the loops r0 is the column and r1 the weights, both one turn ahead.

// Two steps of eight channels; r4 to r11 are "all" and "low" of the four pairs.
#define THIMBLE_ROW_EIGHT(j, FIRST_LOADS)       \
  FIRST_LOADS                                   \
  "ldr.w r12, [r1, #32*" #j "-124]\n\t"         \
  "ldr.w lr, [r1, #32*" #j "-120]\n\t"          \
  THIMBLE_ROW_PRODUCTS("r4", "r5", "r3", "r2")  \
  THIMBLE_ROW_PRODUCTS("r6", "r7", "r12", "r2") \
  THIMBLE_ROW_PRODUCTS("r8", "r9", "lr", "r2")  \
  "ldr.w r3, [r1, #32*" #j "-116]\n\t"          \
  "ldr.w r12, [r0, #8*" #j "-28]\n\t"           \
  "ldr.w lr, [r1, #32*" #j "-112]\n\t"          \
  THIMBLE_ROW_PRODUCTS("r10", "r11", "r3", "r2") \
  THIMBLE_ROW_PRODUCTS("r4", "r5", "lr", "r12") \
  "ldr.w r2, [r1, #32*" #j "-108]\n\t"          \
  "ldr.w r3, [r1, #32*" #j "-104]\n\t"          \
  "ldr.w lr, [r1, #32*" #j "-100]\n\t"          \
  THIMBLE_ROW_PRODUCTS("r6", "r7", "r2", "r12") \
  THIMBLE_ROW_PRODUCTS("r8", "r9", "r3", "r12") \
  THIMBLE_ROW_PRODUCTS("r10", "r11", "lr", "r12")
#define THIMBLE_ROW_INNER_EIGHT(j)                               \
  THIMBLE_ROW_EIGHT(j, "ldr.w r3, [r1, #32*" #j "-128]\n\t" \
                       "ldr.w r2, [r0, #8*" #j "-32]\n\t")

template <bool kPerChannel>
__attribute__((naked, noinline)) void multiply_row_by_eight(PackedRow*) {
  __asm__ volatile(
      ".syntax unified\n\t"
      THIMBLE_ROW_BEGIN
      THIMBLE_ROW_ENTER("{r4-r11}")
      THIMBLE_ROW_EIGHT(0, "ldr.w r3, [r1], #128\n\tldr.w r2, [r0], #32\n\t")
      THIMBLE_ROW_INNER_EIGHT(1)
      THIMBLE_ROW_INNER_EIGHT(2)
      THIMBLE_ROW_INNER_EIGHT(3)
      THIMBLE_ROW_LOOP
      THIMBLE_ROW_SPLIT("r4", "r5")
      THIMBLE_ROW_SPLIT("r6", "r7")
      THIMBLE_ROW_SPLIT("r8", "r9")
      THIMBLE_ROW_SPLIT("r10", "r11")
      THIMBLE_ROW_FACTORS
      THIMBLE_ROW_REQUANTIZE(0, "r5")
      THIMBLE_ROW_REQUANTIZE(1, "r4")
      THIMBLE_ROW_REQUANTIZE(2, "r7")
      THIMBLE_ROW_REQUANTIZE(3, "r6")
      THIMBLE_ROW_REQUANTIZE(4, "r9")
      THIMBLE_ROW_REQUANTIZE(5, "r8")
      THIMBLE_ROW_REQUANTIZE(6, "r11")
      THIMBLE_ROW_REQUANTIZE(7, "r10")
      THIMBLE_ROW_GET_SELF
      "ldr.w r3, [r0, #%c[output]]\n\t"
      "strb.w r5, [r3]\n\t"
      "strb.w r4, [r3, #1]\n\t"
      "strb.w r7, [r3, #2]\n\t"
      "strb.w r6, [r3, #3]\n\t"
      "strb.w r9, [r3, #4]\n\t"
      "strb.w r8, [r3, #5]\n\t"
      "strb.w r11, [r3, #6]\n\t"
      "strb.w r10, [r3, #7]\n\t"
      THIMBLE_ROW_NEXT
      THIMBLE_ROW_END
      :
      : THIMBLE_ROW_OPERANDS(8));
}

// Two steps of four channels; r4 to r7 are "all" and "low" of the two pairs.
#define THIMBLE_ROW_FOUR(j, FIRST_LOADS)        \
  FIRST_LOADS                                   \
  "ldr.w r12, [r1, #16*" #j "-60]\n\t"          \
  "ldr.w lr, [r0, #8*" #j "-28]\n\t"            \
  "ldr.w r8, [r1, #16*" #j "-56]\n\t"           \
  "ldr.w r9, [r1, #16*" #j "-52]\n\t"           \
  THIMBLE_ROW_PRODUCTS("r4", "r5", "r3", "r2")  \
  THIMBLE_ROW_PRODUCTS("r6", "r7", "r12", "r2") \
  THIMBLE_ROW_PRODUCTS("r4", "r5", "r8", "lr")  \
  THIMBLE_ROW_PRODUCTS("r6", "r7", "r9", "lr")
#define THIMBLE_ROW_INNER_FOUR(j)                              \
  THIMBLE_ROW_FOUR(j, "ldr.w r3, [r1, #16*" #j "-64]\n\t" \
                      "ldr.w r2, [r0, #8*" #j "-32]\n\t")

template <bool kPerChannel>
__attribute__((naked, noinline)) void multiply_row_by_four(PackedRow*) {
  __asm__ volatile(
      ".syntax unified\n\t"
      THIMBLE_ROW_BEGIN
      THIMBLE_ROW_ENTER("{r4-r7}")
      THIMBLE_ROW_FOUR(0, "ldr.w r3, [r1], #64\n\tldr.w r2, [r0], #32\n\t")
      THIMBLE_ROW_INNER_FOUR(1)
      THIMBLE_ROW_INNER_FOUR(2)
      THIMBLE_ROW_INNER_FOUR(3)
      THIMBLE_ROW_LOOP
      THIMBLE_ROW_SPLIT("r4", "r5")
      THIMBLE_ROW_SPLIT("r6", "r7")
      THIMBLE_ROW_FACTORS
      THIMBLE_ROW_REQUANTIZE(0, "r5")
      THIMBLE_ROW_REQUANTIZE(1, "r4")
      THIMBLE_ROW_REQUANTIZE(2, "r7")
      THIMBLE_ROW_REQUANTIZE(3, "r6")
      THIMBLE_ROW_GET_SELF
      "ldr.w r3, [r0, #%c[output]]\n\t"
      "strb.w r5, [r3]\n\t"
      "strb.w r4, [r3, #1]\n\t"
      "strb.w r7, [r3, #2]\n\t"
      "strb.w r6, [r3, #3]\n\t"
      THIMBLE_ROW_NEXT
      THIMBLE_ROW_END
      :
      : THIMBLE_ROW_OPERANDS(4));
}

#undef THIMBLE_ROW_BEGIN
#undef THIMBLE_ROW_END
#undef THIMBLE_ROW_PUT_END
#undef THIMBLE_ROW_GET_END
#undef THIMBLE_ROW_GET_SELF
#undef THIMBLE_ROW_PRODUCTS
#undef THIMBLE_ROW_SPLIT
#undef THIMBLE_ROW_REQUANTIZE
#undef THIMBLE_ROW_ENTER
#undef THIMBLE_ROW_LOOP
#undef THIMBLE_ROW_FACTORS
#undef THIMBLE_ROW_NEXT
#undef THIMBLE_ROW_OPERANDS
#undef THIMBLE_ROW_EIGHT
#undef THIMBLE_ROW_INNER_EIGHT
#undef THIMBLE_ROW_FOUR
#undef THIMBLE_ROW_INNER_FOUR

#else

// Twice the sum of one channel of a group.
template <int32_t kChannels>
int32_t doubled_sum(const uint32_t* weights, const uint32_t* column, int32_t steps,
                    const int32_t* init, int32_t channel) {
  constexpr int32_t kPairs = kChannels / 2;
  const int32_t pair = channel / 2;
  int32_t all = init[2 * pair], low = init[2 * pair + 1];
  for (int32_t i = 0; i < steps; ++i) {
    const uint32_t word = weights[kPairs * i + pair];
    all = simd::smlad(word, column[i], all);
    low = simd::smlad(simd::sxtb16(word), column[i], low);
  }
  if (channel % 2 == 0) return static_cast<int32_t>(static_cast<uint32_t>(low) * 2u);
  return static_cast<int32_t>(static_cast<uint32_t>(all) - static_cast<uint32_t>(low)) >> 7;
}

template <int32_t kChannels, bool kPerChannel>
void multiply_row(PackedRow* row) {
  const uint32_t* column = row->column_entry - row->entry_bytes / (2 * kChannels);
  const auto steps = static_cast<int32_t>(row->column_end - column);
  for (; row->groups > 0; --row->groups) {
    const uint32_t* weights = byte_offset(row->weights_entry, -row->entry_bytes);
    const auto* shifts = reinterpret_cast<const uint8_t*>(row->table + 2 * kChannels);
    for (int32_t channel = 0; channel < kChannels; ++channel) {
      const int32_t doubled =
          doubled_sum<kChannels>(weights, column, steps, row->table, channel);
      const int32_t multiplier = kPerChannel ? row->table[kChannels + channel] : row->multiplier;
      const int32_t shift = kPerChannel ? shifts[channel] : row->shift;
      const auto rounding = static_cast<int32_t>(static_cast<uint32_t>(row->rounding)
                                                 << (kPerChannel ? shift : 0));
      const int32_t scaled = simd::smmlar(doubled, multiplier, rounding + (doubled >> 31));
      row->output[channel] = static_cast<int8_t>(simd::saturate_s8((scaled >> shift) >> 1));
    }
    row->weights_entry += kChannels / 2 * steps;
    row->table += row_table_words(kChannels, kPerChannel);
    row->output += kChannels;
  }
}

template <bool kPerChannel>
void multiply_row_by_eight(PackedRow* row) {
  multiply_row<8, kPerChannel>(row);
}

template <bool kPerChannel>
void multiply_row_by_four(PackedRow* row) {
  multiply_row<4, kPerChannel>(row);
}

#endif

}  // namespace thimble::kernels
