// Depthwise convolution for cores without DSP instructions: two pixels share every multiplication,
// as in conv/conv_pairs.cc. The two are half a row apart.
//
// Channel by channel, what is read of the input is laid out in scratch memory with its padding:
// word i of a row holds the inputs of columns i and i + distance. All of a channel is there before
// its first output is written, so the output may lie over the input.
#include "kernels/depthwise/kernel.h"

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
void lay_out(const ConvShape& s, const Plane& plane, int32_t zero_point, const int8_t* input) {
  const int32_t step = s.in_c;
  const int32_t first_row = s.pad_h, end_row = first_row + s.in_h;
  // Columns of words whose first input is inside the image, and whose second is.
  const int32_t low_begin = s.pad_w, low_end = s.pad_w + s.in_w;
  const int32_t high_begin = low_begin - plane.distance, high_end = low_end - plane.distance;
  const int32_t begin = low_begin;  // both are: high_begin is not above 0
  const int32_t end = high_end < plane.width ? high_end : plane.width;
  auto pixel = [&](int32_t column, const int8_t* row) -> int32_t {
    const int32_t x = column - s.pad_w;
    return is_inside(x, s.in_w) ? row[x * step] : zero_point;
  };
  for (int32_t y = first_row; y < end_row && y < plane.height; ++y, input += s.in_w * step) {
    uint32_t* const words = plane.words + y * plane.width;
    int32_t i = high_begin > 0 ? high_begin : 0;
    for (; i < begin && i < plane.width; ++i)
      words[i] = pair(pixel(i, input), pixel(i + plane.distance, input));
    if (i < end) {
      const int8_t* low = input + (i - s.pad_w) * step;
      const int8_t* high = low + plane.distance * step;
      for (; i < end; ++i, low += step, high += step) words[i] = pair(*low, *high);
    }
    for (; i < plane.width && i < low_end; ++i)
      words[i] = pair(pixel(i, input), pixel(i + plane.distance, input));
  }
}

struct Sums {
  uint32_t all = 0, high = 0;

  void add(uint32_t sum) {
    all += sum;
    high += static_cast<uint32_t>(static_cast<int32_t>(sum + 0x8000u) >> 16);
  }
};

// The sums of a pair of pixels whose first tap reads `words`, by whole rows of taps or tap by tap.
// kFilterW: the row's length, 0 where it is not worth knowing.
template <int kFilterW, bool kByRows>
inline Sums sum_taps(const uint32_t* words, int32_t row_words, const int32_t* weight,
                     int32_t filter_h, int32_t filter_w) {
  if (kFilterW) filter_w = kFilterW;
  Sums sums;
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

template <int kFilterW, bool kByRows>
void convolve_channel(const DepthwiseS8PairsParams& p, const Plane& plane, const int32_t* weights,
                      const int32_t* channel, int8_t* output) {
  const int32_t half = (p.out_w + 1) / 2, others = p.out_w - half;
  const uint32_t* row = plane.words;
  for (int32_t y = 0; y < p.out_h;
       ++y, row += p.stride_h * plane.width, output += p.out_w * p.out_c) {
    const uint32_t* words = row;
    int8_t* to = output;
    for (int32_t x = 0; x < half; ++x, words += p.stride_w, to += p.out_c) {
      const Sums sums =
          sum_taps<kFilterW, kByRows>(words, plane.width, weights, p.filter_h, p.filter_w);
      const int32_t both[2] = {static_cast<int32_t>(sums.all - (sums.high << 16)),
                               static_cast<int32_t>(sums.high)};
      store_staged(p, channel, both, x < others ? 2 : 1, to, half * p.out_c);
    }
  }
}

}  // namespace

void depthwise_s8_pairs(const DepthwiseS8PairsParams& p, const int8_t* input, int8_t* output,
                        uint8_t* scratch) {
  const Plane plane(p, scratch);
  const int32_t taps = p.filter_h * p.filter_w, count = plane.width * plane.height;
  auto* weights = reinterpret_cast<int32_t*>(plane.words + count);
  const uint32_t padding = pair(p.input_zero_point, p.input_zero_point);
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p)) {
    for (int32_t i = 0; i < count; ++i) plane.words[i] = padding;
    const int8_t* weight = p.weights;
    const int32_t* words = p.channels;
    for (int32_t c = 0; c < p.in_c; ++c, words += kStagedWords) {
      for (int32_t i = 0; i < taps; ++i) weights[i] = *weight++;
      lay_out(p, plane, p.input_zero_point, input + c);
      const bool by_rows = !(static_cast<uint32_t>(words[kStagedWords - 1]) & kStagedFlag);
      const auto convolve = p.filter_w == 3
                                ? by_rows ? convolve_channel<3, true> : convolve_channel<3, false>
                            : by_rows ? convolve_channel<0, true>
                                      : convolve_channel<0, false>;
      convolve(p, plane, weights, words, output + c);
    }
  }
}

}  // namespace thimble::kernels
