// Pooling of int8, several channels at once, for windows of any kind.
#include "kernels/pool/clamp.h"
#include "kernels/pool/kernel.h"
#include "runtime/pixel_words.h"

namespace thimble::kernels {
namespace {

// Calls pool(window, output pixel) for every output pixel; the window leaves out the padding.
template <typename Pool>
void for_each_window(const PoolParams& p, const int8_t* input, int8_t* output, Pool pool) {
  PixelBlock window = {};
  window.pixel_step = p.channels;
  window.row_step = p.in_w * p.channels;
  for (int32_t n = 0; n < p.batches; ++n, input += p.in_h * p.in_w * p.channels)
    for (int32_t y = 0; y < p.out_h; ++y)
      for (int32_t x = 0; x < p.out_w; ++x, output += p.channels) {
        const int32_t h = y * p.stride_h - p.pad_h, w = x * p.stride_w - p.pad_w;
        const int32_t h0 = h < 0 ? 0 : h, h1 = h + p.filter_h < p.in_h ? h + p.filter_h : p.in_h;
        const int32_t w0 = w < 0 ? 0 : w, w1 = w + p.filter_w < p.in_w ? w + p.filter_w : p.in_w;
        window.first = input + (h0 * p.in_w + w0) * p.channels;
        window.rows = h1 - h0;
        window.columns = w1 - w0;
        window.merge_rows();
        pool(window, output);
      }
}

// A sum over a count, rounded to nearest, halves away from zero.
class Mean {
 public:
  explicit Mean(int32_t count)
      : count_(count),
        half_(count / 2),
        shift_((count & (count - 1)) == 0 ? __builtin_ctz(count) : -1) {}

  int32_t operator()(int32_t sum) const {
    const int32_t sign = sum >> 31;
    if (shift_ >= 0) return (sum + half_ + (half_ == 0 ? 0 : sign)) >> shift_;
    return (sum + ((half_ ^ sign) - sign)) / count_;
  }

 private:
  int32_t count_, half_, shift_;
};

// The means of a word of channels. Of its own, for less code.
__attribute__((noinline)) uint32_t mean_word(const Mean& mean, uint32_t even, uint32_t odd) {
  return simd::pack_bytes(mean(simd::low_half(even)), mean(simd::low_half(odd)),
                          mean(simd::high_half(even)), mean(simd::high_half(odd)));
}

// The largest of kWords words of channels.
template <int kWords>
void max_words(const PixelBlock& block, const PoolClamp& clamp, int8_t* output) {
  uint32_t largest[kWords];
  for (uint32_t& word : largest) word = simd::repeat_byte(INT8_MIN);
  for_each_pixel(block, [&](const int8_t* pixel) {
    uint32_t words[kWords];
    for (int i = 0; i < kWords; ++i) words[i] = simd::load_word(pixel + 4 * i);
    for (int i = 0; i < kWords; ++i) largest[i] = simd::max_s8x4(largest[i], words[i]);
  });
  for (int i = 0; i < kWords; ++i) simd::store_word(output + 4 * i, clamp(largest[i]));
}

int8_t max_one(const PixelBlock& block) {
  int8_t largest = INT8_MIN;
  for_each_pixel(block,
                 [&](const int8_t* pixel) { largest = *pixel > largest ? *pixel : largest; });
  return largest;
}

}  // namespace

void average_pool_s8_dsp(const PoolParams& p, const int8_t* input, int8_t* output) {
  const PoolClamp clamp(p);
  for_each_window(p, input, output, [&](const PixelBlock& window, int8_t* pixel) {
    const Mean mean(window.rows * window.columns);
    int32_t c = 0;
    for (; c + 8 <= p.channels; c += 8) {
      const EightSums sums = sum_eight(window.at_channel(c));
      simd::store_word(pixel + c, clamp(mean_word(mean, sums.pairs[0], sums.pairs[1])));
      simd::store_word(pixel + c + 4, clamp(mean_word(mean, sums.pairs[2], sums.pairs[3])));
    }
    for (; c < p.channels; ++c)
      pixel[c] =
          static_cast<int8_t>(clamp(static_cast<uint32_t>(mean(sum_one(window.at_channel(c))))));
  });
}

void max_pool_s8_dsp(const PoolParams& p, const int8_t* input, int8_t* output) {
  const PoolClamp clamp(p);
  for_each_window(p, input, output, [&](const PixelBlock& window, int8_t* pixel) {
    int32_t c = 0;
    for (; c + 16 <= p.channels; c += 16) max_words<4>(window.at_channel(c), clamp, pixel + c);
    for (; c + 4 <= p.channels; c += 4) max_words<1>(window.at_channel(c), clamp, pixel + c);
    for (; c < p.channels; ++c)
      pixel[c] = static_cast<int8_t>(clamp(static_cast<uint8_t>(max_one(window.at_channel(c)))));
  });
}

}  // namespace thimble::kernels
