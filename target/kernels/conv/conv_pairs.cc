// Convolution by pairs of pixels (conv_pairs.h) with weights of eight bits. The lowering has proved
// that every four weights in a row may be summed within 16 bits, or every two where the channel's
// flag is set.
#include "kernels/conv/conv_pairs.h"

namespace thimble::kernels {
namespace {

#if defined(__ARM_ARCH_6M__)
#define LOAD_WEIGHTS "ldmia r3!, {r5}\n\t"
#define WEIGHT_0 "sxtb r4, r5\n\t"
#define WEIGHT_1 "lsls r4, r5, #16\n\tasrs r4, r4, #24\n\t"
#define WEIGHT_2 "lsls r4, r5, #8\n\tasrs r4, r4, #24\n\t"
#define WEIGHT_3 "asrs r4, r5, #24\n\t"
#define FOUR                                                                                     \
  LOAD_WEIGHTS WEIGHT_0 THIMBLE_PAIRS_KEEP WEIGHT_1 THIMBLE_PAIRS_ADD WEIGHT_2 THIMBLE_PAIRS_ADD \
      WEIGHT_3 THIMBLE_PAIRS_TAKE_APART
#define TWO_AND_TWO                                                                   \
  LOAD_WEIGHTS WEIGHT_0 THIMBLE_PAIRS_KEEP WEIGHT_1 THIMBLE_PAIRS_TAKE_APART WEIGHT_2 \
      THIMBLE_PAIRS_KEEP WEIGHT_3 THIMBLE_PAIRS_TAKE_APART
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
  __asm__(THIMBLE_PAIRS_BEGIN LOOP(FOUR) THIMBLE_PAIRS_END);
}
__attribute__((naked, noinline)) void sum_by_twos(PairTile*) {
  __asm__(THIMBLE_PAIRS_BEGIN LOOP(TWO_AND_TWO) THIMBLE_PAIRS_END);
}
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
  PairSums sums;
  for (const uint32_t* word = tile->words; word != tile->words_end;) {
    uint32_t part[2] = {};
    for (int i = 0; i < kTogether; ++i, ++weight, word += 2) {
      const auto w = static_cast<uint32_t>(int32_t{*weight});
      part[0] += w * word[0];
      part[1] += w * word[1];
    }
    sums.take_apart(part);
  }
  sums.store(*tile);
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
