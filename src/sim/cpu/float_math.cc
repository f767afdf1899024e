#include "sim/cpu/float_math.h"

#include <cfenv>

namespace thimble::sim {
namespace {

constexpr uint32_t kWritableFpscr = 0xF7C0009F;

int host_rounding(uint32_t fpscr) {
  constexpr int kModes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  return kModes[fpscr >> 22 & 3];
}

}  // namespace

void collect_exceptions(CpuState& state) {
  const int raised = std::fetestexcept(FE_ALL_EXCEPT);
  if (raised & FE_INVALID) state.fpscr |= kFloatInvalid;
  if (raised & FE_DIVBYZERO) state.fpscr |= kFloatDivideByZero;
  if (raised & FE_OVERFLOW) state.fpscr |= kFloatOverflow;
  if (raised & FE_UNDERFLOW) state.fpscr |= kFloatUnderflow;
  if (raised & FE_INEXACT) state.fpscr |= kFloatInexact;
  std::feclearexcept(FE_ALL_EXCEPT);
}

void drop_exceptions() {
  std::feclearexcept(FE_ALL_EXCEPT);
}

bool host_underflowed() {
  return std::fetestexcept(FE_UNDERFLOW) != 0;
}

void round_as_fpscr(const CpuState& state) {
  std::fesetround(host_rounding(state.fpscr));
}

void round_towards_zero() {
  std::fesetround(FE_TOWARDZERO);
}

FloatEnvironment::FloatEnvironment(CpuState& state)
    : state_(state), host_rounding_(std::fegetround()) {
  std::feclearexcept(FE_ALL_EXCEPT);
  std::fesetround(host_rounding(state.fpscr));
}

FloatEnvironment::~FloatEnvironment() {
  collect_exceptions(state_);
  std::fesetround(host_rounding_);
}

uint32_t read_fpscr(CpuState& state) {
  collect_exceptions(state);
  return state.fpscr;
}

void write_fpscr(CpuState& state, uint32_t value) {
  std::feclearexcept(FE_ALL_EXCEPT);
  state.fpscr = value & kWritableFpscr;
  std::fesetround(host_rounding(value));
}

template <typename F>
F from_fixed_point(const CpuState& state, int64_t integer, unsigned exponent) {
  std::fesetround(FE_TONEAREST);
  // Volatile, so that the conversion stays between the two changes of mode.
  const volatile int64_t source = integer;
  const volatile F value = static_cast<F>(int64_t{source});
  std::fesetround(host_rounding(state.fpscr));
  return std::ldexp(F{value}, -static_cast<int>(exponent));
}

template float from_fixed_point<float>(const CpuState&, int64_t, unsigned);
template double from_fixed_point<double>(const CpuState&, int64_t, unsigned);

template <typename F>
F from_half(CpuState& state, uint16_t half) {
  constexpr unsigned kFractionBits = sizeof(F) == 4 ? 23 : 52;
  constexpr BitsOf<F> kInfinity =
      sizeof(F) == 4 ? BitsOf<F>{0xFF} << 23 : BitsOf<F>(0x7FFull << 52);
  const BitsOf<F> sign = BitsOf<F>(half >> 15) << (8 * sizeof(F) - 1);
  const uint32_t exponent = half >> 10 & 31;
  const uint32_t fraction = half & 0x3FF;
  if (exponent == 31 && (state.fpscr & kAlternativeHalf) == 0) {
    const BitsOf<F> payload = BitsOf<F>{fraction} << (kFractionBits - 10);
    const auto value = std::bit_cast<F>(static_cast<BitsOf<F>>(sign | kInfinity | payload));
    return fraction == 0 ? value : chosen_nan<F>(state, value);
  }
  const F magnitude =
      exponent == 0 ? std::ldexp(static_cast<F>(fraction), -24)
                    : std::ldexp(static_cast<F>(fraction + 1024), static_cast<int>(exponent) - 25);
  return sign ? -magnitude : magnitude;
}

template <typename F>
uint16_t to_half(CpuState& state, F value) {
  constexpr unsigned kFractionBits = sizeof(F) == 4 ? 23 : 52;
  constexpr uint16_t kInfinity = 0x7C00;
  value = operand(state, value);
  const bool alternative = state.fpscr & kAlternativeHalf;
  const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
  if (is_nan(value)) {
    if (alternative) {
      state.fpscr |= kFloatInvalid;
      return sign;
    }
    const F nan = chosen_nan<F>(state, value);
    const auto payload =
        static_cast<uint16_t>(std::bit_cast<BitsOf<F>>(nan) >> (kFractionBits - 10));
    return static_cast<uint16_t>((std::signbit(nan) ? 0x8000 : 0) | 0x7E00 | (payload & 0x1FF));
  }
  if (std::isinf(value)) {
    if (!alternative) return sign | kInfinity;
    state.fpscr |= kFloatInvalid;
    return sign | 0x7FFF;
  }
  // In units of the last place of the result, rounded as the FPSCR says.
  const double magnitude = std::fabs(double{value});
  int exponent = magnitude == 0 ? -14 : std::ilogb(magnitude);
  if (exponent < -14) exponent = -14;
  const double units = std::ldexp(double{value}, 10 - exponent);
  const double whole = std::fabs(rounded(state, units, Rounding::kCurrent));
  const bool inexact = whole != std::fabs(units);
  // 1024 units and more carry the implicit bit into the exponent field by themselves.
  const double encoded = (exponent + 14) * 1024.0 + whole;
  const double limit = alternative ? 0x8000 : kInfinity;
  if (encoded >= limit) {
    if (alternative) {
      state.fpscr |= kFloatInvalid;
      return sign | 0x7FFF;
    }
    state.fpscr |= kFloatOverflow | kFloatInexact;
    const uint32_t mode = state.fpscr >> 22 & 3;
    const bool to_infinity = mode == 0 || (mode == 1 && !sign) || (mode == 2 && sign);
    return static_cast<uint16_t>(sign | (to_infinity ? kInfinity : kInfinity - 1));
  }
  if (inexact) state.fpscr |= kFloatInexact | (magnitude < 0x1p-14 ? kFloatUnderflow : 0);
  return static_cast<uint16_t>(sign | static_cast<uint16_t>(encoded));
}

template float from_half<float>(CpuState&, uint16_t);
template double from_half<double>(CpuState&, uint16_t);
template uint16_t to_half<float>(CpuState&, float);
template uint16_t to_half<double>(CpuState&, double);

}  // namespace thimble::sim
