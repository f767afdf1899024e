// 16-bit instructions (Armv7-M manual, section A5.2).
#include "sim/cpu/alu.h"
#include "sim/cpu/branch.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/memory_access.h"

namespace thimble::sim {

namespace {

constexpr uint8_t low_reg(uint32_t code, unsigned at) {
  return static_cast<uint8_t>(code >> at & 7);
}

// Outside an IT block the short encodings set the flags.
void set_alu(const Site& site, AluOp op, Operand operand, Decoded& out) {
  out.without_flags = alu_handler(op, operand, Result::kValue);
  out.op.run = out.without_flags;
  if (!site.in_if_then) {
    out.op.run = alu_handler(op, operand, Result::kValueAndFlags);
    out.writes_flags = flags_written(op, operand);
    out.surely_writes = flags_surely_written(op, operand);
  }
  if (reads_carry(op, operand)) out.reads_flags = kFlagC;
}

void set_compare(AluOp op, Operand operand, Decoded& out) {
  out.op.run = alu_handler(op, operand, Result::kFlags);
  out.without_flags = no_operation();
  out.writes_flags = flags_written(op, operand);
  out.surely_writes = flags_surely_written(op, operand);
}

void set_plain(AluOp op, Operand operand, Decoded& out) {
  out.op.run = alu_handler(op, operand, Result::kValue);
}

void decode_shift_add(uint32_t code, const Site& site, Decoded& out) {
  Operation& op = out.op;
  const unsigned kind = bits(code, 13, 11);
  if (kind < 3) {  // shift by a constant
    constexpr Operand kShifts[] = {Operand::kShiftLeft, Operand::kShiftRight,
                                   Operand::kShiftArithmetic};
    const unsigned amount = bits(code, 10, 6);
    op.d = low_reg(code, 0);
    op.m = low_reg(code, 3);
    op.a = static_cast<uint8_t>(amount == 0 ? 32 : amount);
    // LSLS by 0 is MOVS.
    const bool moves = kind == 0 && amount == 0;
    set_alu(site, AluOp::kMov, moves ? Operand::kRegister : kShifts[kind], out);
  } else if (kind == 3) {
    const AluOp alu = bit(code, 9) ? AluOp::kSub : AluOp::kAdd;
    op.d = low_reg(code, 0);
    op.n = low_reg(code, 3);
    op.m = low_reg(code, 6);
    op.imm = bits(code, 8, 6);
    set_alu(site, alu, bit(code, 10) ? Operand::kConstant : Operand::kRegister, out);
  } else {
    constexpr AluOp kOps[] = {AluOp::kMov, AluOp::kSub, AluOp::kAdd, AluOp::kSub};
    op.d = op.n = low_reg(code, 8);
    op.imm = bits(code, 7, 0);
    const AluOp alu = kOps[kind & 3];
    if (kind == 5) {
      set_compare(alu, Operand::kConstant, out);
    } else {
      set_alu(site, alu, Operand::kConstant, out);
    }
  }
}

void decode_data_processing(uint32_t code, const Site& site, Decoded& out) {
  Operation& op = out.op;
  op.d = op.n = low_reg(code, 0);
  op.m = low_reg(code, 3);
  const auto shift = [&](Operand operand) {
    op.a = op.m;
    op.m = op.d;
    set_alu(site, AluOp::kMov, operand, out);
  };
  switch (bits(code, 9, 6)) {
    case 0:
      return set_alu(site, AluOp::kAnd, Operand::kRegister, out);
    case 1:
      return set_alu(site, AluOp::kEor, Operand::kRegister, out);
    case 2:
      return shift(Operand::kByRegisterLeft);
    case 3:
      return shift(Operand::kByRegisterRight);
    case 4:
      return shift(Operand::kByRegisterArithmetic);
    case 5:
      return set_alu(site, AluOp::kAdc, Operand::kRegister, out);
    case 6:
      return set_alu(site, AluOp::kSbc, Operand::kRegister, out);
    case 7:
      return shift(Operand::kByRegisterRotate);
    case 8:
      return set_compare(AluOp::kAnd, Operand::kRegister, out);
    case 9:  // RSBS d, m, #0
      op.n = op.m;
      return set_alu(site, AluOp::kRsb, Operand::kConstant, out);
    case 10:
      return set_compare(AluOp::kSub, Operand::kRegister, out);
    case 11:
      return set_compare(AluOp::kAdd, Operand::kRegister, out);
    case 12:
      return set_alu(site, AluOp::kOrr, Operand::kRegister, out);
    case 13: {
      // MULS: the 32-bit multiplication, then N and Z of its result.
      out.op.run = multiply_low(!site.in_if_then);
      out.without_flags = multiply_low(false);
      out.writes_flags = out.surely_writes = site.in_if_then ? 0 : kFlagsNz;
      return;
    }
    case 14:
      return set_alu(site, AluOp::kBic, Operand::kRegister, out);
    default:
      return set_alu(site, AluOp::kMvn, Operand::kRegister, out);
  }
}

// ADD, CMP, MOV of all registers, BX and BLX. The program counter as an operand is a constant.
void decode_high_registers(uint32_t code, const Site& site, Decoded& out) {
  Operation& op = out.op;
  op.m = reg_at(code, 3);
  op.d = op.n = static_cast<uint8_t>(bits(code, 2, 0) | bits(code, 7, 7) << 3);
  const bool reads_pc = op.m == kPc;
  const Operand operand = reads_pc ? Operand::kConstant : Operand::kRegister;
  op.imm = reads_pc ? site.pc() : 0;
  switch (bits(code, 9, 8)) {
    case 0:
      if (op.d == kPc) {
        op.imm = site.pc();
        op.run = move_to_pc();
        out.ends_block = true;
        return;
      }
      out.may_misalign_sp = op.d == kSp;
      return set_plain(AluOp::kAdd, operand, out);
    case 1:
      if (op.n == kPc || reads_pc) return;
      return set_compare(AluOp::kSub, operand, out);
    case 2:
      if (op.d == kPc) {
        op.imm = 0;
        op.run = move_to_pc();
        out.ends_block = true;
        return;
      }
      out.may_misalign_sp = op.d == kSp;
      return set_plain(AluOp::kMov, operand, out);
    default:
      if (reads_pc) return;
      op.run = bit(code, 7) ? branch_link_exchange() : branch_exchange();
      out.ends_block = true;
  }
}

void decode_load_store(uint32_t code, Decoded& out) {
  Operation& op = out.op;
  op.d = low_reg(code, 0);
  op.n = low_reg(code, 3);
  op.m = low_reg(code, 6);
  const unsigned group = bits(code, 15, 11);
  if (bits(code, 15, 12) == 5) {  // register offset
    switch (bits(code, 11, 9)) {
      case 0:
        op.run = store_handler(StoreKind::kWord, Addressing::kRegister);
        return;
      case 1:
        op.run = store_handler(StoreKind::kHalf, Addressing::kRegister);
        return;
      case 2:
        op.run = store_handler(StoreKind::kByte, Addressing::kRegister);
        return;
      case 3:
        op.run = load_handler(LoadKind::kSignedByte, Addressing::kRegister);
        return;
      case 4:
        op.run = load_handler(LoadKind::kWord, Addressing::kRegister);
        return;
      case 5:
        op.run = load_handler(LoadKind::kHalf, Addressing::kRegister);
        return;
      case 6:
        op.run = load_handler(LoadKind::kByte, Addressing::kRegister);
        return;
      default:
        op.run = load_handler(LoadKind::kSignedHalf, Addressing::kRegister);
        return;
    }
  }
  const bool loads = group & 1;
  op.imm = bits(code, 10, 6);
  LoadKind load = LoadKind::kWord;
  StoreKind store = StoreKind::kWord;
  switch (group >> 1) {
    case 0b0110:
      op.imm *= 4;
      break;
    case 0b0111:
      load = LoadKind::kByte;
      store = StoreKind::kByte;
      break;
    case 0b1000:
      op.imm *= 2;
      load = LoadKind::kHalf;
      store = StoreKind::kHalf;
      break;
    default:  // relative to the stack pointer
      op.d = low_reg(code, 8);
      op.n = kSp;
      op.imm = bits(code, 7, 0) * 4;
      break;
  }
  op.run =
      loads ? load_handler(load, Addressing::kOffset) : store_handler(store, Addressing::kOffset);
}

void decode_hint_or_if_then(uint32_t code, const Site& site, Decoded& out) {
  if (bits(code, 3, 0) == 0) return decode_hint(bits(code, 7, 4), out);
  if (site.in_if_then) return;  // a chain of them would have no end
  out.op.run = no_operation();  // the block's decoder applies it to what follows
  out.if_then = static_cast<uint8_t>(code & 0xFF);
}

void decode_miscellaneous(uint32_t code, const Site& site, Decoded& out) {
  Operation& op = out.op;
  const unsigned group = bits(code, 11, 8);
  const bool thumb2 = site.features.thumb2;
  switch (group) {
    case 0:
      op.d = op.n = kSp;
      op.imm = bits(code, 6, 0) * 4;
      return set_plain(bit(code, 7) ? AluOp::kSub : AluOp::kAdd, Operand::kConstant, out);
    case 1:
    case 3:
    case 9:
    case 11:
      if (!thumb2 && !site.features.armv8) return;
      op.n = low_reg(code, 0);
      op.imm = site.pc() + 2 * (bits(code, 7, 3) | bits(code, 9, 9) << 5);
      op.run = branch_if_zero(!bit(code, 11));
      out.ends_block = true;
      return;
    case 2:
      op.d = low_reg(code, 0);
      op.m = low_reg(code, 3);
      {
        constexpr unsigned kExtensions[] = {0, 4, 1, 5};  // SXTH, SXTB, UXTH, UXTB
        op.run = extension_handler(kExtensions[bits(code, 7, 6)]);
      }
      return;
    case 4:
    case 5:
      op.n = kSp;
      op.imm = bits(code, 7, 0) | bits(code, 8, 8) << kLr;
      if (op.imm != 0) op.run = store_multiple_handler(true, true);
      return;
    case 6:
      if ((code & 0xFFE8) != 0xB660) return;
      op.a = bit(code, 4) ? 1 : 0;
      op.imm = (bit(code, 1) ? 1u : 0u) | (bit(code, 0) && thumb2 ? 2u : 0u);
      op.run = change_processor_state();
      out.ends_block = true;
      return;
    case 10:
      op.d = low_reg(code, 0);
      op.m = low_reg(code, 3);
      op.run = reversal_handler(bits(code, 7, 6));
      return;
    case 12:
    case 13:
      op.n = kSp;
      op.imm = bits(code, 7, 0) | bits(code, 8, 8) << kPc;
      if (op.imm != 0) op.run = load_multiple_handler(false, true);
      out.ends_block = bit(code, 8);
      return;
    case 14:
      op.run = break_instruction();
      out.ends_block = out.leaves_state = out.unconditional = true;
      return;
    case 15:
      if (bits(code, 3, 0) != 0 && !thumb2) return;
      return decode_hint_or_if_then(code, site, out);
    default:
      return;
  }
}

void decode_multiple(uint32_t code, Decoded& out) {
  Operation& op = out.op;
  op.n = low_reg(code, 8);
  op.imm = bits(code, 7, 0);
  if (op.imm == 0) return;
  const bool base_listed = bit(op.imm, op.n);
  op.run = bit(code, 11) ? load_multiple_handler(false, !base_listed)
                         : store_multiple_handler(false, true);
}

void decode_branch(uint32_t code, const Site& site, Decoded& out) {
  out.ends_block = true;
  if (bits(code, 15, 11) == 0b11100) {
    out.op.imm = site.pc() + sign_extend(bits(code, 10, 0) << 1, 12);
    out.op.run = branch();
    return;
  }
  const unsigned condition = bits(code, 11, 8);
  if (condition == 15) {
    out.op.run = supervisor_call();
    out.leaves_state = true;
  } else if (condition < 14) {
    out.op.imm = site.pc() + sign_extend(bits(code, 7, 0) << 1, 9);
    out.op.run = branch_if(condition);
    out.reads_flags = flags_of_condition(condition);
  }
}

}  // namespace

Decoded decode_16(uint32_t code, const Site& site) {
  Decoded out;
  const unsigned top = bits(code, 15, 10);
  if (top < 0b010000) {
    decode_shift_add(code, site, out);
  } else if (top == 0b010000) {
    decode_data_processing(code, site, out);
  } else if (top == 0b010001) {
    decode_high_registers(code, site, out);
  } else if (top <= 0b010011) {
    out.op.d = low_reg(code, 8);
    out.op.imm = site.aligned_pc() + bits(code, 7, 0) * 4;
    out.op.run = load_handler(LoadKind::kWord, Addressing::kLiteral);
  } else if (top <= 0b100111) {
    decode_load_store(code, out);
  } else if (top <= 0b101001) {  // ADR
    out.op.d = low_reg(code, 8);
    out.op.imm = site.aligned_pc() + bits(code, 7, 0) * 4;
    set_plain(AluOp::kMov, Operand::kConstant, out);
  } else if (top <= 0b101011) {
    out.op.d = low_reg(code, 8);
    out.op.n = kSp;
    out.op.imm = bits(code, 7, 0) * 4;
    set_plain(AluOp::kAdd, Operand::kConstant, out);
  } else if (top <= 0b101111) {
    decode_miscellaneous(code, site, out);
  } else if (top <= 0b110011) {
    decode_multiple(code, out);
  } else {
    decode_branch(code, site, out);
  }
  return out.op.run ? out : undefined();
}

void decode_hint(unsigned number, Decoded& out) {
  switch (number) {
    case 2:
      out.op.run = wait_for_event();
      out.ends_block = out.leaves_state = true;
      return;
    case 3:
      out.op.run = wait_for_interrupt();
      out.ends_block = out.leaves_state = true;
      return;
    case 4:
      out.op.run = send_event();
      return;
    default:
      out.op.run = no_operation();
  }
}

Decoded undefined() {
  Decoded out;
  out.op.run = undefined_instruction();
  out.ends_block = true;
  return out;
}

}  // namespace thimble::sim
