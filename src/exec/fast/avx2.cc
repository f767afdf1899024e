#include "exec/fast/kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

// Only these functions may use AVX2: the rest of the program runs on any processor.
#define THIMBLE_AVX2 __attribute__((target("avx2")))
#define THIMBLE_UNROLL _Pragma("GCC unroll 8")

namespace thimble::exec::fast {
namespace {

THIMBLE_AVX2 void widen(const int8_t* in, size_t count, int16_t zero, int16_t* out) {
  const __m256i zeros = _mm256_set1_epi16(zero);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i),
                        _mm256_sub_epi16(_mm256_cvtepi8_epi16(bytes), zeros));
  }
  for (; i < count; ++i) out[i] = static_cast<int16_t>(in[i] - zero);
}

THIMBLE_AVX2 inline __m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

THIMBLE_AVX2 inline void store(void* to, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(to), value);
}

// Both elements of a pair in every lane.
THIMBLE_AVX2 inline __m256i broadcast_pair(const int16_t* from) {
  int32_t pair;
  std::memcpy(&pair, from, sizeof(pair));
  return _mm256_set1_epi32(pair);
}

template <size_t kCount>
THIMBLE_AVX2 void int_product_of(const int16_t* const* pixels, const Runs& runs,
                                 const int16_t* weights, int32_t* sums) {
  __m256i sum[kCount];
  THIMBLE_UNROLL
  for (size_t p = 0; p < kCount; ++p) sum[p] = _mm256_setzero_si256();
  for (size_t r = 0; r < runs.count; ++r) {
    const int16_t* x[kCount];
    THIMBLE_UNROLL
    for (size_t p = 0; p < kCount; ++p) x[p] = pixels[p] + runs.offsets[r];
    for (size_t i = 0; i < runs.length; i += 2, weights += 2 * kLanes) {
      const __m256i w = load(weights);
      THIMBLE_UNROLL
      for (size_t p = 0; p < kCount; ++p)
        sum[p] = _mm256_add_epi32(sum[p], _mm256_madd_epi16(broadcast_pair(x[p] + i), w));
    }
  }
  THIMBLE_UNROLL
  for (size_t p = 0; p < kCount; ++p) store(sums + p * kLanes, sum[p]);
}

void int_product(const int16_t* const* pixels, size_t count, const Runs& runs,
                 const int16_t* weights, int32_t* sums) {
  if (count == 8) return int_product_of<8>(pixels, runs, weights, sums);
  for (; count >= 4; count -= 4, pixels += 4, sums += 4 * kLanes)
    int_product_of<4>(pixels, runs, weights, sums);
  for (; count > 0; --count, ++pixels, sums += kLanes)
    int_product_of<1>(pixels, runs, weights, sums);
}

// Eight channels of two runs, as pairs.
THIMBLE_AVX2 inline __m256i pairs(const int16_t* first, const int16_t* second) {
  const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(first));
  const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(second));
  return _mm256_set_m128i(_mm_unpackhi_epi16(a, b), _mm_unpacklo_epi16(a, b));
}

template <size_t kCount>
THIMBLE_AVX2 void int_depthwise_of(const int16_t* const* pixels, const Runs& runs,
                                   const int16_t* weights, int32_t* sums) {
  __m256i sum[kCount];
  THIMBLE_UNROLL
  for (size_t p = 0; p < kCount; ++p) sum[p] = _mm256_setzero_si256();
  for (size_t r = 0; r < runs.count; r += 2, weights += 2 * kLanes) {
    const __m256i w = load(weights);
    const std::ptrdiff_t first = runs.offsets[r];
    // An odd last run is paired with itself; its partner's weights are 0.
    const std::ptrdiff_t second = r + 1 < runs.count ? runs.offsets[r + 1] : first;
    THIMBLE_UNROLL
    for (size_t p = 0; p < kCount; ++p)
      sum[p] = _mm256_add_epi32(sum[p],
                                _mm256_madd_epi16(pairs(pixels[p] + first, pixels[p] + second), w));
  }
  THIMBLE_UNROLL
  for (size_t p = 0; p < kCount; ++p) store(sums + p * kLanes, sum[p]);
}

void int_depthwise(const int16_t* const* pixels, size_t count, const Runs& runs,
                   const int16_t* weights, int32_t* sums) {
  for (; count >= 4; count -= 4, pixels += 4, sums += 4 * kLanes)
    int_depthwise_of<4>(pixels, runs, weights, sums);
  for (; count > 0; --count, ++pixels, sums += kLanes)
    int_depthwise_of<1>(pixels, runs, weights, sums);
}

