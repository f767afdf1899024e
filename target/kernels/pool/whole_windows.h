// Pooling of int8 where no window is clipped and windows are small: every word of four channels is
// computed straight through. For at least four channels.
//
// Template arguments repeat the parameters for the compiler; 0 says nothing.
#pragma once

#include "kernels/pool/clamp.h"
#include "kernels/pool/kernel.h"
#include "runtime/simd.h"

namespace thimble::kernels {

// Half a count in both half-words, and the same less one; the means of a count of sums.
template <int kShift>
class PairMean {
 public:
  // Both halves divided by 2^kShift, rounded to nearest, halves away from zero. kShift is 1 to 4,
  // sums are of bytes.
  uint32_t operator()(uint32_t sums) const {
    constexpr int32_t kHalf = 1 << (kShift - 1);
#if defined(THIMBLE_DSP)
    constexpr uint32_t kHalves = 0x00010001u * kHalf;
    // SADD16 notes which halves are negative, SEL looks there.
    uint32_t result;
    __asm__(
        "sadd16 %[result], %[sums], %[zero]\n\t"
        "sel %[result], %[half], %[less]\n\t"
        "shadd16 %[result], %[sums], %[result]"
        : [result] "=&r"(result)
        : [sums] "r"(sums), [zero] "r"(0), [half] "r"(kHalves), [less] "r"(kHalves - 0x00010001u));
    for (int i = 1; i < kShift; ++i) result = __shadd16(result, 0);
    return result;
#else
    const int32_t low = simd::low_half(sums), high = simd::high_half(sums);
    return simd::pack_low(static_cast<uint32_t>((low + kHalf + (low >> 31)) >> kShift),
                          static_cast<uint32_t>((high + kHalf + (high >> 31)) >> kShift));
#endif
  }
};

// The four means or maxima of a window's four channels.
struct WindowMean {
  template <int kShift>
  static uint32_t divide(uint32_t even, uint32_t odd) {
    const PairMean<kShift> mean;
    const uint32_t low = mean(even), high = mean(odd);
    return (low & 0x00FF00FFu) | ((high << 8) & 0xFF00FF00u);
  }

  template <typename ForEachWord>
  static uint32_t reduce(int32_t count, ForEachWord for_each_word) {
    uint32_t even = 0, odd = 0;
    for_each_word([&](uint32_t word) {
      even = simd::sxtab16(even, word);
      odd = simd::sxtab16<8>(odd, word);
    });
    if (count == 2) return divide<1>(even, odd);
    if (count == 4) return divide<2>(even, odd);
    return count == 8 ? divide<3>(even, odd) : divide<4>(even, odd);
  }
};

struct WindowMaximum {
  template <typename ForEachWord>
  static uint32_t reduce(int32_t, ForEachWord for_each_word) {
    uint32_t largest = simd::repeat_byte(INT8_MIN);
    for_each_word([&](uint32_t word) { largest = simd::max_s8x4(largest, word); });
    return largest;
  }
};

template <typename Reduction, int kRows, int kColumns, int kChannels, bool kIsClamped>
inline void pool_whole_windows(const PoolParams& p, const int8_t* input, int8_t* output) {
  const int32_t rows = kRows == 0 ? p.filter_h : kRows;
  const int32_t columns = kColumns == 0 ? p.filter_w : kColumns;
  const int32_t channels = kChannels == 0 ? p.channels : kChannels;
  const int32_t row_step = p.in_w * channels;
  const PoolClamp clamp(p);
  auto pool_word = [&](const int8_t* window) {
    const uint32_t word = Reduction::reduce(rows * columns, [&](auto visit) {
#pragma GCC unroll 4
      for (int32_t i = 0; i < rows; ++i)
#pragma GCC unroll 4
        for (int32_t j = 0; j < columns; ++j)
          visit(simd::load_word(window + i * row_step + j * channels));
    });
    return kIsClamped || kRows == 0 ? clamp(word) : word;
  };
  for (int32_t n = 0; n < p.batches; ++n, input += p.in_h * row_step)
    for (int32_t y = 0; y < p.out_h; ++y) {
      const int8_t* window = input + y * p.stride_h * row_step;
      for (int32_t x = 0; x < p.out_w; ++x, window += p.stride_w * channels, output += channels) {
        for (int32_t c = 0; c + 4 <= channels; c += 4)
          simd::store_word(output + c, pool_word(window + c));
        if (channels % 4 == 0) continue;
        // The last channels are the upper bytes of the word that ends with them.
        uint32_t word = pool_word(window + channels - 4) >> (8 * (4 - channels % 4));
        for (int32_t c = channels & ~3; c < channels; ++c, word >>= 8)
          output[c] = static_cast<int8_t>(word & 0xFFu);
      }
    }
}

// For 2, 4, 8 or 16 elements in a window.
template <int kRows, int kColumns, int kChannels, bool kIsClamped>
void average_pool_s8_whole(const PoolParams& p, const int8_t* input, int8_t* output) {
  pool_whole_windows<WindowMean, kRows, kColumns, kChannels, kIsClamped>(p, input, output);
}

template <int kRows, int kColumns, int kChannels, bool kIsClamped>
void max_pool_s8_whole(const PoolParams& p, const int8_t* input, int8_t* output) {
  pool_whole_windows<WindowMaximum, kRows, kColumns, kChannels, kIsClamped>(p, input, output);
}

}  // namespace thimble::kernels
