#include <algorithm>

#include "exec/fast/kernels.h"
#include "ops/quantization.h"

namespace thimble::exec::fast {
namespace {

void widen(const int8_t* in, size_t count, int16_t zero, int16_t* out) {
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<int16_t>(in[i] - zero);
}

// Sums of integers are unsigned, so that they wrap around.
void store_sums(const uint32_t* total, int32_t* sums) {
  for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] = static_cast<int32_t>(total[lane]);
}

void int_product(const int16_t* const* pixels, size_t count, const Runs& runs,
                 const int16_t* weights, int32_t* sums) {
  for (size_t p = 0; p < count; ++p) {
    uint32_t total[kLanes] = {};
    const int16_t* w = weights;
    for (size_t r = 0; r < runs.count; ++r)
      for (size_t i = 0; i < runs.length; i += 2, w += 2 * kLanes) {
        const int16_t* x = pixels[p] + runs.offsets[r] + i;
        for (size_t lane = 0; lane < kLanes; ++lane)
          total[lane] += static_cast<uint32_t>(x[0] * w[2 * lane] + x[1] * w[2 * lane + 1]);
      }
    store_sums(total, sums + p * kLanes);
  }
}

void int_depthwise(const int16_t* const* pixels, size_t count, const Runs& runs,
                   const int16_t* weights, int32_t* sums) {
  for (size_t p = 0; p < count; ++p) {
    uint32_t total[kLanes] = {};
    for (size_t r = 0; r < runs.count; ++r) {
      const int16_t* x = pixels[p] + runs.offsets[r];
      const int16_t* w = weights + r / 2 * 2 * kLanes + r % 2;
      for (size_t lane = 0; lane < kLanes; ++lane)
        total[lane] += static_cast<uint32_t>(x[lane] * w[2 * lane]);
    }
    store_sums(total, sums + p * kLanes);
  }
}

void float_product(const float* const* pixels, size_t count, const Runs& runs, const float* weights,
                   float* sums) {
  for (size_t p = 0; p < count; ++p) {
    float total[kLanes] = {};
    const float* w = weights;
    for (size_t r = 0; r < runs.count; ++r) {
      float of_run[kLanes] = {};
      for (size_t i = 0; i < runs.length; ++i, w += kLanes) {
        const float x = pixels[p][runs.offsets[r] + static_cast<std::ptrdiff_t>(i)];
        for (size_t lane = 0; lane < kLanes; ++lane) of_run[lane] += x * w[lane];
      }
      for (size_t lane = 0; lane < kLanes; ++lane) total[lane] += of_run[lane];
    }
    std::copy_n(total, kLanes, sums + p * kLanes);
  }
}

void float_depthwise(const float* const* pixels, size_t count, const Runs& runs,
                     const float* weights, float* sums) {
  for (size_t p = 0; p < count; ++p) {
    float total[kLanes] = {};
    for (size_t r = 0; r < runs.count; ++r)
      for (size_t lane = 0; lane < kLanes; ++lane)
        total[lane] += pixels[p][runs.offsets[r] + static_cast<std::ptrdiff_t>(lane)] *
                       weights[r * kLanes + lane];
    std::copy_n(total, kLanes, sums + p * kLanes);
  }
}

int32_t wrapping_add(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

void rescale(const int32_t* sums, size_t count, const RescaleLanes& lanes,
             const RescaleRange& range, int8_t* out, size_t pitch, size_t channels) {
  for (size_t p = 0; p < count; ++p)
    for (size_t lane = 0; lane < channels; ++lane) {
      const ops::QuantizedMultiplier multiplier{lanes.multiplier[lane],
                                                lanes.left[lane] - lanes.right[lane]};
      const int32_t sum = wrapping_add(sums[p * kLanes + lane], lanes.bias[lane]);
      const int32_t scaled =
          wrapping_add(ops::multiply_by_quantized_multiplier(sum, multiplier), range.zero_point);
      out[p * pitch + lane] = static_cast<int8_t>(std::min(std::max(scaled, range.min), range.max));
    }
}

}  // namespace

const Kernels& portable_kernels() {
  static const Kernels kernels = {"portable",    widen,           int_product, int_depthwise,
                                  float_product, float_depthwise, rescale};
  return kernels;
}

const Kernels& kernels() {
  static const Kernels& best = avx2_kernels() ? *avx2_kernels() : portable_kernels();
  return best;
}

}  // namespace thimble::exec::fast
