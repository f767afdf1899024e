// Instructions on parts of registers: extension, reversal, parallel and saturating arithmetic,
// packing. Decoding and execution.
#include "sim/cpu/alu.h"
#include "sim/cpu/arithmetic.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/operands.h"

namespace thimble::sim {
namespace {

// --- Extension -----------------------------------------------------------------------------------

template <typename T>
uint32_t extended(uint32_t value) {
  return static_cast<uint32_t>(static_cast<T>(value));
}

// The two bytes 0 and 2 of a word, each extended to a half-word.
template <bool kSigned>
uint32_t extended_bytes(uint32_t value) {
  if constexpr (!kSigned) return value & 0x00FF00FF;
  return (extended<int8_t>(value) & 0xFFFF) | extended<int8_t>(value >> 16) << 16;
}

uint32_t add_halves(uint32_t a, uint32_t b) {
  return ((a + b) & 0xFFFF) | ((a & 0xFFFF0000) + (b & 0xFFFF0000));
}

template <auto kExtend>
const Operation* extend(Context& x, const Operation* o) {
  x.state.r[o->d] = kExtend(rotate_right(x.state.r[o->m], o->a));
  return o + 1;
}
template <auto kExtend>
const Operation* extend_add(Context& x, const Operation* o) {
  x.state.r[o->d] = x.state.r[o->n] + kExtend(rotate_right(x.state.r[o->m], o->a));
  return o + 1;
}
template <auto kExtend>
const Operation* extend_add_halves(Context& x, const Operation* o) {
  x.state.r[o->d] = add_halves(x.state.r[o->n], kExtend(rotate_right(x.state.r[o->m], o->a)));
  return o + 1;
}

Handler extend_handler(unsigned op, bool adds) {
  switch (op) {
    case 0:
      return adds ? extend_add<extended<int16_t>> : extend<extended<int16_t>>;
    case 1:
      return adds ? extend_add<extended<uint16_t>> : extend<extended<uint16_t>>;
    case 2:
      return adds ? extend_add_halves<extended_bytes<true>> : extend<extended_bytes<true>>;
    case 3:
      return adds ? extend_add_halves<extended_bytes<false>> : extend<extended_bytes<false>>;
    case 4:
      return adds ? extend_add<extended<int8_t>> : extend<extended<int8_t>>;
    case 5:
      return adds ? extend_add<extended<uint8_t>> : extend<extended<uint8_t>>;
    default:
      return nullptr;
  }
}

// --- Reversal ------------------------------------------------------------------------------------

uint32_t reverse_bytes(uint32_t value) {
  return value << 24 | (value & 0xFF00) << 8 | (value >> 8 & 0xFF00) | value >> 24;
}
uint32_t reverse_bytes_of_halves(uint32_t value) {
  return (value & 0x00FF00FF) << 8 | (value >> 8 & 0x00FF00FF);
}
uint32_t reverse_bytes_of_low_half(uint32_t value) {
  return extended<int16_t>(reverse_bytes_of_halves(value));
}
uint32_t reverse_bits(uint32_t value) {
  uint32_t result = 0;
  for (unsigned i = 0; i < 32; ++i) result |= (value >> i & 1) << (31 - i);
  return result;
}
uint32_t count_leading_zeros(uint32_t value) {
  return static_cast<uint32_t>(std::countl_zero(value));
}

// --- Parallel arithmetic -------------------------------------------------------------------------

enum class Lanes : uint8_t {
  kAdd8,
  kAdd16,
  kExchangeAddSubtract,
  kSubtract8,
  kSubtract16,
  kExchangeSubtractAdd,
  kNone
};
enum class Form : uint8_t { kPlain, kSaturating, kHalving };

// One lane of `kWidth` bits: the sum or difference in full precision, and what is kept of it. A
// plain form sets the lane's GE bits, which `ge` collects.
template <bool kSigned, Form kForm, unsigned kWidth>
uint32_t lane(uint32_t a, uint32_t b, bool subtract, unsigned shift, uint32_t& ge) {
  constexpr uint32_t kMask = (1u << kWidth) - 1;
  a = a >> shift & kMask;
  b = b >> shift & kMask;
  const auto value = [](uint32_t raw) {
    return as_signed(kSigned ? sign_extend(raw, kWidth) : raw);
  };
  const int32_t exact = subtract ? value(a) - value(b) : value(a) + value(b);
  int32_t kept = exact;
  if constexpr (kForm == Form::kSaturating) {
    uint32_t ignored = 0;
    constexpr int32_t kLow = kSigned ? -(1 << (kWidth - 1)) : 0;
    constexpr int32_t kHigh = kSigned ? (1 << (kWidth - 1)) - 1 : (1 << kWidth) - 1;
    kept = static_cast<int32_t>(saturate(exact, kLow, kHigh, ignored));
  } else if constexpr (kForm == Form::kHalving) {
    kept = exact >> 1;
  } else {
    const bool greater_or_equal = kSigned || subtract ? exact >= 0 : exact > as_signed(kMask);
    constexpr uint32_t kLaneBits = kWidth == 8 ? 1 : 3;
    if (greater_or_equal) ge |= kLaneBits << (shift / 8);
  }
  return (static_cast<uint32_t>(kept) & kMask) << shift;
}

template <bool kSigned, Form kForm, Lanes kLanes>
uint32_t parallel(CpuState& state, uint32_t n, uint32_t m) {
  uint32_t ge = 0;
  uint32_t result = 0;
  if constexpr (kLanes == Lanes::kAdd8 || kLanes == Lanes::kSubtract8) {
    for (unsigned shift = 0; shift < 32; shift += 8)
      result |= lane<kSigned, kForm, 8>(n, m, kLanes == Lanes::kSubtract8, shift, ge);
  } else {
    constexpr bool kExchange =
        kLanes == Lanes::kExchangeAddSubtract || kLanes == Lanes::kExchangeSubtractAdd;
    constexpr bool kLowSubtracts =
        kLanes == Lanes::kSubtract16 || kLanes == Lanes::kExchangeAddSubtract;
    constexpr bool kHighSubtracts =
        kLanes == Lanes::kSubtract16 || kLanes == Lanes::kExchangeSubtractAdd;
    if constexpr (kExchange) m = rotate_right(m, 16);
    result = lane<kSigned, kForm, 16>(n, m, kLowSubtracts, 0, ge) |
             lane<kSigned, kForm, 16>(n, m, kHighSubtracts, 16, ge);
  }
  if constexpr (kForm == Form::kPlain) state.ge = ge;
  return result;
}

template <bool kSigned, Form kForm>
Handler parallel_with_form(unsigned lanes) {
  switch (lanes) {
    case 0:
      return binary_with_state<parallel<kSigned, kForm, Lanes::kAdd8>>;
    case 1:
      return binary_with_state<parallel<kSigned, kForm, Lanes::kAdd16>>;
    case 2:
      return binary_with_state<parallel<kSigned, kForm, Lanes::kExchangeAddSubtract>>;
    case 4:
      return binary_with_state<parallel<kSigned, kForm, Lanes::kSubtract8>>;
    case 5:
      return binary_with_state<parallel<kSigned, kForm, Lanes::kSubtract16>>;
    case 6:
      return binary_with_state<parallel<kSigned, kForm, Lanes::kExchangeSubtractAdd>>;
    default:
      return nullptr;
  }
}

// The encoding: three bits say which lanes, three which form.
Handler parallel_handler(unsigned lanes, unsigned form) {
  switch (form) {
    case 0:
      return parallel_with_form<true, Form::kPlain>(lanes);
    case 1:
      return parallel_with_form<true, Form::kSaturating>(lanes);
    case 2:
      return parallel_with_form<true, Form::kHalving>(lanes);
    case 4:
      return parallel_with_form<false, Form::kPlain>(lanes);
    case 5:
      return parallel_with_form<false, Form::kSaturating>(lanes);
    case 6:
      return parallel_with_form<false, Form::kHalving>(lanes);
    default:
      return nullptr;
  }
}

uint32_t select_bytes(CpuState& state, uint32_t n, uint32_t m) {
  uint32_t mask = 0;
  for (unsigned i = 0; i < 4; ++i)
    if (state.ge >> i & 1) mask |= 0xFFu << (8 * i);
  return (n & mask) | (m & ~mask);
}

// --- Saturating arithmetic -----------------------------------------------------------------------

uint32_t saturate_word(CpuState& state, int64_t value) {
  return static_cast<uint32_t>(saturate(value, INT32_MIN, INT32_MAX, state.q));
}

// QADD and relatives: m is the first operand in the manual's syntax.
template <bool kDouble, bool kSubtract>
uint32_t saturating_add(CpuState& state, uint32_t n, uint32_t m) {
  int64_t second = as_signed(n);
  if constexpr (kDouble) second = as_signed(saturate_word(state, second * 2));
  return saturate_word(state, kSubtract ? as_signed(m) - second : as_signed(m) + second);
}

// SSAT and USAT: imm is the number of bits, a the shift, m != 0 an arithmetic right shift.
template <bool kSigned>
int64_t saturate_to_bits(int64_t value, uint32_t width, uint32_t& q) {
  if constexpr (kSigned)
    return saturate(value, -(int64_t{1} << (width - 1)), (int64_t{1} << (width - 1)) - 1, q);
  return saturate(value, 0, (int64_t{1} << width) - 1, q);
}

template <bool kSigned, bool kRight>
const Operation* saturate_shifted(Context& x, const Operation* o) {
  const uint32_t source = x.state.r[o->n];
  // A left shift is of 32 bits: what leaves at the top is lost before the saturation.
  const int64_t value = kRight ? as_signed(source) >> o->a : as_signed(source << o->a);
  x.state.r[o->d] = static_cast<uint32_t>(saturate_to_bits<kSigned>(value, o->imm, x.state.q));
  return o + 1;
}

template <bool kSigned>
const Operation* saturate_halves(Context& x, const Operation* o) {
  const uint32_t source = x.state.r[o->n];
  const auto low = saturate_to_bits<kSigned>(low_half(source), o->imm, x.state.q);
  const auto high = saturate_to_bits<kSigned>(high_half(source), o->imm, x.state.q);
  x.state.r[o->d] = (static_cast<uint32_t>(low) & 0xFFFF) | static_cast<uint32_t>(high) << 16;
  return o + 1;
}

Handler miscellaneous_handler(unsigned op1, unsigned op2, const InstructionSet& features) {
  switch (op1 << 4 | op2) {
    case 0x98:
      return unary<reverse_bytes>;
    case 0x99:
      return unary<reverse_bytes_of_halves>;
    case 0x9A:
      return unary<reverse_bits>;
    case 0x9B:
      return unary<reverse_bytes_of_low_half>;
    case 0xB8:
      return unary<count_leading_zeros>;
    default:
      break;
  }
  if (!features.dsp) return nullptr;
  switch (op1 << 4 | op2) {
    case 0x88:
      return binary_with_state<saturating_add<false, false>>;
    case 0x89:
      return binary_with_state<saturating_add<true, false>>;
    case 0x8A:
      return binary_with_state<saturating_add<false, true>>;
    case 0x8B:
      return binary_with_state<saturating_add<true, true>>;
    case 0xA8:
      return binary_with_state<select_bytes>;
    default:
      return nullptr;
  }
}

void decode_shift(uint32_t code, unsigned op1, Decoded& out) {
  constexpr Operand kShifts[] = {Operand::kByRegisterLeft, Operand::kByRegisterRight,
                                 Operand::kByRegisterArithmetic, Operand::kByRegisterRotate};
  const Operand shift = kShifts[op1 >> 1];
  out.op.m = reg_at(code, 16);
  out.op.a = reg_at(code, 0);
  out.without_flags = alu_handler(AluOp::kMov, shift, Result::kValue);
  out.op.run = out.without_flags;
  if (op1 & 1) {
    out.op.run = alu_handler(AluOp::kMov, shift, Result::kValueAndFlags);
    out.writes_flags = flags_written(AluOp::kMov, shift);
    out.surely_writes = flags_surely_written(AluOp::kMov, shift);
  }
}

}  // namespace

Handler extension_handler(unsigned op) {
  return extend_handler(op, false);
}

Handler reversal_handler(unsigned op) {
  constexpr Handler kReversals[] = {unary<reverse_bytes>, unary<reverse_bytes_of_halves>, nullptr,
                                    unary<reverse_bytes_of_low_half>};
  return kReversals[op & 3];
}

bool decode_register_processing(uint32_t code, const Site& site, Decoded& out) {
  if (bits(code, 31, 24) != 0xFA || bits(code, 15, 12) != 0xF) return false;
  const unsigned op1 = bits(code, 23, 20);
  const unsigned op2 = bits(code, 7, 4);
  const InstructionSet& features = site.features;
  out.op.d = reg_at(code, 8);
  out.op.n = reg_at(code, 16);
  out.op.m = reg_at(code, 0);
  if (op1 < 8 && op2 == 0) {
    decode_shift(code, op1, out);
  } else if (op1 < 6 && op2 >= 8) {
    out.op.a = static_cast<uint8_t>(8 * (op2 & 3));
    const bool adds = out.op.n != kPc;
    const bool of_two = op1 == 2 || op1 == 3;
    if (features.dsp || (!adds && !of_two)) out.op.run = extend_handler(op1, adds);
  } else if (op1 >= 8 && op2 < 8) {
    if (features.dsp) out.op.run = parallel_handler(op1 & 7, op2);
  } else if (op1 >= 8 && op1 < 12 && op2 >= 8 && op2 < 12) {
    out.op.run = miscellaneous_handler(op1, op2, features);
  }
  return out.op.run != nullptr;
}

bool decode_saturate(uint32_t code, const Site& site, Decoded& out) {
  const unsigned op = bits(code, 24, 20);
  const unsigned shift = bits(code, 14, 12) << 2 | bits(code, 7, 6);
  const bool right = bit(code, 21);
  const bool is_signed = !bit(code, 23);
  out.op.d = reg_at(code, 8);
  out.op.n = reg_at(code, 16);
  out.op.imm = bits(code, 4, 0) + (is_signed ? 1 : 0);
  out.op.a = static_cast<uint8_t>(shift);
  if (op != 0b10000 && op != 0b10010 && op != 0b11000 && op != 0b11010) return false;
  if (right && shift == 0) {
    if (!site.features.dsp) return false;
    out.op.imm = bits(code, 3, 0) + (is_signed ? 1 : 0);
    out.op.run = is_signed ? saturate_halves<true> : saturate_halves<false>;
  } else if (is_signed) {
    out.op.run = right ? saturate_shifted<true, true> : saturate_shifted<true, false>;
  } else {
    out.op.run = right ? saturate_shifted<false, true> : saturate_shifted<false, false>;
  }
  return true;
}

}  // namespace thimble::sim
