// From a sum to an int8 output in three 32-bit multiplications, for cores without a long one.
//
// TensorFlow Lite's two roundings together are floor((x * m + c) / 2^n) where c depends on the sign
// of x only. The multiplier m is cut into three digits of `step` bits, so that no product leaves 32
// bits, and rounding down after each digit rounds like rounding down once at the end. Dropped low
// bits of m are harmless where the lowering has proved it (src/ops/staged_lowering.h).
#pragma once

#include <stdint.h>

#include "runtime/fixed_point.h"

namespace thimble::kernels {

// Part of the parameters of kernels that use it.
struct StagedOutput {
  const int32_t* channels;  // kStagedWords for each channel
  int32_t output_zero_point;
  int32_t min, max;    // of the output element
  int32_t is_clamped;  // whether that is less than all of int8
};

// Words of a channel: its bias; what is added to the top digit's product, output zero point
// included; the low digit and the middle one << 16; the top digit, the step << 16, the last shift
// << 24, a flag for the kernel's own use in bit 31. A step of 0 means that the channel needs
// fixed_point::rescale; then word 1 is its multiplier and word 2 its shift.
constexpr int32_t kStagedWords = 4;
constexpr uint32_t kStagedFlag = 1u << 31;

struct StagedChannel {
  int32_t bias, low, middle, top, addend;
  int32_t step, shift;

  explicit StagedChannel(const int32_t* words)
      : bias(words[0]),
        low(words[2] & 0xFFFF),
        middle(static_cast<int32_t>(static_cast<uint32_t>(words[2]) >> 16)),
        top(words[3] & 0xFFFF),
        addend(words[1]),
        step((words[3] >> 16) & 0xFF),
        shift((words[3] >> 24) & 0x7F) {}
};

// `sum` includes the bias. Not clamped to more than int8.
inline int32_t rescale_staged(const StagedChannel& c, int32_t sum) {
  int32_t stage = sum * c.low >> c.step;
  stage = (stage + sum * c.middle) >> c.step;
  // Halves of negative numbers are rounded away from zero.
  const int32_t away = static_cast<int32_t>(static_cast<uint32_t>(sum >> 31) << c.step);
  stage = (stage + sum * c.top + c.addend + away) >> c.shift;
  if (stage != static_cast<int8_t>(stage)) stage = stage < 0 ? -128 : 127;
  return stage;
}

// The `count` sums of one channel, bias not included, to every `stride`-th element of `output`.
inline void store_staged(const StagedOutput& p, const int32_t* words, const int32_t* sums,
                         int32_t count, int8_t* output, int32_t stride) {
  const StagedChannel c(words);
  const uint32_t bias = static_cast<uint32_t>(c.bias);
  for (; count > 0; --count, ++sums, output += stride) {
    const auto sum = static_cast<int32_t>(static_cast<uint32_t>(*sums) + bias);
    int32_t value;
    if (c.step != 0)
      value = rescale_staged(c, sum);
    else
      value = fixed_point::wrapping_add(fixed_point::rescale(sum, words[1], words[2]),
                                        p.output_zero_point);
    if (c.step == 0 || p.is_clamped) value = fixed_point::clamp(value, p.min, p.max);
    *output = static_cast<int8_t>(value);
  }
}

}  // namespace thimble::kernels
