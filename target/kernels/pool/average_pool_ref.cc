// Portable average pooling, one channel of one window after the other.
#include "kernels/pool/kernel.h"

namespace thimble::kernels {
namespace {

// `mean(sum, count)` makes the output element. Integer sums are uint32_t, so that they wrap around.
template <typename Sum, typename T, typename Mean>
void average_pool(const PoolParams& p, const T* input, T* output, Mean mean) {
  const int32_t channels = p.channels, row_step = p.in_w * p.channels;
  for (int32_t n = 0; n < p.batches; ++n, input += p.in_h * p.in_w * p.channels)
    for (int32_t y = 0; y < p.out_h; ++y)
      for (int32_t x = 0; x < p.out_w; ++x, output += p.channels) {
        const int32_t h = y * p.stride_h - p.pad_h, w = x * p.stride_w - p.pad_w;
        const int32_t h0 = h < 0 ? 0 : h, h1 = h + p.filter_h < p.in_h ? h + p.filter_h : p.in_h;
        const int32_t w0 = w < 0 ? 0 : w, w1 = w + p.filter_w < p.in_w ? w + p.filter_w : p.in_w;
        const int32_t count = (h1 - h0) * (w1 - w0);
        const T* window = input + (h0 * p.in_w + w0) * channels;
        for (int32_t c = 0; c < channels; ++c, ++window) {
          Sum sum{};
          const T* row = window;
          for (int32_t i = h0; i < h1; ++i, row += row_step) {
            const T* element = row;
            for (int32_t j = w0; j < w1; ++j, element += channels)
              sum += static_cast<Sum>(*element);
          }
          output[c] = mean(sum, count);
        }
      }
}

template <typename T>
void average_pool_integer(const PoolParams& p, const T* input, T* output) {
  average_pool<uint32_t>(p, input, output, [&](uint32_t wrapping_sum, int32_t count) {
    const auto sum = static_cast<int32_t>(wrapping_sum);
    const int32_t mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
    return static_cast<T>(mean < p.min ? p.min : mean > p.max ? p.max : mean);
  });
}

}  // namespace

void average_pool_s8_ref(const PoolParams& p, const int8_t* input, int8_t* output) {
  average_pool_integer(p, input, output);
}

void average_pool_s16_ref(const PoolParams& p, const int16_t* input, int16_t* output) {
  average_pool_integer(p, input, output);
}

void average_pool_f32_ref(const PoolParams& p, const float* input, float* output) {
  average_pool<float>(p, input, output, [&](float sum, int32_t count) {
    const float mean = sum / static_cast<float>(count);
    return mean < p.float_min ? p.float_min : mean > p.float_max ? p.float_max : mean;
  });
}

}  // namespace thimble::kernels
