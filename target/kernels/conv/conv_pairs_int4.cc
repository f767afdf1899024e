// Convolution by pairs of pixels (conv_pairs.h) with weights of four bits, eight in a word, the
// first in the lowest bits. Sixteen such weights can be summed within 16 bits, so sums are
// taken apart a quarter as often as with eight bits, which pays for taking the words apart.
#include "kernels/conv/conv_pairs.h"

namespace thimble::kernels {
namespace {

constexpr int32_t kWeightsPerByte = 2;

#if defined(__ARM_ARCH_6M__)
// As conv_pairs.h says, and r5: eight weights.
#define WEIGHT(left) "lsls r4, r5, #" left "\n\tasrs r4, r4, #28\n\t"
#define EIGHT(FIRST, LAST)                                                                        \
  "ldmia r3!, {r5}\n\t" WEIGHT("28") FIRST WEIGHT("24") THIMBLE_PAIRS_ADD WEIGHT("20")            \
      THIMBLE_PAIRS_ADD WEIGHT("16") THIMBLE_PAIRS_ADD WEIGHT("12") THIMBLE_PAIRS_ADD WEIGHT("8") \
          THIMBLE_PAIRS_ADD WEIGHT("4") THIMBLE_PAIRS_ADD "asrs r4, r5, #28\n\t" LAST

// Two words of weights a turn; where their number is odd the first turn begins in the middle.
__attribute__((naked, noinline)) void sum_nibbles(PairTile*) {
  __asm__(
      THIMBLE_PAIRS_BEGIN
      "mov r8, r6\n\t"
      "mov r9, r6\n\t"
      "subs r4, r4, r2\n\t"
      "lsls r4, r4, #25\n\t"
      "bmi 2f\n\t"
      ".p2align 3\n"
      "1:\n\t" EIGHT(THIMBLE_PAIRS_KEEP, THIMBLE_PAIRS_ADD) "2:\n\t" EIGHT(THIMBLE_PAIRS_ADD, THIMBLE_PAIRS_TAKE_APART)
      "cmp r2, r12\n\t"
      "bne 1b\n\t"
      THIMBLE_PAIRS_END);
}
#undef WEIGHT
#undef EIGHT
#else
__attribute__((noinline)) void sum_nibbles(PairTile* tile) {
  constexpr int kTogether = 16;
  const auto* weights = reinterpret_cast<const uint32_t*>(tile->weights);
  PairSums sums;
  for (const uint32_t* word = tile->words; word != tile->words_end;) {
    uint32_t part[2] = {};
    for (int i = 0; i < kTogether && word != tile->words_end; i += 8)
      for (uint32_t nibbles = *weights++, left = 8; left > 0; --left, nibbles >>= 4, word += 2) {
        const auto weight = static_cast<uint32_t>(static_cast<int32_t>(nibbles << 28) >> 28);
        part[0] += weight * word[0];
        part[1] += weight * word[1];
      }
    sums.take_apart(part);
  }
  sums.store(*tile);
}
#endif

}  // namespace

void conv_s4_pairs(const ConvS8PairsParams& p, const int8_t* input, int8_t* output,
                   uint8_t* scratch) {
  convolve_pairs(p, kWeightsPerByte * p.row_bytes, input, output, scratch,
                 [](PairTile* tile, const int32_t*) { sum_nibbles(tile); });
}

}  // namespace thimble::kernels
