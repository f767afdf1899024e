// int8 convolution with most weights zero (runtime/sparse.h), four output pixels at a time: what
// they read is gathered first, interleaved byte by byte, so that a weight that is decoded once is
// used for all four.
//
// The scratch buffer holds a word for every weight of a channel, and behind them a pixel of
// padding.
#include "kernels/conv/kernel.h"
#include "runtime/simd.h"
#include "runtime/sparse.h"

namespace thimble::kernels {
namespace {

constexpr int32_t kPixels = kSparsePixels;

struct Sources {
  const int8_t* pixel[kPixels];
};

// `count` words, of one byte of each source.
void interleave(const Sources& sources, int32_t count, uint8_t* to) {
  const int8_t *a = sources.pixel[0], *b = sources.pixel[1], *c = sources.pixel[2],
               *d = sources.pixel[3];
  constexpr uint32_t kEven = 0x00FF00FFu;
  for (; count >= 4; count -= 4, a += 4, b += 4, c += 4, d += 4, to += 16) {
    const uint32_t wa = simd::load_word(a), wb = simd::load_word(b), wc = simd::load_word(c),
                   wd = simd::load_word(d);
    const uint32_t ac = simd::pack_low(wa, wc), bd = simd::pack_low(wb, wd);
    const uint32_t ac_high = simd::pack_high(wa, wc), bd_high = simd::pack_high(wb, wd);
    simd::store_word(to, (ac & kEven) | (bd & kEven) << 8);
    simd::store_word(to + 4, (ac >> 8 & kEven) | (bd & ~kEven));
    simd::store_word(to + 8, (ac_high & kEven) | (bd_high & kEven) << 8);
    simd::store_word(to + 12, (ac_high >> 8 & kEven) | (bd_high & ~kEven));
  }
  for (; count > 0; --count, to += 4) {
    to[0] = static_cast<uint8_t>(*a++);
    to[1] = static_cast<uint8_t>(*b++);
    to[2] = static_cast<uint8_t>(*c++);
    to[3] = static_cast<uint8_t>(*d++);
  }
}

// Everything that four consecutive output pixels read, `pixel` being the first; beyond the last
// pixel of the image, that again.
void gather(const ConvS8SparseParams& p, const int8_t* image, int32_t pixel, const int8_t* padding,
            uint8_t* columns) {
  int32_t rows[kPixels], firsts[kPixels];
  bool in_one_piece = p.dilation_w == 1;
  for (int32_t i = 0; i < kPixels; ++i) {
    const int32_t last = p.out_h * p.out_w - 1, at = pixel + i < last ? pixel + i : last;
    rows[i] = input_row(p, at / p.out_w, 0);
    firsts[i] = input_column(p, at % p.out_w, 0);
    in_one_piece = in_one_piece && firsts[i] >= 0 && firsts[i] + p.filter_w <= p.in_w &&
                   rows[i] >= 0 && rows[i] + (p.filter_h - 1) * p.dilation_h < p.in_h;
  }
  // Filter rows that lie in the image as they are; other taps one by one.
  const int32_t parts = in_one_piece ? 1 : p.filter_w;
  const int32_t count = in_one_piece ? p.filter_w * p.in_c : p.in_c;
  Sources sources;
  for (int32_t fy = 0; fy < p.filter_h; ++fy)
    for (int32_t part = 0; part < parts; ++part, columns += kPixels * count) {
      for (int32_t i = 0; i < kPixels; ++i) {
        const int32_t row = rows[i] + fy * p.dilation_h, column = firsts[i] + part * p.dilation_w;
        const bool inside = is_inside(row, p.in_h) && is_inside(column, p.in_w);
        sources.pixel[i] = inside ? image + (row * p.in_w + column) * p.in_c : padding;
      }
      interleave(sources, count, columns);
    }
}

// All channels of four pixels, of which the first `count` are stored.
void multiply(const ConvS8SparseParams& p, const uint8_t* columns, int32_t count, int8_t* output) {
  const auto* weights = reinterpret_cast<const uint32_t*>(p.weights);
  const int32_t* channel = p.channels;
  for (int32_t c = 0; c < p.out_c; ++c, channel += kChannelWords, ++output) {
    const int32_t blocks = p.blocks[c], bias = channel[kBias];
    const SparseSums sums = sparse_dots(weights, blocks, columns);
    weights += kSparseBlockWords * blocks;
    const Sums results = requantize(
        p, channel, channel, channel, channel,
        {fixed_point::wrapping_add(sums.a, bias), fixed_point::wrapping_add(sums.b, bias),
         fixed_point::wrapping_add(sums.c, bias), fixed_point::wrapping_add(sums.d, bias)});
    output[0] = static_cast<int8_t>(results.a);
    if (count > 1) output[p.out_c] = static_cast<int8_t>(results.b);
    if (count > 2) output[2 * p.out_c] = static_cast<int8_t>(results.c);
    if (count > 3) output[3 * p.out_c] = static_cast<int8_t>(results.d);
  }
}

}  // namespace

void conv_s8_sparse(const ConvS8SparseParams& p, const int8_t* input, int8_t* output,
                    uint8_t* scratch) {
  auto* const padding =
      reinterpret_cast<int8_t*>(scratch + kPixels * p.filter_h * p.filter_w * p.in_c);
  for (int32_t i = 0; i < p.in_c; ++i) padding[i] = static_cast<int8_t>(p.input_zero_point);
  const int32_t pixels = p.out_h * p.out_w;
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    for (int32_t pixel = 0; pixel < pixels; pixel += kPixels) {
      gather(p, input, pixel, padding, scratch);
      multiply(p, scratch, pixels - pixel, output + pixel * p.out_c);
    }
}

}  // namespace thimble::kernels
