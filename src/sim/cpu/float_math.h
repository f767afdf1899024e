// Floating-point arithmetic of the Arm unit on the host's: the same IEEE 754 operations, and what
// the two do differently. Single and double precision.
//
// The host's rounding mode follows FPSCR.RMode, and the host's exception flags stand in for the
// cumulative bits of the FPSCR until they are asked for; FloatEnvironment keeps the two together.
// Different from the host: which NaN results, default-NaN mode, flush-to-zero mode.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "sim/cpu/state.h"

namespace thimble::sim {

inline constexpr uint32_t kFloatInvalid = 1u << 0;  // cumulative bits of the FPSCR
inline constexpr uint32_t kFloatDivideByZero = 1u << 1;
inline constexpr uint32_t kFloatOverflow = 1u << 2;
inline constexpr uint32_t kFloatUnderflow = 1u << 3;
inline constexpr uint32_t kFloatInexact = 1u << 4;
inline constexpr uint32_t kFloatInputDenormal = 1u << 7;
inline constexpr uint32_t kFloatCumulative = 0x9F;
inline constexpr uint32_t kFlushToZero = 1u << 24;
inline constexpr uint32_t kDefaultNan = 1u << 25;
inline constexpr uint32_t kAlternativeHalf = 1u << 26;

// While it lives, the host computes as the FPSCR says; at its end the host is as it was before.
class FloatEnvironment {
 public:
  explicit FloatEnvironment(CpuState& state);
  ~FloatEnvironment();
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

