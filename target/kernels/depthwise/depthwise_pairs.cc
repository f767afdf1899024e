// Depthwise convolution for cores without DSP instructions: two pixels share every multiplication,
// as in conv/conv_pairs.h. The two are half a row apart.
//
// Channel by channel, what is read of the input is laid out in scratch memory with its padding:
// word i of a row holds the inputs of columns i and i + distance. All of a channel is there before
// its first output is written, so the output may lie over the input.
#include "kernels/depthwise/kernel.h"
#include "runtime/armv6m.h"

namespace thimble::kernels {
namespace {

uint32_t pair(int32_t low, int32_t high) {
  return static_cast<uint32_t>(low) + (static_cast<uint32_t>(high) << 16);
}

struct Plane {
  uint32_t* words;
  int32_t width, height;  // words in a row, rows
  int32_t distance;       // columns from the first input of a word to the second

  Plane(const ConvShape& s, uint8_t* scratch) : words(reinterpret_cast<uint32_t*>(scratch)) {
    const int32_t half = (s.out_w + 1) / 2;
    width = (half - 1) * s.stride_w + s.filter_w;
    height = (s.out_h - 1) * s.stride_h + s.filter_h;
    distance = half * s.stride_w;
  }
};

// One channel's rows; `input` is its first element. The padding is there already.
__attribute__((noinline)) void lay_out(const ConvShape& s, const Plane& plane, int32_t zero_point,
                                       const int8_t* input) {
  // Parameters lie in flash, where reading them again and again takes long.
  const int32_t step = s.in_c, in_w = s.in_w, pad_w = s.pad_w, row_bytes = in_w * step;
  const int32_t width = plane.width, distance = plane.distance, far = distance * step;
  // Columns of words whose first input is inside the image, and whose second is.
  const int32_t low_begin = pad_w, low_end = pad_w + in_w;
  const int32_t high_begin = low_begin - distance, high_end = low_end - distance;
  const int32_t first = high_begin > 0 ? high_begin : 0;
  const int32_t both_end = high_end < width ? high_end : width;
  const int32_t end = low_end < width ? low_end : width;
  const int32_t rows_end = s.pad_h + s.in_h < plane.height ? s.pad_h + s.in_h : plane.height;
  uint32_t* words = plane.words + s.pad_h * width;
  for (int32_t y = s.pad_h; y < rows_end; ++y, input += row_bytes, words += width) {
    int32_t i = first;
    const int8_t* low = input + (i - pad_w) * step;
    auto lone = [&](bool low_is_inside, bool high_is_inside) {
      words[i] = pair(low_is_inside ? *low : zero_point, high_is_inside ? low[far] : zero_point);
      ++i, low += step;
    };
    while (i < low_begin && i < width) lone(false, i >= high_begin && i < high_end);
    for (; i < both_end; ++i, low += step) words[i] = pair(*low, low[far]);
    while (i < end) lone(true, i >= high_begin && i < high_end);
  }
}

struct PairSums {
  uint32_t all = 0, high = 0;

