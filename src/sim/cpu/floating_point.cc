// The floating-point unit: decoding and execution of its arithmetic (Armv7-M manual, section A6).
// Loads, stores and moves are in float_moves.cc.
#include "sim/cpu/condition.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/float_math.h"
#include "sim/cpu/float_moves.h"

namespace thimble::sim {
namespace {

template <typename F>
F get(const CpuState& state, unsigned word) {
  F value;
  std::memcpy(&value, &state.s[word], sizeof(F));
  return value;
}

template <typename F>
void set(CpuState& state, unsigned word, F value) {
  std::memcpy(&state.s[word], &value, sizeof(F));
}

// --- Arithmetic of two operands ------------------------------------------------------------------

template <typename F, typename Op, bool kNegate = false>
const Operation* arithmetic(Context& x, const Operation* o) {
  const F result = compute<Op>(x.state, get<F>(x.state, o->n), get<F>(x.state, o->m));
  set(x.state, o->d, kNegate ? negated(result) : result);
  return o + 1;
}

// VMLA and relatives: the product is rounded, then the sum.
template <typename F, bool kNegateProduct, bool kNegateAddend>
const Operation* multiply_accumulate(Context& x, const Operation* o) {
  const F product = compute<Multiply>(x.state, get<F>(x.state, o->n), get<F>(x.state, o->m));
  const F addend = get<F>(x.state, o->d);
  set(x.state, o->d,
      compute<Add>(x.state, kNegateAddend ? negated(addend) : addend,
                   kNegateProduct ? negated(product) : product));
  return o + 1;
}

template <typename F, bool kNegateFactor, bool kNegateAddend>
const Operation* fused(Context& x, const Operation* o) {
  const F a = get<F>(x.state, o->n);
  const F addend = get<F>(x.state, o->d);
  set(x.state, o->d,
      fused_multiply_add(x.state, kNegateAddend ? negated(addend) : addend,
                         kNegateFactor ? negated(a) : a, get<F>(x.state, o->m)));
  return o + 1;
}

template <typename F>
Handler arithmetic_handler(unsigned op, bool variant) {
  switch (op) {
    case 0:
      return variant ? multiply_accumulate<F, true, false> : multiply_accumulate<F, false, false>;
    case 1:
      return variant ? multiply_accumulate<F, true, true> : multiply_accumulate<F, false, true>;
    case 2:
      return variant ? arithmetic<F, Multiply, true> : arithmetic<F, Multiply>;
    case 3:
      return variant ? arithmetic<F, Subtract> : arithmetic<F, Add>;
    case 4:
      return variant ? nullptr : arithmetic<F, Divide>;
    case 5:
      return variant ? fused<F, true, true> : fused<F, false, true>;
    default:
      return variant ? fused<F, true, false> : fused<F, false, false>;
  }
}

// --- One operand ---------------------------------------------------------------------------------

template <typename F>
const Operation* absolute(Context& x, const Operation* o) {
  const F value = get<F>(x.state, o->m);
  set(x.state, o->d, std::signbit(value) ? negated(value) : value);
  return o + 1;
}

template <typename F>
const Operation* negate(Context& x, const Operation* o) {
  set(x.state, o->d, negated(get<F>(x.state, o->m)));
  return o + 1;
}

template <typename F>
const Operation* root(Context& x, const Operation* o) {
  set(x.state, o->d, square_root(x.state, get<F>(x.state, o->m)));
  return o + 1;
}

template <typename F, bool kWithZero, bool kSignaling>
const Operation* compare(Context& x, const Operation* o) {
  CpuState& state = x.state;
  const F a = operand(state, get<F>(state, o->d));
  const F b = kWithZero ? F{0} : operand(state, get<F>(state, o->m));
  uint32_t flags;
  if (is_nan(a) || is_nan(b)) {
    flags = 0b0011;
    if (kSignaling || is_signaling(a) || is_signaling(b)) state.fpscr |= kFloatInvalid;
  } else if (a == b) {
    flags = 0b0110;
  } else {
    flags = a < b ? 0b1000 : 0b0010;
  }
  state.fpscr = (state.fpscr & 0x0FFFFFFF) | flags << 28;
  return o + 1;
}

template <typename F, Rounding kHow, bool kExact>
const Operation* round_to_integral(Context& x, const Operation* o) {
  CpuState& state = x.state;
  const F value = operand(state, get<F>(state, o->m));
  F result;
  if (is_nan(value)) {
    result = chosen_nan<F>(state, value);
  } else {
    result = std::isinf(value) ? value : rounded(state, value, kHow);
    if (kExact && result != value) state.fpscr |= kFloatInexact;
  }
  set(state, o->d, result);
  return o + 1;
}

// --- Conversions ---------------------------------------------------------------------------------

template <typename F, bool kSigned, Rounding kHow>
const Operation* to_word(Context& x, const Operation* o) {
  constexpr int64_t kLow = kSigned ? INT32_MIN : 0;
  constexpr int64_t kHigh = kSigned ? INT32_MAX : UINT32_MAX;
  const int64_t value = to_integer(x.state, get<F>(x.state, o->m), kHow, kLow, kHigh);
  x.state.s[o->d] = static_cast<uint32_t>(value);
  return o + 1;
}

template <typename F, bool kSigned>
const Operation* from_word(Context& x, const Operation* o) {
  const uint32_t word = x.state.s[o->m];
  set(x.state, o->d, kSigned ? static_cast<F>(static_cast<int32_t>(word)) : static_cast<F>(word));
  return o + 1;
}

// Fixed point of imm fraction bits in the register itself; T is its integer.
template <typename F, typename T>
const Operation* from_fixed(Context& x, const Operation* o) {
  const auto integer = static_cast<T>(x.state.s[o->d]);
  set(x.state, o->d, from_fixed_point<F>(x.state, integer, o->imm));
  return o + 1;
}

template <typename F, typename T>
const Operation* to_fixed(Context& x, const Operation* o) {
  const F value = operand(x.state, get<F>(x.state, o->d));
  const int64_t integer = to_integer(x.state, scaled_up(value, o->imm), Rounding::kZero,
                                     std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  x.state.s[o->d] = static_cast<uint32_t>(integer);
  if constexpr (sizeof(F) == 8) x.state.s[o->d + 1] = integer < 0 ? 0xFFFFFFFF : 0;
  return o + 1;
}

const Operation* single_to_double(Context& x, const Operation* o) {
  const float value = operand(x.state, get<float>(x.state, o->m));
  double result = value;
  if (is_nan(value)) {
    const bool signaling = is_signaling(value);
    if (signaling) x.state.fpscr |= kFloatInvalid;
    result = quieted(x.state, result);
  }
  set(x.state, o->d, result);
  return o + 1;
}

const Operation* double_to_single(Context& x, const Operation* o) {
  const double value = operand(x.state, get<double>(x.state, o->m));
  float result = computed(x.state, [&] { return static_cast<float>(value); });
  if (is_nan(value)) {
    if (is_signaling(value)) x.state.fpscr |= kFloatInvalid;
    result = quieted(x.state, result);
  }
  set(x.state, o->d, result);
  return o + 1;
}

// VCVTB and VCVTT: a is 16 for the upper half of the single-precision register.
template <typename F>
const Operation* convert_from_half(Context& x, const Operation* o) {
  set(x.state, o->d, from_half<F>(x.state, static_cast<uint16_t>(x.state.s[o->m] >> o->a)));
  return o + 1;
}
template <typename F>
const Operation* convert_to_half(Context& x, const Operation* o) {
  const uint32_t half = to_half(x.state, get<F>(x.state, o->m));
  x.state.s[o->d] = (x.state.s[o->d] & ~(0xFFFFu << o->a)) | half << o->a;
  return o + 1;
}

template <typename F>
Handler to_word_handler(bool is_signed, Rounding how) {
  switch (how) {
    case Rounding::kNearestAway:
      return is_signed ? to_word<F, true, Rounding::kNearestAway>
                       : to_word<F, false, Rounding::kNearestAway>;
    case Rounding::kNearestEven:
      return is_signed ? to_word<F, true, Rounding::kNearestEven>
                       : to_word<F, false, Rounding::kNearestEven>;
    case Rounding::kUp:
      return is_signed ? to_word<F, true, Rounding::kUp> : to_word<F, false, Rounding::kUp>;
    case Rounding::kDown:
      return is_signed ? to_word<F, true, Rounding::kDown> : to_word<F, false, Rounding::kDown>;
    case Rounding::kZero:
      return is_signed ? to_word<F, true, Rounding::kZero> : to_word<F, false, Rounding::kZero>;
    case Rounding::kCurrent:
      return is_signed ? to_word<F, true, Rounding::kCurrent>
                       : to_word<F, false, Rounding::kCurrent>;
  }
  return nullptr;
}

template <typename F>
Handler fixed_handler(bool to, bool is_unsigned, bool words) {
  if (to) {
    if (words) return is_unsigned ? to_fixed<F, uint32_t> : to_fixed<F, int32_t>;
    return is_unsigned ? to_fixed<F, uint16_t> : to_fixed<F, int16_t>;
  }
  if (words) return is_unsigned ? from_fixed<F, uint32_t> : from_fixed<F, int32_t>;
  return is_unsigned ? from_fixed<F, uint16_t> : from_fixed<F, int16_t>;
}

// --- Armv8 additions (FPv5) ----------------------------------------------------------------------

template <typename F, unsigned kCondition>
const Operation* select(Context& x, const Operation* o) {
  const unsigned from = condition_holds<kCondition>(x.state) ? o->n : o->m;
  set(x.state, o->d, get<F>(x.state, from));
  return o + 1;
}

// Of a quiet NaN and a number the number; +0 is above -0.
template <typename F, bool kMaximum>
const Operation* extreme(Context& x, const Operation* o) {
  CpuState& state = x.state;
  const F a = operand(state, get<F>(state, o->n));
  const F b = operand(state, get<F>(state, o->m));
  F result;
  if (is_signaling(a) || is_signaling(b) || (is_nan(a) && is_nan(b))) {
    result = chosen_nan<F>(state, a, b);
  } else if (is_nan(a) || is_nan(b)) {
    result = is_nan(a) ? b : a;
  } else if (a == b) {
    const bool take_a = std::signbit(a) != kMaximum;
    result = take_a ? a : b;
  } else {
    result = (a > b) == kMaximum ? a : b;
  }
  set(state, o->d, result);
  return o + 1;
}

template <typename F>
Handler v5_handler(uint32_t code) {
  constexpr Rounding kDirected[] = {Rounding::kNearestAway, Rounding::kNearestEven, Rounding::kUp,
                                    Rounding::kDown};
  if (!bit(code, 23)) {
    if (bit(code, 6)) return nullptr;
    constexpr Handler kSelect[] = {select<F, 0>, select<F, 6>, select<F, 10>, select<F, 12>};
    return kSelect[bits(code, 21, 20)];
  }
  if (bits(code, 21, 20) == 0) return bit(code, 6) ? extreme<F, false> : extreme<F, true>;
  if (bits(code, 21, 20) != 3 || !bit(code, 6)) return nullptr;
  const unsigned how = bits(code, 17, 16);
  if (bits(code, 19, 18) == 2 && !bit(code, 7)) {
    constexpr Handler kRound[] = {round_to_integral<F, Rounding::kNearestAway, false>,
                                  round_to_integral<F, Rounding::kNearestEven, false>,
                                  round_to_integral<F, Rounding::kUp, false>,
                                  round_to_integral<F, Rounding::kDown, false>};
    return kRound[how];
  }
  if (bits(code, 19, 18) == 3) return to_word_handler<F>(bit(code, 7), kDirected[how]);
  return nullptr;
}

// --- Decoding ------------------------------------------------------------------------------------

struct Registers {
  unsigned d_single, d_double, n, m_single, m_double;
};

uint8_t single_at(uint32_t code, unsigned field, unsigned low_bit) {
  return static_cast<uint8_t>(bits(code, field + 3, field) << 1 | bits(code, low_bit, low_bit));
}
// The first word of a double-precision register.
uint8_t double_at(uint32_t code, unsigned field) {
  return static_cast<uint8_t>(bits(code, field + 3, field) << 1);
}
uint8_t register_of(uint32_t code, bool doubles, unsigned field, unsigned low_bit) {
  return doubles ? double_at(code, field) : single_at(code, field, low_bit);
}

// Instructions with one operand: opcode 111 of the data-processing table, opc2 in bits 19 to 16.
template <typename F>
Handler unary_handler(uint32_t code, const InstructionSet& features, Operation& op) {
  constexpr bool kDoubles = sizeof(F) == 8;
  const bool upper = bit(code, 7);
  const unsigned opc2 = bits(code, 19, 16);
  switch (opc2) {
    case 0:
      return upper ? absolute<F> : float_copy(kDoubles);
    case 1:
      return upper ? root<F> : negate<F>;
    case 2:
    case 3:
      op.a = upper ? 16 : 0;
      (opc2 == 2 ? op.m : op.d) = single_at(code, opc2 == 2 ? 0 : 12, opc2 == 2 ? 5 : 22);
      return opc2 == 2 ? convert_from_half<F> : convert_to_half<F>;
    case 4:
      return upper ? compare<F, false, true> : compare<F, false, false>;
    case 5:
      return upper ? compare<F, true, true> : compare<F, true, false>;
    case 6:
      if (!features.float_v5) return nullptr;
      return upper ? round_to_integral<F, Rounding::kZero, false>
                   : round_to_integral<F, Rounding::kCurrent, false>;
    case 7:
      if (!upper)
        return features.float_v5 ? round_to_integral<F, Rounding::kCurrent, true> : nullptr;
      if (!features.doubles) return nullptr;
      op.d = register_of(code, !kDoubles, 12, 22);
      return kDoubles ? double_to_single : single_to_double;
    case 8:
      op.m = single_at(code, 0, 5);
      return upper ? from_word<F, true> : from_word<F, false>;
    case 12:
    case 13:
      op.d = single_at(code, 12, 22);
      return to_word_handler<F>(opc2 == 13, upper ? Rounding::kZero : Rounding::kCurrent);
    case 10:
    case 11:
    case 14:
    case 15: {
      const unsigned size = upper ? 32 : 16;
      const unsigned field = bits(code, 3, 0) << 1 | bits(code, 5, 5);
      if (field > size) return nullptr;
      op.imm = size - field;
      return fixed_handler<F>(bit(code, 18), bit(code, 16), upper);
    }
    default:
      return nullptr;
  }
}

template <typename F>
void decode_arithmetic(uint32_t code, const InstructionSet& features, Decoded& out) {
  Operation& op = out.op;
  constexpr bool kDoubles = sizeof(F) == 8;
  if (kDoubles && !features.doubles) return;
  op.d = register_of(code, kDoubles, 12, 22);
  op.n = register_of(code, kDoubles, 16, 7);
  op.m = register_of(code, kDoubles, 0, 5);
  if (bits(code, 31, 24) == 0xFE) {
    if (!features.float_v5) return;
    const bool converts = bit(code, 23) && bits(code, 21, 18) == 0b1111;
    if (converts) op.d = single_at(code, 12, 22);
    op.run = v5_handler<F>(code);
    out.reads_flags = bit(code, 23) ? 0 : kAllFlags;
    return;
  }
  const unsigned opc1 = bits(code, 23, 23) << 2 | bits(code, 21, 20);
  if (opc1 != 7) {
    op.run = arithmetic_handler<F>(opc1, bit(code, 6));
  } else if (!bit(code, 6)) {
    decode_float_constant(code, kDoubles, op);
  } else {
    op.run = unary_handler<F>(code, features, op);
  }
}

}  // namespace

bool decode_float(uint32_t code, const Site& site, Decoded& out) {
  const bool is_unit = bits(code, 11, 9) == 0b101;
  if (!site.features.floats || !is_unit) return false;
  out.op.is_float = true;
  const unsigned top = bits(code, 31, 24);
  if ((top == 0xEE || top == 0xFE) && !bit(code, 4)) {
    if (bit(code, 8)) {
      decode_arithmetic<double>(code, site.features, out);
    } else {
      decode_arithmetic<float>(code, site.features, out);
    }
  } else if (bits(code, 31, 28) == 0xE) {
    decode_float_move(code, site, out);
  }
  return out.op.run != nullptr;
}

}  // namespace thimble::sim
