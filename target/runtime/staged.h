// From a sum to an int8 output in three 32-bit multiplications, for cores without a long one.
//
// TensorFlow Lite's two roundings together are floor((x * m + c) / 2^n) where c depends on the sign
// of x only. The multiplier m is cut into three digits of `step` bits, so that no product leaves 32
// bits, and rounding down after each digit rounds like rounding down once at the end. Dropped low
// bits of m are harmless where the lowering has proved it (src/ops/staged_lowering.h).
#pragma once

#include <stdint.h>

#include "runtime/armv6m.h"
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

// The sums of one channel, bias not included, to every `stride`-th element of `output`. The
// channel has digits; outputs are clamped to int8 only.
#if defined(__ARM_ARCH_6M__)
// r0: a sum; r1: the output; r2: a digit, its product; r3: shift; r4: bias; r5: step; r6, r7: where
// sums come from and outputs go to; r8, r9, r10: digits, low to top; r11: addend; r12: stride; lr:
// the sums' end.
inline __attribute__((naked, noinline)) void store_by_digits(const int32_t* /*words*/,
                                                             const int32_t* /*sums*/,
                                                             const int32_t* /*end*/,
                                                             int8_t* /*output*/,
                                                             int32_t /*stride*/) {
  __asm__(THIMBLE_SAVE_REGISTERS
          "mov lr, r2\n\t"
          "ldr r2, [sp, #36]\n\t"
          "mov r12, r2\n\t"
          "ldmia r0!, {r4, r5, r6, r7}\n\t"
          "mov r11, r5\n\t"
          "uxth r5, r6\n\t"
          "mov r8, r5\n\t"
          "lsrs r6, r6, #16\n\t"
          "mov r9, r6\n\t"
          "uxth r6, r7\n\t"
          "mov r10, r6\n\t"
          "lsls r5, r7, #8\n\t"
          "lsrs r5, r5, #24\n\t"
          "lsls r2, r7, #1\n\t"
          "lsrs r2, r2, #25\n\t"
          "movs r7, r3\n\t"
          "movs r3, r2\n\t"
          "movs r6, r1\n\t"
          ".p2align 3\n"
          "1:\n\t"
          "ldmia r6!, {r0}\n\t"
          "adds r0, r0, r4\n\t"
          "mov r1, r8\n\t"
          "muls r1, r0, r1\n\t"
          "asrs r1, r1, r5\n\t"
          "mov r2, r9\n\t"
          "muls r2, r0, r2\n\t"
          "adds r1, r1, r2\n\t"
          "asrs r1, r1, r5\n\t"
          "mov r2, r10\n\t"
          "muls r2, r0, r2\n\t"
          "adds r1, r1, r2\n\t"
          "asrs r0, r0, #31\n\t"
          "lsls r0, r0, r5\n\t"
          "adds r1, r1, r0\n\t"
          "add r1, r11\n\t"
          "asrs r1, r1, r3\n\t"
          "sxtb r0, r1\n\t"
          "cmp r0, r1\n\t"
          "bne 3f\n"
          "2:\n\t"
          "strb r1, [r7]\n\t"
          "add r7, r12\n\t"
          "cmp r6, lr\n\t"
          "bne 1b\n\t" THIMBLE_RESTORE_AND_RETURN
          // 127 for what is above int8, -128 for what is below.
          "3:\n\t"
          "asrs r1, r1, #31\n\t"
          "movs r0, #127\n\t"
          "eors r1, r0\n\t"
          "b 2b");
}
#else
inline void store_by_digits(const int32_t* words, const int32_t* sums, const int32_t* end,
                            int8_t* output, int32_t stride) {
  const StagedChannel c(words);
  const auto bias = static_cast<uint32_t>(c.bias);
  for (; sums != end; ++sums, output += stride)
    *output = static_cast<int8_t>(
        rescale_staged(c, static_cast<int32_t>(static_cast<uint32_t>(*sums) + bias)));
}
#endif

// Whether a channel has digits.
inline bool has_digits(const int32_t* words) {
  return (words[kStagedWords - 1] & 0xFF0000) != 0;
}

// One output of any channel.
inline int8_t output_of(const StagedOutput& p, const int32_t* words, int32_t sum) {
  sum = fixed_point::wrapping_add(sum, words[0]);
  int32_t value;
  if (has_digits(words))
    value = rescale_staged(StagedChannel(words), sum);
  else
    value = fixed_point::wrapping_add(fixed_point::rescale(sum, words[1], words[2]),
                                      p.output_zero_point);
  return static_cast<int8_t>(fixed_point::clamp(value, p.min, p.max));
}

// store_by_digits for any channel.
inline void store_staged(const StagedOutput& p, const int32_t* words, const int32_t* sums,
                         int32_t count, int8_t* output, int32_t stride) {
  if (!has_digits(words)) {
    for (; count > 0; --count, output += stride) *output = output_of(p, words, *sums++);
    return;
  }
  store_by_digits(words, sums, sums + count, output, stride);
  if (!p.is_clamped) return;
  for (; count > 0; --count, output += stride)
    *output = static_cast<int8_t>(fixed_point::clamp(*output, p.min, p.max));
}

}  // namespace thimble::kernels