  void add(uint32_t sum) {
    all += sum;
    high += static_cast<uint32_t>(static_cast<int32_t>(sum + 0x8000u) >> 16);
  }
};

// The sums of a pair of pixels whose first tap reads `words`, by whole rows of taps or tap by tap.
// kFilterW: the row's length, 0 where it is not worth knowing.
template <int kFilterW, bool kByRows>
inline PairSums sum_taps(const uint32_t* words, int32_t row_words, const int32_t* weight,
                         int32_t filter_h, int32_t filter_w) {
  if (kFilterW) filter_w = kFilterW;
  PairSums sums;
  for (; filter_h > 0; --filter_h, words += row_words, weight += filter_w) {
    uint32_t sum = 0;
    for (int32_t i = 0; i < filter_w; ++i) {
      const uint32_t product = words[i] * static_cast<uint32_t>(weight[i]);
      if (kByRows)
        sum += product;
      else
        sums.add(product);
    }
    if (kByRows) sums.add(sum);
  }
  return sums;
}

// A row of output pixels of one channel.
struct Row {
  const uint32_t* words;  // what the first one's first tap reads
  int32_t next_row;       // bytes from behind three words to the next row of the plane
  int32_t next_pixel;     // bytes from a pixel's words to the next one's
  const int32_t* weights;
  int32_t* sums;  // of the first pixels of all pairs, then of the second ones
  int32_t* end;   // of the first ones
  int32_t half;   // bytes of the first ones
};

#if defined(__ARM_ARCH_6M__)
// r0-r2: inputs and products; r3-r5: weights; r6: all weights; r7: words; r8: all; r9: high; r10:
// next_row; r11: next_pixel; r12: the row; lr: the pixel's words.
#define MULTIPLY_ROW            \
  "ldmia r7!, {r0, r1, r2}\n\t" \
  "ldmia r6!, {r3, r4, r5}\n\t" \
  "add r7, r10\n\t"             \
  "muls r0, r3, r0\n\t"         \
  "muls r1, r4, r1\n\t"         \
  "muls r2, r5, r2\n\t"
// ASRS leaves bit 15 in the carry, which rounds. r3 is free by then.
#define TAKE_APART(sum) \
  "add r8, " sum        \
  "\n\t"                \
  "asrs " sum ", " sum  \
  ", #16\n\t"           \
  "mov r3, r9\n\t"      \
  "adcs r3, " sum       \
  "\n\t"                \
  "mov r9, r3\n\t"
#define ROW_AT_ONCE MULTIPLY_ROW "adds r0, r0, r1\n\tadds r0, r0, r2\n\t" TAKE_APART("r0")
#define TAP_BY_TAP MULTIPLY_ROW TAKE_APART("r0") TAKE_APART("r1") TAKE_APART("r2")
#define SUM_3X3(ROW_OF_TAPS)                           \
  THIMBLE_SAVE_REGISTERS                               \
  "mov r12, r0\n\t"                                    \
  "ldmia r0!, {r1, r2, r3}\n\t"                        \
  "mov lr, r1\n\t"                                     \
  "mov r10, r2\n\t"                                    \
  "mov r11, r3\n\t"                                    \
  ".p2align 3\n"                                       \
  "1:\n\t"                                             \
  "mov r0, r12\n\t"                                    \
  "ldr r6, [r0, #12]\n\t"                              \
  "mov r7, lr\n\t"                                     \
  "movs r0, #0\n\t"                                    \
  "mov r8, r0\n\t"                                     \
  "mov r9, r0\n\t" ROW_OF_TAPS ROW_OF_TAPS ROW_OF_TAPS \
  "lsls r2, r3, #16\n\t"                               \
  "mov r1, r8\n\t"                                     \
  "subs r1, r1, r2\n\t"                                \
  "mov r0, r12\n\t"                                    \
  "ldr r4, [r0, #16]\n\t"                              \
  "ldr r5, [r0, #24]\n\t"                              \
  "str r3, [r4, r5]\n\t"                               \
  "stmia r4!, {r1}\n\t"                                \
  "str r4, [r0, #16]\n\t"                              \
  "ldr r5, [r0, #20]\n\t"                              \
  "add lr, r11\n\t"                                    \
  "cmp r4, r5\n\t"                                     \
  "bne 1b\n\t" THIMBLE_RESTORE_AND_RETURN
__attribute__((naked, noinline)) void sum_3x3_by_rows(Row*) {
  __asm__(SUM_3X3(ROW_AT_ONCE));
}
__attribute__((naked, noinline)) void sum_3x3_by_taps(Row*) {
  __asm__(SUM_3X3(TAP_BY_TAP));
}
#undef MULTIPLY_ROW
#undef TAKE_APART
#undef ROW_AT_ONCE
#undef TAP_BY_TAP
#undef SUM_3X3
#else
template <bool kByRows>
void sum_3x3(Row* row) {
  const uint32_t* words = row->words;
  for (int32_t* to = row->sums; to != row->end; ++to) {
    const PairSums sums = sum_taps<3, kByRows>(words, row->next_row / 4 + 3, row->weights, 3, 3);
    to[0] = static_cast<int32_t>(sums.all - (sums.high << 16));
    to[row->half / 4] = static_cast<int32_t>(sums.high);
    words += row->next_pixel / 4;
  }
}
void sum_3x3_by_rows(Row* row) {
  sum_3x3<true>(row);
}
void sum_3x3_by_taps(Row* row) {
  sum_3x3<false>(row);
}
#endif

template <bool kByRows>
void sum_any(const ConvShape& s, const Plane& plane, const Row& row) {
  const uint32_t* words = row.words;
  for (int32_t* to = row.sums; to != row.end; ++to, words += s.stride_w) {
    const PairSums sums =
        sum_taps<0, kByRows>(words, plane.width, row.weights, s.filter_h, s.filter_w);
    to[0] = static_cast<int32_t>(sums.all - (sums.high << 16));
    to[row.half / 4] = static_cast<int32_t>(sums.high);
  }
}

void convolve_channel(const DepthwiseS8PairsParams& p, const Plane& plane, const int32_t* weights,
                      const int32_t* channel, int32_t* sums, int8_t* output) {
  const bool by_rows = !(static_cast<uint32_t>(channel[kStagedWords - 1]) & kStagedFlag);
  const bool is_3x3 = p.filter_h == 3 && p.filter_w == 3;
  const int32_t out_w = p.out_w, out_c = p.out_c, half = (out_w + 1) / 2;
  const int32_t next_row = p.stride_h * plane.width;
  Row row;
  row.words = plane.words;
  row.next_row = 4 * (plane.width - 3);
  row.next_pixel = 4 * p.stride_w;
  row.weights = weights;
  row.end = sums + half;
  row.half = 4 * half;
  for (int32_t left = p.out_h; left > 0; --left) {
    row.sums = sums;
    if (is_3x3 && by_rows)
      sum_3x3_by_rows(&row);
    else if (is_3x3)
      sum_3x3_by_taps(&row);
    else if (by_rows)
      sum_any<true>(p, plane, row);
    else
      sum_any<false>(p, plane, row);
    store_staged(p, channel, sums, out_w, output, out_c);
    row.words += next_row;
    output += out_w * out_c;
  }
}

// Copies the filter that begins at the `first` of all weights. Halves of bytes: the lower one
// first.
void copy_filter(const DepthwiseS8PairsParams& p, bool has_four_bits, int32_t first, int32_t taps,
                 int32_t* to) {
  for (const int32_t end = first + taps; first < end; ++first)
    if (has_four_bits) {
      const auto both = static_cast<uint32_t>(p.weights[first / 2]);
      *to++ = static_cast<int32_t>(both << (first % 2 == 0 ? 28 : 24)) >> 28;
    } else {
      *to++ = p.weights[first];
    }
}

__attribute__((noinline)) void convolve(const DepthwiseS8PairsParams& p, bool has_four_bits,
                                        const int8_t* input, int8_t* output, uint8_t* scratch) {
  const Plane plane(p, scratch);
  const int32_t taps = p.filter_h * p.filter_w, count = plane.width * plane.height;
  auto* weights = reinterpret_cast<int32_t*>(plane.words + count);
  const uint32_t padding = pair(p.input_zero_point, p.input_zero_point);
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p)) {
    for (int32_t i = 0; i < count; ++i) plane.words[i] = padding;
    const int32_t* words = p.channels;
    for (int32_t c = 0; c < p.in_c; ++c, words += kStagedWords) {
      copy_filter(p, has_four_bits, c * taps, taps, weights);
      lay_out(p, plane, p.input_zero_point, input + c);
      convolve_channel(p, plane, weights, words, weights + taps, output + c);
    }
  }
}

}  // namespace

void depthwise_s8_pairs(const DepthwiseS8PairsParams& p, const int8_t* input, int8_t* output,
                        uint8_t* scratch) {
  convolve(p, /*has_four_bits=*/false, input, output, scratch);
}

void depthwise_s4_pairs(const DepthwiseS8PairsParams& p, const int8_t* input, int8_t* output,
                        uint8_t* scratch) {
  convolve(p, /*has_four_bits=*/true, input, output, scratch);
}

}  // namespace thimble::kernels
