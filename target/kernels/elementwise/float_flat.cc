// Element-wise arithmetic of floats where neither operand repeats: four elements a turn, read
// before they are written.
#include "kernels/elementwise/binary.h"

namespace thimble::kernels {
namespace {

enum class Range { kNone, kFromBelow, kBoth };

template <Range kRange, typename F>
void combine_flat(const BinaryParams& p, const float* a, const float* b, float* output, F f) {
  const float low = p.float_min, high = p.float_max;
  auto clamped = [low, high](float x) {
    if (kRange != Range::kNone) x = x < low ? low : x;
    if (kRange == Range::kBoth) x = x > high ? high : x;
    return x;
  };
  int32_t left = p.extents[kBinaryLoops - 1];
  for (; left >= 4; left -= 4, a += 4, b += 4, output += 4) {
    const float a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
    const float b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3];
    const float c0 = f(a0, b0), c1 = f(a1, b1), c2 = f(a2, b2), c3 = f(a3, b3);
    output[0] = clamped(c0);
    output[1] = clamped(c1);
    output[2] = clamped(c2);
    output[3] = clamped(c3);
  }
  for (; left > 0; --left) *output++ = clamped(f(*a++, *b++));
}

template <typename F>
void combine_flat(const BinaryParams& p, const float* a, const float* b, float* output, F f) {
  if (p.float_max < __builtin_inff())
    combine_flat<Range::kBoth>(p, a, b, output, f);
  else if (p.float_min > -__builtin_inff())
    combine_flat<Range::kFromBelow>(p, a, b, output, f);
  else
    combine_flat<Range::kNone>(p, a, b, output, f);
}

}  // namespace

void add_f32_flat(const BinaryParams& p, const float* a, const float* b, float* output) {
  combine_flat(p, a, b, output, [](float x, float y) { return x + y; });
}

void sub_f32_flat(const BinaryParams& p, const float* a, const float* b, float* output) {
  combine_flat(p, a, b, output, [](float x, float y) { return x - y; });
}

void mul_f32_flat(const BinaryParams& p, const float* a, const float* b, float* output) {
  combine_flat(p, a, b, output, [](float x, float y) { return x * y; });
}

}  // namespace thimble::kernels
