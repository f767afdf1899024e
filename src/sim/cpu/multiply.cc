// Multiplications and divisions: decoding and execution.
#include "sim/cpu/arithmetic.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/operands.h"

namespace thimble::sim {
namespace {

uint32_t mul(uint32_t n, uint32_t m) {
  return n * m;
}
uint32_t mla(uint32_t n, uint32_t m, uint32_t a) {
  return a + n * m;
}
uint32_t mls(uint32_t n, uint32_t m, uint32_t a) {
  return a - n * m;
}

// Half of a register, as x and y of SMLAxy choose it.
template <bool kTop>
int32_t half(uint32_t value) {
  return kTop ? high_half(value) : low_half(value);
}

// Adds with wrap-around and notes an overflow in Q.
uint32_t accumulate(CpuState& state, int64_t product, uint32_t a) {
  const int64_t sum = product + as_signed(a);
  const auto result = static_cast<uint32_t>(sum);
  if (sum != as_signed(result)) state.q = 1;
  return result;
}

template <bool kTopN, bool kTopM>
uint32_t smulxy(uint32_t n, uint32_t m) {
  return static_cast<uint32_t>(half<kTopN>(n) * half<kTopM>(m));
}
template <bool kTopN, bool kTopM>
uint32_t smlaxy(CpuState& state, uint32_t n, uint32_t m, uint32_t a) {
  return accumulate(state, half<kTopN>(n) * half<kTopM>(m), a);
}

template <bool kTop>
int64_t word_by_half(uint32_t n, uint32_t m) {
  return (int64_t{as_signed(n)} * half<kTop>(m)) >> 16;
}
template <bool kTop>
uint32_t smulw(uint32_t n, uint32_t m) {
  return static_cast<uint32_t>(word_by_half<kTop>(n, m));
}
template <bool kTop>
uint32_t smlaw(CpuState& state, uint32_t n, uint32_t m, uint32_t a) {
  return accumulate(state, word_by_half<kTop>(n, m), a);
}

// Sum or difference of the products of halves; kSwap exchanges the halves of m.
template <bool kSwap, bool kSubtract>
int64_t dual_product(uint32_t n, uint32_t m) {
  const uint32_t other = kSwap ? rotate_right(m, 16) : m;
  const int64_t low = int64_t{low_half(n)} * low_half(other);
  const int64_t high = int64_t{high_half(n)} * high_half(other);
  return kSubtract ? low - high : low + high;
}
template <bool kSwap, bool kSubtract>
uint32_t dual(CpuState& state, uint32_t n, uint32_t m) {
  return accumulate(state, dual_product<kSwap, kSubtract>(n, m), 0);
}
template <bool kSwap, bool kSubtract>
uint32_t dual_accumulate(CpuState& state, uint32_t n, uint32_t m, uint32_t a) {
  return accumulate(state, dual_product<kSwap, kSubtract>(n, m), a);
}

constexpr uint64_t kHalfUnit = 0x80000000;

template <bool kRound, bool kSubtract>
uint32_t most_significant_accumulate(uint32_t n, uint32_t m, uint32_t a) {
  const uint64_t product = static_cast<uint64_t>(signed_product(n, m));
  const uint64_t high = uint64_t{a} << 32;
  const uint64_t sum = kSubtract ? high - product : high + product;
  return static_cast<uint32_t>((sum + (kRound ? kHalfUnit : 0)) >> 32);
}
template <bool kRound>
uint32_t most_significant(uint32_t n, uint32_t m) {
  return most_significant_accumulate<kRound, false>(n, m, 0);
}

uint32_t usad8(uint32_t n, uint32_t m) {
  uint32_t sum = 0;
  for (unsigned i = 0; i < 32; i += 8) {
    const uint32_t a = n >> i & 0xFF;
    const uint32_t b = m >> i & 0xFF;
    sum += a > b ? a - b : b - a;
  }
  return sum;
}
uint32_t usada8(uint32_t n, uint32_t m, uint32_t a) {
  return a + usad8(n, m);
}

uint64_t smull(uint64_t, uint32_t n, uint32_t m) {
  return static_cast<uint64_t>(signed_product(n, m));
}
uint64_t umull(uint64_t, uint32_t n, uint32_t m) {
  return uint64_t{n} * m;
}
uint64_t smlal(uint64_t old, uint32_t n, uint32_t m) {
  return old + static_cast<uint64_t>(signed_product(n, m));
}
uint64_t umlal(uint64_t old, uint32_t n, uint32_t m) {
  return old + uint64_t{n} * m;
}
uint64_t umaal(uint64_t old, uint32_t n, uint32_t m) {
  return uint64_t{n} * m + (old & 0xFFFFFFFF) + (old >> 32);
}
template <bool kTopN, bool kTopM>
uint64_t smlalxy(uint64_t old, uint32_t n, uint32_t m) {
  return old + static_cast<uint64_t>(int64_t{half<kTopN>(n)} * half<kTopM>(m));
}
template <bool kSwap, bool kSubtract>
uint64_t dual_accumulate_long(uint64_t old, uint32_t n, uint32_t m) {
  return old + static_cast<uint64_t>(dual_product<kSwap, kSubtract>(n, m));
}

// Division by zero gives zero: CCR.DIV_0_TRP is not modelled.
uint32_t sdiv(uint32_t n, uint32_t m) {
  if (m == 0) return 0;
  return static_cast<uint32_t>(int64_t{as_signed(n)} / as_signed(m));
}
uint32_t udiv(uint32_t n, uint32_t m) {
  return m == 0 ? 0 : n / m;
}

uint32_t magnitude(uint32_t value) {
  return as_signed(value) < 0 ? 0 - value : value;
}

template <bool kSigned>
const Operation* divide(Context& x, const Operation* o) {
  const uint32_t n = x.state.r[o->n];
  const uint32_t m = x.state.r[o->m];
  x.cycles +=
      kSigned ? x.operand_timing.divide(magnitude(n), magnitude(m)) : x.operand_timing.divide(n, m);
  x.state.r[o->d] = kSigned ? sdiv(n, m) : udiv(n, m);
  return o + 1;
}

// Picks by two bits: the half of n, then the half of m.
Handler pick(unsigned selector, Handler bb, Handler bt, Handler tb, Handler tt) {
  const Handler handlers[] = {bb, bt, tb, tt};
  return handlers[selector & 3];
}

Handler multiply_handler(unsigned op1, unsigned op2, bool accumulates, bool dsp) {
  if (op1 == 0) {
    if (op2 == 1) return ternary<mls>;
    if (op2 != 0) return nullptr;
    return accumulates ? ternary<mla> : binary<mul>;
  }
  if (!dsp) return nullptr;
  const bool option = op2 & 1;
  if (op1 != 1 && op2 > 1) return nullptr;
  switch (op1) {
    case 1:
      return accumulates ? pick(op2, ternary_with_state<smlaxy<false, false>>,
                                ternary_with_state<smlaxy<false, true>>,
                                ternary_with_state<smlaxy<true, false>>,
                                ternary_with_state<smlaxy<true, true>>)
                         : pick(op2, binary<smulxy<false, false>>, binary<smulxy<false, true>>,
                                binary<smulxy<true, false>>, binary<smulxy<true, true>>);
    case 2:
      if (accumulates)
        return option ? ternary_with_state<dual_accumulate<true, false>>
                      : ternary_with_state<dual_accumulate<false, false>>;
      return option ? binary_with_state<dual<true, false>> : binary_with_state<dual<false, false>>;
    case 3:
      if (accumulates)
        return option ? ternary_with_state<smlaw<true>> : ternary_with_state<smlaw<false>>;
      return option ? binary<smulw<true>> : binary<smulw<false>>;
    case 4:
      if (accumulates)
        return option ? ternary_with_state<dual_accumulate<true, true>>
                      : ternary_with_state<dual_accumulate<false, true>>;
      return option ? binary_with_state<dual<true, true>> : binary_with_state<dual<false, true>>;
    case 5:
      if (accumulates)
        return option ? ternary<most_significant_accumulate<true, false>>
                      : ternary<most_significant_accumulate<false, false>>;
      return option ? binary<most_significant<true>> : binary<most_significant<false>>;
    case 6:
      return option ? ternary<most_significant_accumulate<true, true>>
                    : ternary<most_significant_accumulate<false, true>>;
    default:
      if (option) return nullptr;
      return accumulates ? ternary<usada8> : binary<usad8>;
  }
}

Handler long_multiply_handler(unsigned op1, unsigned op2, bool dsp) {
  switch (op1 << 4 | op2) {
    case 0x00:
      return wide<smull>;
    case 0x1F:
      return divide<true>;
    case 0x20:
      return wide<umull>;
    case 0x3F:
      return divide<false>;
    case 0x40:
      return wide<smlal>;
    case 0x60:
      return wide<umlal>;
    default:
      break;
  }
  if (!dsp) return nullptr;
  switch (op1 << 4 | op2) {
    case 0x48:
    case 0x49:
    case 0x4A:
    case 0x4B:
      return pick(op2, wide<smlalxy<false, false>>, wide<smlalxy<false, true>>,
                  wide<smlalxy<true, false>>, wide<smlalxy<true, true>>);
    case 0x4C:
      return wide<dual_accumulate_long<false, false>>;
    case 0x4D:
      return wide<dual_accumulate_long<true, false>>;
    case 0x5C:
      return wide<dual_accumulate_long<false, true>>;
    case 0x5D:
      return wide<dual_accumulate_long<true, true>>;
    case 0x66:
      return wide<umaal>;
    default:
      return nullptr;
  }
}

// MULS, the 16-bit form.
const Operation* multiply_and_flags(Context& x, const Operation* o) {
  const uint32_t result = x.state.r[o->n] * x.state.r[o->m];
  x.state.n = result;
  x.state.z = result;
  x.state.r[o->d] = result;
  return o + 1;
}

}  // namespace

Handler multiply_low(bool sets_flags) {
  return sets_flags ? multiply_and_flags : binary<mul>;
}

bool decode_multiply(uint32_t code, const Site& site, Decoded& out) {
  const bool is_long = bits(code, 31, 23) == 0b111110111;
  if (!is_long && bits(code, 31, 23) != 0b111110110) return false;
  const unsigned op1 = bits(code, 22, 20);
  out.op.n = reg_at(code, 16);
  out.op.m = reg_at(code, 0);
  if (is_long) {
    const bool divides = op1 == 1 || op1 == 3;
    out.op.d = reg_at(code, divides ? 8 : 12);
    out.op.a = reg_at(code, 8);
    out.op.run = long_multiply_handler(op1, bits(code, 7, 4), site.features.dsp);
  } else {
    out.op.d = reg_at(code, 8);
    out.op.a = reg_at(code, 12);
    if (bits(code, 7, 6) == 0)
      out.op.run = multiply_handler(op1, bits(code, 5, 4), out.op.a != kPc, site.features.dsp);
  }
  return out.op.run != nullptr;
}

}  // namespace thimble::sim
