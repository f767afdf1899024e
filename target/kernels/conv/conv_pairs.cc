// Convolution by pairs of pixels (conv_pairs.h) with weights of eight bits. The lowering has proved
// that every four weights in a row may be summed within 16 bits, or every two where the channel's
// flag is set.
#include "kernels/conv/conv_pairs.h"

namespace thimble::kernels {
namespace {

#if defined(__ARM_ARCH_6M__)
// r0, r1: inputs and products; r2: words; r3: weights; r4: one weight; r5: four weights; r6, r7:
// high; r8, r9: sums since they were last taken apart; r10, r11: all; r12: words_end; lr: the tile.
#define BEGIN               \
  ".syntax unified\n\t"     \
  "push {r4-r7, lr}\n\t"    \
  "mov r4, r8\n\t"          \
  "mov r5, r9\n\t"          \
  "mov r6, r10\n\t"         \
  "mov r7, r11\n\t"         \
  "push {r4-r7}\n\t"        \
  "mov lr, r0\n\t"          \
  "ldmia r0!, {r2, r4}\n\t" \
  "ldr r3, [r0]\n\t"        \
  "mov r12, r4\n\t"         \
  "movs r6, #0\n\t"         \
  "movs r7, #0\n\t"         \
  "mov r10, r6\n\t"         \
  "mov r11, r6\n\t"
#define END                \
  "mov r0, lr\n\t"         \
  "adds r0, #12\n\t"       \
  "mov r1, r10\n\t"        \
  "lsls r2, r6, #16\n\t"   \
  "subs r1, r1, r2\n\t"    \
  "mov r2, r6\n\t"         \
  "mov r3, r11\n\t"        \
  "lsls r4, r7, #16\n\t"   \
  "subs r3, r3, r4\n\t"    \
  "mov r4, r7\n\t"         \
  "stmia r0!, {r1-r4}\n\t" \
  "pop {r4-r7}\n\t"        \
  "mov r8, r4\n\t"         \
  "mov r9, r5\n\t"         \
  "mov r10, r6\n\t"        \
  "mov r11, r7\n\t"        \
  "pop {r4-r7, pc}"
#define MULTIPLY            \
  "ldmia r2!, {r0, r1}\n\t" \
  "muls r0, r4, r0\n\t"     \
  "muls r1, r4, r1\n\t"
#define KEEP "mov r8, r0\n\tmov r9, r1\n\t"
#define ADD "add r8, r0\n\tadd r9, r1\n\t"
// ASRS leaves bit 15 in the carry, which rounds.
#define TAKE_APART       \
  "add r0, r8\n\t"       \
  "add r1, r9\n\t"       \
  "add r10, r0\n\t"      \
  "add r11, r1\n\t"      \
  "asrs r0, r0, #16\n\t" \
  "adcs r6, r0\n\t"      \
  "asrs r1, r1, #16\n\t" \
  "adcs r7, r1\n\t"
#define LOAD_WEIGHTS "ldmia r3!, {r5}\n\t"
#define WEIGHT_0 "sxtb r4, r5\n\t"
#define WEIGHT_1 "lsls r4, r5, #16\n\tasrs r4, r4, #24\n\t"
#define WEIGHT_2 "lsls r4, r5, #8\n\tasrs r4, r4, #24\n\t"
#define WEIGHT_3 "asrs r4, r5, #24\n\t"
#define FOUR                                                                               \
  LOAD_WEIGHTS WEIGHT_0 MULTIPLY KEEP WEIGHT_1 MULTIPLY ADD WEIGHT_2 MULTIPLY ADD WEIGHT_3 \
      MULTIPLY TAKE_APART
#define TWO_AND_TWO                                                                                \
  LOAD_WEIGHTS WEIGHT_0 MULTIPLY KEEP WEIGHT_1 MULTIPLY TAKE_APART WEIGHT_2 MULTIPLY KEEP WEIGHT_3 \
      MULTIPLY TAKE_APART
// Two words of weights a turn; where their number is odd the first turn begins in the middle.
#define LOOP(body)            \
  "mov r0, r12\n\t"           \
  "subs r0, r0, r2\n\t"       \
  "lsls r0, r0, #26\n\t"      \
  "bmi 2f\n\t"                \
  ".p2align 3\n"              \
  "1:\n\t" body "2:\n\t" body \
  "cmp r2, r12\n\t"           \
  "bne 1b\n\t"

__attribute__((naked, noinline)) void sum_by_fours(PairTile*) {
  __asm__(BEGIN LOOP(FOUR) END);
}
__attribute__((naked, noinline)) void sum_by_twos(PairTile*) {
  __asm__(BEGIN LOOP(TWO_AND_TWO) END);
}
#undef BEGIN
#undef END
#undef MULTIPLY
#undef KEEP
#undef ADD
#undef TAKE_APART
#undef LOAD_WEIGHTS
#undef WEIGHT_0
#undef WEIGHT_1
#undef WEIGHT_2
#undef WEIGHT_3
#undef FOUR
#undef TWO_AND_TWO
#undef LOOP
#else
template <int kTogether>
inline void sum_pairs(PairTile* tile) {
  const int8_t* weight = tile->weights;
  uint32_t all[2] = {}, high[2] = {};
  for (const uint32_t* word = tile->words; word != tile->words_end;) {
    uint32_t sums[2] = {};
    for (int i = 0; i < kTogether; ++i, ++weight, word += 2) {
      const auto w = static_cast<uint32_t>(int32_t{*weight});
      sums[0] += w * word[0];
      sums[1] += w * word[1];
    }
    for (int i = 0; i < 2; ++i) {
      all[i] += sums[i];
      high[i] += static_cast<uint32_t>(static_cast<int32_t>(sums[i] + 0x8000u) >> 16);
    }
  }
  for (int i = 0; i < 2; ++i) {
    tile->sums[2 * i] = static_cast<int32_t>(all[i] - (high[i] << 16));
    tile->sums[2 * i + 1] = static_cast<int32_t>(high[i]);
  }
}
__attribute__((noinline)) void sum_by_fours(PairTile* tile) {
  sum_pairs<4>(tile);
}
__attribute__((noinline)) void sum_by_twos(PairTile* tile) {
  sum_pairs<2>(tile);
}
#endif

}  // namespace

void conv_s8_pairs(const ConvS8PairsParams& p, const int8_t* input, int8_t* output,
                   uint8_t* scratch) {
  const auto sum = [](PairTile* tile, const int32_t* channel) {
    if (static_cast<uint32_t>(channel[kStagedWords - 1]) & kStagedFlag)
      sum_by_twos(tile);
    else
      sum_by_fours(tile);
  };
  convolve_pairs(p, p.row_bytes, input, output, scratch, sum);
}

}  // namespace thimble::kernels
