// Convolution by pairs of pixels (conv_pairs.h) with weights of four bits, eight in a word, the
// first in the lowest bits. Sixteen such weights can be summed within 16 bits, so sums are
// taken apart a quarter as often as with eight bits, which pays for taking the words apart.
#include "kernels/conv/conv_pairs.h"

namespace thimble::kernels {
namespace {

constexpr int32_t kWeightsPerByte = 2;

#if defined(__ARM_ARCH_6M__)
// r0, r1: inputs and products; r2: words; r3: weights; r4: one weight; r5: eight weights; r6, r7:
// high; r8, r9: sums since they were last taken apart; r10, r11: all; r12: words_end; lr: the tile.
#define MULTIPLY            \
  "ldmia r2!, {r0, r1}\n\t" \
  "muls r0, r4, r0\n\t"     \
  "muls r1, r4, r1\n\t"
#define KEEP MULTIPLY "mov r8, r0\n\tmov r9, r1\n\t"
#define ADD MULTIPLY "add r8, r0\n\tadd r9, r1\n\t"
// ASRS leaves bit 15 in the carry, which rounds.
#define ADD_AND_TAKE_APART \
  MULTIPLY                 \
  "add r0, r8\n\t"         \
  "add r1, r9\n\t"         \
  "add r10, r0\n\t"        \
  "add r11, r1\n\t"        \
  "asrs r0, r0, #16\n\t"   \
  "adcs r6, r0\n\t"        \
  "asrs r1, r1, #16\n\t"   \
  "adcs r7, r1\n\t"
#define WEIGHT(left) "lsls r4, r5, #" left "\n\tasrs r4, r4, #28\n\t"
#define EIGHT(FIRST, LAST)                                                                \
  "ldmia r3!, {r5}\n\t" WEIGHT("28") FIRST WEIGHT("24") ADD WEIGHT("20") ADD WEIGHT("16") \
      ADD WEIGHT("12") ADD WEIGHT("8") ADD WEIGHT("4") ADD "asrs r4, r5, #28\n\t" LAST

// Two words of weights a turn; where their number is odd the first turn begins in the middle.
__attribute__((naked, noinline)) void sum_nibbles(PairTile*) {
  __asm__(
      ".syntax unified\n\t"
      "push {r4-r7, lr}\n\t"
      "mov r4, r8\n\t"
      "mov r5, r9\n\t"
      "mov r6, r10\n\t"
      "mov r7, r11\n\t"
      "push {r4-r7}\n\t"
      "mov lr, r0\n\t"
      "ldmia r0!, {r2, r4}\n\t"
      "ldr r3, [r0]\n\t"
      "mov r12, r4\n\t"
      "movs r6, #0\n\t"
      "movs r7, #0\n\t"
      "mov r8, r6\n\t"
      "mov r9, r6\n\t"
      "mov r10, r6\n\t"
      "mov r11, r6\n\t"
      "subs r4, r4, r2\n\t"
      "lsls r4, r4, #25\n\t"
      "bmi 2f\n\t"
      ".p2align 3\n"
      "1:\n\t" EIGHT(KEEP, ADD) "2:\n\t" EIGHT(ADD, ADD_AND_TAKE_APART)
      "cmp r2, r12\n\t"
      "bne 1b\n\t"
      "mov r0, lr\n\t"
      "adds r0, #12\n\t"
      "mov r1, r10\n\t"
      "lsls r2, r6, #16\n\t"
      "subs r1, r1, r2\n\t"
      "mov r2, r6\n\t"
      "mov r3, r11\n\t"
      "lsls r4, r7, #16\n\t"
      "subs r3, r3, r4\n\t"
      "mov r4, r7\n\t"
      "stmia r0!, {r1-r4}\n\t"
      "pop {r4-r7}\n\t"
      "mov r8, r4\n\t"
      "mov r9, r5\n\t"
      "mov r10, r6\n\t"
      "mov r11, r7\n\t"
      "pop {r4-r7, pc}");
}
#undef MULTIPLY
#undef KEEP
#undef ADD
#undef ADD_AND_TAKE_APART
#undef WEIGHT
#undef EIGHT
#else
__attribute__((noinline)) void sum_nibbles(PairTile* tile) {
  constexpr int kTogether = 16;
  const auto* weights = reinterpret_cast<const uint32_t*>(tile->weights);
  uint32_t all[2] = {}, high[2] = {};
  for (const uint32_t* word = tile->words; word != tile->words_end;) {
    uint32_t sums[2] = {};
    for (int i = 0; i < kTogether && word != tile->words_end; i += 8)
      for (uint32_t nibbles = *weights++, left = 8; left > 0; --left, nibbles >>= 4, word += 2) {
        const auto weight = static_cast<uint32_t>(static_cast<int32_t>(nibbles << 28) >> 28);
        sums[0] += weight * word[0];
        sums[1] += weight * word[1];
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
#endif

}  // namespace

void conv_s4_pairs(const ConvS8PairsParams& p, const int8_t* input, int8_t* output,
                   uint8_t* scratch) {
  convolve_pairs(p, kWeightsPerByte * p.row_bytes, input, output, scratch,
                 [](PairTile* tile, const int32_t*) { sum_nibbles(tile); });
}

}  // namespace thimble::kernels