 private:
  CpuState& state_;
  int host_rounding_;
};

uint32_t read_fpscr(CpuState& state);
void write_fpscr(CpuState& state, uint32_t value);

template <typename F>
using BitsOf = std::conditional_t<sizeof(F) == 4, uint32_t, uint64_t>;

template <typename F>
constexpr BitsOf<F> kQuietBit = BitsOf<F>{1} << (sizeof(F) == 4 ? 22 : 51);

template <typename F>
F default_nan() {
  constexpr BitsOf<F> kExponent =
      sizeof(F) == 4 ? BitsOf<F>{0xFF} << 23 : BitsOf<F>(0x7FFull << 52);
  return std::bit_cast<F>(static_cast<BitsOf<F>>(kExponent | kQuietBit<F>));
}

template <typename F>
bool is_nan(F value) {
  return value != value;
}

template <typename F>
bool is_signaling(F value) {
  return is_nan(value) && (std::bit_cast<BitsOf<F>>(value) & kQuietBit<F>) == 0;
}

template <typename F>
F quieted(const CpuState& state, F nan) {
  if (state.fpscr & kDefaultNan) return default_nan<F>();
  return std::bit_cast<F>(static_cast<BitsOf<F>>(std::bit_cast<BitsOf<F>>(nan) | kQuietBit<F>));
}

template <typename F>
F negated(F value) {
  constexpr BitsOf<F> kSign = BitsOf<F>{1} << (8 * sizeof(F) - 1);
  return std::bit_cast<F>(static_cast<BitsOf<F>>(std::bit_cast<BitsOf<F>>(value) ^ kSign));
}

// The NaN that an operation on these operands gives: a signaling one first, else the first.
template <typename F, typename... Fs>
F chosen_nan(CpuState& state, Fs... operands) {
  F result = default_nan<F>();
  bool found = false;
  const auto consider = [&](F operand, bool wanted) {
    if (found || !wanted) return;
    found = true;
    result = quieted(state, operand);
  };
  (consider(operands, is_signaling(operands)), ...);
  if (found) state.fpscr |= kFloatInvalid;
  (consider(operands, is_nan(operands)), ...);
  return result;
}

template <typename F>
bool is_denormal(F value) {
  // By its bits: comparing a NaN would raise an exception on the host.
  constexpr BitsOf<F> kMagnitude = std::numeric_limits<BitsOf<F>>::max() >> 1;
  constexpr auto kSmallestNormal = std::bit_cast<BitsOf<F>>(std::numeric_limits<F>::min());
  return (std::bit_cast<BitsOf<F>>(value) & kMagnitude) - 1 < kSmallestNormal - 1;
}

// An operand as the unit sees it: in flush-to-zero mode a denormal one counts as zero.
template <typename F>
F operand(CpuState& state, F value) {
  if ((state.fpscr & kFlushToZero) == 0 || !is_denormal(value)) [[likely]]
    return value;
  state.fpscr |= kFloatInputDenormal;
  return std::copysign(F{0}, value);
}

// Moves the exceptions that the host has noted to the FPSCR.
void collect_exceptions(CpuState& state);
// Forgets those that it noted since.
void drop_exceptions();
bool host_underflowed();

// Sets the host's rounding mode to the FPSCR's, or to another for a while.
void round_as_fpscr(const CpuState& state);
void round_towards_zero();

// The compiler does not know that arithmetic depends on the rounding mode and sets flags. These are
// not inlined, so that operands are loaded after the call in front; the volatile result is computed
// before the call behind.

// The same result rounded towards zero.
template <typename Function>
[[gnu::noinline]] auto computed_towards_zero(const CpuState& state, const Function& function) {
  round_towards_zero();
  const volatile auto result = function();
  round_as_fpscr(state);
  return decltype(function()){result};
}

// The result and nothing but its own exceptions noted by the host.
template <typename Function>
[[gnu::noinline]] auto computed_alone(CpuState& state, const Function& function) {
  collect_exceptions(state);
  const volatile auto result = function();
  return decltype(function()){result};
}

// Computes a result. In flush-to-zero mode a denormal one becomes zero, which raises underflow and
// nothing else. The unit finds out that a result is tiny before it rounds, the host afterwards:
// that matters when rounding makes it the smallest normal number.
template <typename Function>
auto computed(CpuState& state, const Function& function) {
  using F = decltype(function());
  constexpr F kSmallest = std::numeric_limits<F>::min();
  const bool flushes = state.fpscr & kFlushToZero;
  F result = flushes ? computed_alone(state, function) : function();
  bool tiny = is_denormal(result);
  if (result == kSmallest || result == -kSmallest) [[unlikely]] {
    tiny = is_denormal(computed_towards_zero(state, function));
    if (tiny && !flushes) state.fpscr |= kFloatUnderflow | kFloatInexact;
  }
  if (flushes && (tiny || (result == 0 && host_underflowed()))) [[unlikely]] {
    drop_exceptions();
    state.fpscr |= kFloatUnderflow;
    result = std::copysign(F{0}, result);
  }
  return result;
}

struct Add {
  template <typename F>
  F operator()(F a, F b) const {
    return a + b;
  }
};
struct Subtract {
  template <typename F>
  F operator()(F a, F b) const {
    return a - b;
  }
};
struct Multiply {
  template <typename F>
  F operator()(F a, F b) const {
    return a * b;
  }
};
struct Divide {
  template <typename F>
  F operator()(F a, F b) const {
    return a / b;
  }
};

template <typename Op, typename F>
F compute(CpuState& state, F a, F b) {
  a = operand(state, a);
  b = operand(state, b);
  const F result = computed(state, [&] { return Op{}(a, b); });
  if (is_nan(result)) [[unlikely]]
    return chosen_nan<F>(state, a, b);
  return result;
}

// addend + a * b, rounded once.
template <typename F>
F fused_multiply_add(CpuState& state, F addend, F a, F b) {
  addend = operand(state, addend);
  a = operand(state, a);
  b = operand(state, b);
  const F result = computed(state, [&] { return std::fma(a, b, addend); });
  if (is_nan(result)) [[unlikely]] {
    const bool no_product = (std::isinf(a) && b == 0) || (a == 0 && std::isinf(b));
    if (no_product && is_nan(addend) && !is_signaling(addend)) {
      state.fpscr |= kFloatInvalid;
      return default_nan<F>();
    }
    return chosen_nan<F>(state, addend, a, b);
  }
  return result;
}

template <typename F>
F square_root(CpuState& state, F value) {
  value = operand(state, value);
  const F result = std::sqrt(value);
  return is_nan(result) ? chosen_nan<F>(state, value) : result;
}

enum class Rounding : uint8_t { kNearestEven, kUp, kDown, kZero, kNearestAway, kCurrent };

// The integer part, by its bits, so that the host notes nothing.
template <typename F>
F truncated(F value) {
  constexpr int kFractionBits = sizeof(F) == 4 ? 23 : 52;
  constexpr int kBias = sizeof(F) == 4 ? 127 : 1023;
  const auto pattern = std::bit_cast<BitsOf<F>>(value);
  const int exponent = static_cast<int>(pattern >> kFractionBits & (2 * kBias + 1)) - kBias;
  if (exponent >= kFractionBits) return value;
  const int lost = exponent < 0 ? 8 * static_cast<int>(sizeof(F)) - 1 : kFractionBits - exponent;
  return std::bit_cast<F>(static_cast<BitsOf<F>>(pattern >> lost << lost));
}

// To an integer in floating point, without noting that it was inexact. Not for NaN.
template <typename F>
F rounded(const CpuState& state, F value, Rounding how) {
  if (how == Rounding::kCurrent) how = static_cast<Rounding>(state.fpscr >> 22 & 3);
  const F whole = truncated(value);
  const F rest = std::fabs(value - whole);  // exact
  bool away = false;                        // from zero
  switch (how) {
    case Rounding::kNearestEven:
      away = rest > F{0.5} || (rest == F{0.5} && truncated(whole / 2) * 2 != whole);
      break;
    case Rounding::kUp:
      away = rest > 0 && !std::signbit(value);
      break;
    case Rounding::kDown:
      away = rest > 0 && std::signbit(value);
      break;
    case Rounding::kNearestAway:
      away = rest >= F{0.5};
      break;
    case Rounding::kZero:
    case Rounding::kCurrent:
      break;
  }
  return away ? whole + std::copysign(F{1}, value) : whole;
}

// To a whole number in [low, high], saturating; NaN gives 0.
template <typename F>
int64_t to_integer(CpuState& state, F value, Rounding how, int64_t low, int64_t high) {
  value = operand(state, value);
  if (is_nan(value)) {
    state.fpscr |= kFloatInvalid;
    return 0;
  }
  const F whole = std::isinf(value) ? value : rounded(state, value, how);
  // The bounds as doubles are exact; a float is compared as one.
  if (double{whole} < static_cast<double>(low) || double{whole} > static_cast<double>(high)) {
    state.fpscr |= kFloatInvalid;
    return whole < 0 ? low : high;
  }
  if (whole != value) state.fpscr |= kFloatInexact;
  return static_cast<int64_t>(whole);
}

// value * 2^exponent for 0 <= exponent <= 32 before it is made an integer: exact, or so large that
// it saturates anyway.
template <typename F>
double scaled_up(F value, unsigned exponent) {
  constexpr double kLarge = 0x1p100;
  const double wide = value;
  return wide > -kLarge && wide < kLarge ? wide * static_cast<double>(uint64_t{1} << exponent)
                                         : wide;
}

// An integer times 2^-exponent, rounded to nearest whatever the mode.
template <typename F>
F from_fixed_point(const CpuState& state, int64_t integer, unsigned exponent);

// Half precision, in the alternative format if the FPSCR says so. F: float or double.
template <typename F>
F from_half(CpuState& state, uint16_t half);
template <typename F>
uint16_t to_half(CpuState& state, F value);

}  // namespace thimble::sim
