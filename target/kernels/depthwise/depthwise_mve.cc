// Depthwise convolution with Helium, four channels at once, one filter per channel.
#include "kernels/depthwise/kernel.h"
#include "runtime/helium.h"

namespace thimble::kernels {
namespace {

// The taps of one axis that lie inside the image, for an output position whose first tap is at
// `first`.
struct Taps {
  int32_t begin, end;

  Taps(int32_t first, int32_t dilation, int32_t count, int32_t extent) : begin(0), end(count) {
    while (begin < count && first + begin * dilation < 0) ++begin;
    while (end > begin && first + (end - 1) * dilation >= extent) --end;
  }
};

// Adds a tap: sums[i] += (x[i] - zero_point) * weights[i] for the first `count` channels.
#if defined(THIMBLE_MVE)
using FourSums = int32x4_t;
inline FourSums no_sums() {
  return vdupq_n_s32(0);
}
inline void add_tap(const int8_t* x, int32_t zero_point, const int8_t* weights, int32_t count,
                    FourSums& sums) {
  const mve_pred16_t valid = vctp32q(static_cast<uint32_t>(count));
  const int32x4_t inputs = vsubq_n_s32(vldrbq_z_s32(x, valid), zero_point);
  sums = vaddq_s32(sums, vmulq_s32(inputs, vldrbq_z_s32(weights, valid)));
}
inline void store_sums(const FourSums& sums, int32_t* to) {
  vstrwq_s32(to, sums);
}
#else
struct FourSums {
  int32_t lanes[kLanes];
};
inline FourSums no_sums() {
  return {};
}
inline void add_tap(const int8_t* x, int32_t zero_point, const int8_t* weights, int32_t count,
                    FourSums& sums) {
  for (int32_t i = 0; i < count; ++i) sums.lanes[i] += (x[i] - zero_point) * weights[i];
}
inline void store_sums(const FourSums& sums, int32_t* to) {
  for (int i = 0; i < kLanes; ++i) to[i] = sums.lanes[i];
}
#endif

}  // namespace

void depthwise_s8_mve(const DepthwiseS8Params& p, const int8_t* input, int8_t* output) {
  const int32_t channels = p.in_c;
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p))
    for (int32_t y = 0; y < p.out_h; ++y) {
      const Taps rows(input_row(p, y, 0), p.dilation_h, p.filter_h, p.in_h);
      for (int32_t x = 0; x < p.out_w; ++x, output += channels) {
        const Taps columns(input_column(p, x, 0), p.dilation_w, p.filter_w, p.in_w);
        for (int32_t channel = 0; channel < channels; channel += kLanes) {
          const int32_t lanes = up_to_lanes(channels - channel);
          FourSums sums = no_sums();
          for (int32_t fy = rows.begin; fy < rows.end; ++fy) {
            const int32_t pixel = input_row(p, y, fy) * p.in_w + input_column(p, x, columns.begin);
            const int8_t* tap = input + pixel * channels + channel;
            const int8_t* weights =
                p.weights + (fy * p.filter_w + columns.begin) * channels + channel;
            for (int32_t fx = columns.begin; fx < columns.end; ++fx) {
              add_tap(tap, p.input_zero_point, weights, lanes, sums);
              tap += p.dilation_w * channels;
              weights += channels;
            }
          }
          int32_t words[kLanes];
          store_sums(sums, words);
          store_lanes(p, p.bias, channel, words, lanes, output + channel);
        }
      }
    }
}

}  // namespace thimble::kernels
