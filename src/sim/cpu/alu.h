// Handlers of data processing: two operands in, one register or only the flags out.
#pragma once

#include "sim/cpu/condition.h"
#include "sim/cpu/context.h"

namespace thimble::sim {

// In the order of the `op` field of 32-bit data processing where that has one.
enum class AluOp : uint8_t {
  kAnd,
  kBic,
  kOrr,
  kOrn,
  kEor,
  kAdd,
  kAdc,
  kSbc,
  kSub,
  kRsb,
  kMov,
  kMvn
};

// The second operand. Operation::m is its register, Operation::a the amount of a shift.
enum class Operand : uint8_t {
  kConstant,         // imm
  kRotatedConstant,  // imm; a logical operation moves its top bit to the carry
  kRegister,
  kShiftLeft,   // by 1 to 31
  kShiftRight,  // by 1 to 32, as all below
  kShiftArithmetic,
  kRotate,  // by 1 to 31
  kRotateExtended,
  kByRegisterLeft,  // by the low byte of register `a`; MOV only
  kByRegisterRight,
  kByRegisterArithmetic,
  kByRegisterRotate,
};

enum class Result : uint8_t { kValue, kValueAndFlags, kFlags };

Handler alu_handler(AluOp op, Operand operand, Result result);

inline bool reads_carry(AluOp op, Operand operand) {
  return op == AluOp::kAdc || op == AluOp::kSbc || operand == Operand::kRotateExtended;
}

// The flags that an operation with Result::kValueAndFlags or kFlags may write, and those that it
// writes always: a shift by a register that holds 0 leaves the carry alone.
FlagSet flags_written(AluOp op, Operand operand);
FlagSet flags_surely_written(AluOp op, Operand operand);

}  // namespace thimble::sim
