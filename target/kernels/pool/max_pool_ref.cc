// Portable max pooling. Channels are innermost, so the output row itself holds the running maximum.
#include "kernels/pool/kernel.h"

namespace thimble::kernels {
namespace {

template <typename T>
void max_pool(const PoolParams& p, const T* input, T* output, T low, T high) {
  for (int32_t n = 0; n < p.batches; ++n, input += p.in_h * p.in_w * p.channels)
    for (int32_t y = 0; y < p.out_h; ++y)
      for (int32_t x = 0; x < p.out_w; ++x, output += p.channels) {
        const int32_t h = y * p.stride_h - p.pad_h, w = x * p.stride_w - p.pad_w;
        const int32_t h0 = h < 0 ? 0 : h, h1 = h + p.filter_h < p.in_h ? h + p.filter_h : p.in_h;
        const int32_t w0 = w < 0 ? 0 : w, w1 = w + p.filter_w < p.in_w ? w + p.filter_w : p.in_w;
        for (int32_t c = 0; c < p.channels; ++c) output[c] = low;
        for (int32_t row = h0; row < h1; ++row) {
          const T* pixel = input + (row * p.in_w + w0) * p.channels;
          for (int32_t column = w0; column < w1; ++column, pixel += p.channels)
            for (int32_t c = 0; c < p.channels; ++c)
              if (pixel[c] > output[c]) output[c] = pixel[c];
        }
        for (int32_t c = 0; c < p.channels; ++c)
          if (output[c] > high) output[c] = high;
      }
}

}  // namespace

void max_pool_s8_ref(const PoolParams& p, const int8_t* input, int8_t* output) {
  max_pool<int8_t>(p, input, output, static_cast<int8_t>(p.min), static_cast<int8_t>(p.max));
}

void max_pool_s16_ref(const PoolParams& p, const int16_t* input, int16_t* output) {
  max_pool<int16_t>(p, input, output, static_cast<int16_t>(p.min), static_cast<int16_t>(p.max));
}

void max_pool_f32_ref(const PoolParams& p, const float* input, float* output) {
  max_pool<float>(p, input, output, p.float_min, p.float_max);
}

}  // namespace thimble::kernels