template <size_t kCount>
THIMBLE_AVX2 void float_product_of(const float* const* pixels, const Runs& runs,
                                   const float* weights, float* sums) {
  __m256 total[kCount];
  THIMBLE_UNROLL
  for (size_t p = 0; p < kCount; ++p) total[p] = _mm256_setzero_ps();
  for (size_t r = 0; r < runs.count; ++r) {
    const float* x[kCount];
    __m256 of_run[kCount];
    THIMBLE_UNROLL
    for (size_t p = 0; p < kCount; ++p) {
      x[p] = pixels[p] + runs.offsets[r];
      of_run[p] = _mm256_setzero_ps();
    }
    for (size_t i = 0; i < runs.length; ++i, weights += kLanes) {
      const __m256 w = _mm256_loadu_ps(weights);
      // Two roundings, as in the plain execution: no fused multiply-add.
      THIMBLE_UNROLL
      for (size_t p = 0; p < kCount; ++p)
        of_run[p] = _mm256_add_ps(of_run[p], _mm256_mul_ps(_mm256_broadcast_ss(x[p] + i), w));
    }
    THIMBLE_UNROLL
    for (size_t p = 0; p < kCount; ++p) total[p] = _mm256_add_ps(total[p], of_run[p]);
  }
  THIMBLE_UNROLL
  for (size_t p = 0; p < kCount; ++p) _mm256_storeu_ps(sums + p * kLanes, total[p]);
}

void float_product(const float* const* pixels, size_t count, const Runs& runs, const float* weights,
                   float* sums) {
  for (; count >= 4; count -= 4, pixels += 4, sums += 4 * kLanes)
    float_product_of<4>(pixels, runs, weights, sums);
  for (; count > 0; --count, ++pixels, sums += kLanes)
    float_product_of<1>(pixels, runs, weights, sums);
}

THIMBLE_AVX2 void float_depthwise(const float* const* pixels, size_t count, const Runs& runs,
                                  const float* weights, float* sums) {
  for (size_t p = 0; p < count; ++p) {
    __m256 total = _mm256_setzero_ps();
    for (size_t r = 0; r < runs.count; ++r)
      total = _mm256_add_ps(total, _mm256_mul_ps(_mm256_loadu_ps(pixels[p] + runs.offsets[r]),
                                                 _mm256_loadu_ps(weights + r * kLanes)));
    _mm256_storeu_ps(sums + p * kLanes, total);
  }
}

// (a * b + 2^30) >> 31 in 64 bits, which is gemmlowp's doubling high multiply for a positive b.
THIMBLE_AVX2 inline __m256i doubling_high_multiply(__m256i a, __m256i b) {
  const __m256i nudge = _mm256_set1_epi64x(int64_t{1} << 30);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(a, b), nudge);
  const __m256i odd =
      _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32)), nudge);
  // The 32 bits from bit 31 on, moved to the half of the lane.
  return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0b10101010);
}

// Rounds to nearest, half away from zero.
THIMBLE_AVX2 inline __m256i rounding_shift_right(__m256i x, __m256i bits) {
  const __m256i one = _mm256_set1_epi32(1);
  const __m256i mask = _mm256_sub_epi32(_mm256_sllv_epi32(one, bits), one);
  const __m256i remainder = _mm256_and_si256(x, mask);
  // The comparison gives -1 for a negative x.
  const __m256i threshold =
      _mm256_sub_epi32(_mm256_srli_epi32(mask, 1), _mm256_cmpgt_epi32(_mm256_setzero_si256(), x));
  return _mm256_sub_epi32(_mm256_srav_epi32(x, bits), _mm256_cmpgt_epi32(remainder, threshold));
}

THIMBLE_AVX2 void rescale(const int32_t* sums, size_t count, const RescaleLanes& lanes,
                          const RescaleRange& range, int8_t* out, size_t pitch, size_t channels) {
  const __m256i bias = load(lanes.bias), multiplier = load(lanes.multiplier);
  const __m256i left = load(lanes.left), right = load(lanes.right);
  const __m256i zero_point = _mm256_set1_epi32(range.zero_point);
  const __m256i min = _mm256_set1_epi32(range.min), max = _mm256_set1_epi32(range.max);
  for (size_t p = 0; p < count; ++p, out += pitch) {
    __m256i x = _mm256_add_epi32(load(sums + p * kLanes), bias);
    x = doubling_high_multiply(_mm256_sllv_epi32(x, left), multiplier);
    x = _mm256_add_epi32(rounding_shift_right(x, right), zero_point);
    x = _mm256_min_epi32(_mm256_max_epi32(x, min), max);
    const __m128i words =
        _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    const __m128i bytes = _mm_packs_epi16(words, words);
    if (channels == kLanes) {
      _mm_storel_epi64(reinterpret_cast<__m128i*>(out), bytes);
    } else {
      const int64_t all = _mm_cvtsi128_si64(bytes);
      std::memcpy(out, &all, channels);
    }
  }
}

}  // namespace

const Kernels* avx2_kernels() {
  static const Kernels kernels = {"avx2",        widen,           int_product, int_depthwise,
                                  float_product, float_depthwise, rescale};
  return __builtin_cpu_supports("avx2") ? &kernels : nullptr;
}

}  // namespace thimble::exec::fast

#else

namespace thimble::exec::fast {

const Kernels* avx2_kernels() {
  return nullptr;
}

}  // namespace thimble::exec::fast

#endif
