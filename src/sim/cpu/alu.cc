#include "sim/cpu/alu.h"

#include "base/check.h"
#include "sim/cpu/arithmetic.h"

namespace thimble::sim {
namespace {

constexpr bool is_arithmetic(AluOp op) {
  return op >= AluOp::kAdd && op <= AluOp::kRsb;
}

constexpr bool is_by_register(Operand operand) {
  return operand >= Operand::kByRegisterLeft;
}

// Shifts by 0 to 255, as the low byte of a register says; 0 leaves the carry alone.
template <Operand kOperand, bool kCarry>
uint32_t shift_by_register(CpuState& state, uint32_t value, uint32_t amount) {
  if (amount == 0) return value;
  uint32_t result = 0;
  uint32_t carry = 0;
  if constexpr (kOperand == Operand::kByRegisterLeft) {
    const uint64_t wide = amount <= 32 ? uint64_t{value} << amount : 0;
    result = static_cast<uint32_t>(wide);
    carry = static_cast<uint32_t>(wide >> 32) & 1;
  } else if constexpr (kOperand == Operand::kByRegisterRight) {
    const uint64_t wide = amount <= 32 ? (uint64_t{value} << 32) >> amount : 0;
    result = static_cast<uint32_t>(wide >> 32);
    carry = static_cast<uint32_t>(wide >> 31) & 1;
  } else if constexpr (kOperand == Operand::kByRegisterArithmetic) {
    const int64_t wide = (int64_t{as_signed(value)} * 2) >> (amount < 32 ? amount : 32);
    result = static_cast<uint32_t>(wide >> 1);
    carry = static_cast<uint32_t>(wide) & 1;
  } else {
    result = rotate_right(value, amount & 31);
    carry = result >> 31;
  }
  if constexpr (kCarry) state.c = carry;
  return result;
}

// The second operand; with kCarry the shifter's carry goes to the flags.
template <Operand kOperand, bool kCarry>
uint32_t second_operand(CpuState& state, const Operation* o) {
  if constexpr (kOperand == Operand::kConstant) return o->imm;
  if constexpr (kOperand == Operand::kRotatedConstant) {
    if constexpr (kCarry) state.c = o->imm >> 31;
    return o->imm;
  }
  const uint32_t value = state.r[o->m];
  const unsigned amount = o->a;
  if constexpr (kOperand == Operand::kShiftLeft) {
    if constexpr (kCarry) state.c = value >> (32 - amount) & 1;
    return value << amount;
  } else if constexpr (kOperand == Operand::kShiftRight) {
    if constexpr (kCarry) state.c = value >> (amount - 1) & 1;
    return static_cast<uint32_t>(uint64_t{value} >> amount);
  } else if constexpr (kOperand == Operand::kShiftArithmetic) {
    if constexpr (kCarry) state.c = static_cast<uint32_t>(as_signed(value) >> (amount - 1)) & 1;
    return static_cast<uint32_t>(int64_t{as_signed(value)} >> amount);
  } else if constexpr (kOperand == Operand::kRotate) {
    const uint32_t result = rotate_right(value, amount);
    if constexpr (kCarry) state.c = result >> 31;
    return result;
  } else if constexpr (kOperand == Operand::kRotateExtended) {
    const uint32_t result = value >> 1 | state.c << 31;
    if constexpr (kCarry) state.c = value & 1;
    return result;
  } else if constexpr (is_by_register(kOperand)) {
    return shift_by_register<kOperand, kCarry>(state, value, state.r[o->a] & 0xFF);
  }
  return value;
}

template <AluOp kOp, bool kFlags>
uint32_t combine(CpuState& state, uint32_t a, uint32_t b) {
  if constexpr (kOp == AluOp::kAnd) return a & b;
  if constexpr (kOp == AluOp::kBic) return a & ~b;
  if constexpr (kOp == AluOp::kOrr) return a | b;
  if constexpr (kOp == AluOp::kOrn) return a | ~b;
  if constexpr (kOp == AluOp::kEor) return a ^ b;
  if constexpr (kOp == AluOp::kAdd) return add_with_carry(state, a, b, 0, kFlags);
  if constexpr (kOp == AluOp::kAdc) return add_with_carry(state, a, b, state.c, kFlags);
  if constexpr (kOp == AluOp::kSbc) return add_with_carry(state, a, ~b, state.c, kFlags);
  if constexpr (kOp == AluOp::kSub) return add_with_carry(state, a, ~b, 1, kFlags);
  if constexpr (kOp == AluOp::kRsb) return add_with_carry(state, ~a, b, 1, kFlags);
  if constexpr (kOp == AluOp::kMov) return b;
  if constexpr (kOp == AluOp::kMvn) return ~b;
}

template <AluOp kOp, Operand kOperand, Result kResult>
const Operation* alu(Context& x, const Operation* o) {
  constexpr bool kFlags = kResult != Result::kValue;
  constexpr bool kOneOperand = kOp == AluOp::kMov || kOp == AluOp::kMvn;
  CpuState& state = x.state;
  const uint32_t b = second_operand < kOperand, kFlags && !is_arithmetic(kOp) > (state, o);
  const uint32_t a = kOneOperand ? 0 : state.r[o->n];
  const uint32_t result = combine<kOp, kFlags>(state, a, b);
  if constexpr (kFlags) {
    state.n = result;
    state.z = result;
  }
  if constexpr (kResult != Result::kFlags) state.r[o->d] = result;
  return o + 1;
}

template <AluOp kOp, Operand kOperand>
Handler with_result(Result result) {
  switch (result) {
    case Result::kValue:
      return alu<kOp, kOperand, Result::kValue>;
    case Result::kValueAndFlags:
      return alu<kOp, kOperand, Result::kValueAndFlags>;
    case Result::kFlags:
      return alu<kOp, kOperand, Result::kFlags>;
  }
  CHECK(false);
}

template <AluOp kOp>
Handler with_operand(Operand operand, Result result) {
  switch (operand) {
    case Operand::kConstant:
      return with_result<kOp, Operand::kConstant>(result);
    case Operand::kRotatedConstant:
      return with_result<kOp, Operand::kRotatedConstant>(result);
    case Operand::kRegister:
      return with_result<kOp, Operand::kRegister>(result);
    case Operand::kShiftLeft:
      return with_result<kOp, Operand::kShiftLeft>(result);
    case Operand::kShiftRight:
      return with_result<kOp, Operand::kShiftRight>(result);
    case Operand::kShiftArithmetic:
      return with_result<kOp, Operand::kShiftArithmetic>(result);
    case Operand::kRotate:
      return with_result<kOp, Operand::kRotate>(result);
    case Operand::kRotateExtended:
      return with_result<kOp, Operand::kRotateExtended>(result);
    default:
      CHECK(false, "only MOV shifts by a register");
  }
}

Handler shift_handler(Operand operand, Result result) {
  switch (operand) {
    case Operand::kByRegisterLeft:
      return with_result<AluOp::kMov, Operand::kByRegisterLeft>(result);
    case Operand::kByRegisterRight:
      return with_result<AluOp::kMov, Operand::kByRegisterRight>(result);
    case Operand::kByRegisterArithmetic:
      return with_result<AluOp::kMov, Operand::kByRegisterArithmetic>(result);
    default:
      return with_result<AluOp::kMov, Operand::kByRegisterRotate>(result);
  }
}

}  // namespace

Handler alu_handler(AluOp op, Operand operand, Result result) {
  switch (op) {
    case AluOp::kAnd:
      return with_operand<AluOp::kAnd>(operand, result);
    case AluOp::kBic:
      return with_operand<AluOp::kBic>(operand, result);
    case AluOp::kOrr:
      return with_operand<AluOp::kOrr>(operand, result);
    case AluOp::kOrn:
      return with_operand<AluOp::kOrn>(operand, result);
    case AluOp::kEor:
      return with_operand<AluOp::kEor>(operand, result);
    case AluOp::kAdd:
      return with_operand<AluOp::kAdd>(operand, result);
    case AluOp::kAdc:
      return with_operand<AluOp::kAdc>(operand, result);
    case AluOp::kSbc:
      return with_operand<AluOp::kSbc>(operand, result);
    case AluOp::kSub:
      return with_operand<AluOp::kSub>(operand, result);
    case AluOp::kRsb:
      return with_operand<AluOp::kRsb>(operand, result);
    case AluOp::kMov:
      return is_by_register(operand) ? shift_handler(operand, result)
                                     : with_operand<AluOp::kMov>(operand, result);
    case AluOp::kMvn:
      return with_operand<AluOp::kMvn>(operand, result);
  }
  CHECK(false);
}

FlagSet flags_written(AluOp op, Operand operand) {
  if (is_arithmetic(op)) return kAllFlags;
  const bool carry_stays = operand == Operand::kConstant || operand == Operand::kRegister;
  return carry_stays ? kFlagsNz : kFlagsNzc;
}

FlagSet flags_surely_written(AluOp op, Operand operand) {
  return is_by_register(operand) ? kFlagsNz : flags_written(op, operand);
}

}  // namespace thimble::sim
