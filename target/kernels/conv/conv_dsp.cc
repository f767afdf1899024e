// Convolution of one group with SMLAD. Two output pixels at a time: their inputs are gathered and
// extended into two interleaved columns (scratch memory), which two output channels read at once.
//
// The scratch buffer holds the columns, 16 bytes a group of four inputs, and behind them the bytes
// of one column.
#include "kernels/conv/kernel.h"
#include "runtime/mac_dsp.h"

namespace thimble::kernels {
namespace {

constexpr int32_t kColumns = 2;

void copy(const int8_t* from, int32_t count, int8_t* to) {
  for (; count >= 4; count -= 4, from += 4, to += 4) simd::store_word(to, simd::load_word(from));
  for (; count > 0; --count) *to++ = *from++;
}

void fill(int8_t value, int32_t count, int8_t* to) {
  for (; count > 0; --count) *to++ = value;
}

// The inputs of one filter row one by one, where some lie outside the image or apart. `pixels` is
// the image row, null outside; the first tap is at column `first`.
__attribute__((noinline)) void gather_row(const ConvS8DspParams& p, const int8_t* pixels,
                                          int32_t first, int8_t* to) {
  for (int32_t fx = 0; fx < p.filter_w; ++fx, to += p.in_c) {
    const int32_t column = first + fx * p.dilation_w;
    if (pixels && is_inside(column, p.in_w))
      copy(pixels + column * p.in_c, p.in_c, to);
    else
      fill(static_cast<int8_t>(p.input_zero_point), p.in_c, to);
  }
}

// Everything that output pixel (y, x) reads, extended: filter rows of whole groups one by one,
// right from the image where they lie in it in one piece; others together, from the buffer.
void extend_column(const ConvS8DspParams& p, const int8_t* image, int32_t y, int32_t x,
                   uint32_t* column, int8_t* buffer) {
  const int32_t row_bytes = p.filter_w * p.in_c, image_row_bytes = p.in_w * p.in_c;
  const bool whole_groups = row_bytes % kGroup == 0;
  const int32_t first = input_column(p, x, 0);
  const bool one_piece = p.dilation_w == 1 && first >= 0 && first + p.filter_w <= p.in_w;
  int32_t row = input_row(p, y, 0);
  int8_t* to = buffer;
  for (int32_t fy = 0; fy < p.filter_h; ++fy, row += p.dilation_h) {
    const int8_t* pixels = is_inside(row, p.in_h) ? image + row * image_row_bytes : nullptr;
    const int8_t* from = to;
    if (pixels && one_piece)
      from = pixels + first * p.in_c;
    else
      gather_row(p, pixels, first, to);
    if (whole_groups) {
      extend<kColumns>(from, row_bytes / kGroup, column);
      column += 2 * kColumns * (row_bytes / kGroup);
    } else {
      if (from != to) copy(from, row_bytes, to);
      to += row_bytes;
    }
  }
  if (!whole_groups) extend<kColumns>(buffer, group_count(p.filter_h * row_bytes), column);
}

// All output channels of two pixels, or of one (then the second column is not used).
void multiply(const ConvS8DspParams& p, const uint32_t* columns, int32_t groups, bool is_pair,
              int8_t* output) {
  const int8_t* weights = p.weights;
  const int32_t* channel = p.channels;
  int8_t* const end = output + p.out_c;
  int8_t* second_output = end;
  for (; output + 2 <= end; output += 2, second_output += 2) {
    const int32_t* const next = channel + kChannelWords;
    const Sums sums = accumulate_2x2(weights, columns, groups,
                                     {channel[kBias], channel[kBias], next[kBias], next[kBias]});
    const Sums results = requantize(p, channel, channel, next, next, sums);
    weights += 2 * kGroup * groups;
    channel = next + kChannelWords;
    output[0] = static_cast<int8_t>(results.a);
    output[1] = static_cast<int8_t>(results.c);
    if (!is_pair) continue;
    second_output[0] = static_cast<int8_t>(results.b);
    second_output[1] = static_cast<int8_t>(results.d);
  }
  if (output == end) return;
  const Sums sums =
      accumulate_1x2(weights, columns, groups, {channel[kBias], channel[kBias], 0, 0});
  output[0] = static_cast<int8_t>(requantize_generally(p, channel, sums.a));
  if (is_pair) second_output[0] = static_cast<int8_t>(requantize_generally(p, channel, sums.b));
}

}  // namespace

void conv_s8_dsp(const ConvS8DspParams& p, const int8_t* input, int8_t* output, uint8_t* scratch) {
  const int32_t groups = group_count(p.filter_h * p.filter_w * p.in_c);
  auto* columns = reinterpret_cast<uint32_t*>(scratch);
  auto* buffer = reinterpret_cast<int8_t*>(columns + 2 * kColumns * groups);
  // The last group of the buffer may be incomplete: its rest meets zero weights, but must be set.
  fill(0, groups * kGroup, buffer);
  const int32_t pixels = p.out_h * p.out_w;
  // Nothing would ever write the second column; its sums are thrown away, but must not overflow.
  if (pixels == 1)
    for (int32_t i = 0; i < 2 * kColumns * groups; ++i) columns[i] = 0;
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p)) {
    int32_t y = 0, x = 0;
    for (int32_t pixel = 0; pixel < pixels; pixel += kColumns) {
      const int32_t count = pixels - pixel < kColumns ? pixels - pixel : kColumns;
      for (int32_t column = 0; column < count; ++column) {
        extend_column(p, input, y, x, columns + column, buffer);
        if (++x == p.out_w) x = 0, ++y;
      }
      multiply(p, columns, groups, count == kColumns, output);
      output += count * p.out_c;
    }
  }
}

}  // namespace thimble::kernels
