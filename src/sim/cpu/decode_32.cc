// 32-bit instructions but for loads, multiplications, SIMD and floating point (Armv7-M manual,
// sections A5.3.1 to A5.3.4 and A5.3.11).
#include "sim/cpu/alu.h"
#include "sim/cpu/arithmetic.h"
#include "sim/cpu/branch.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/memory_access.h"

namespace thimble::sim {
namespace {

constexpr uint32_t kSecureGateway = 0xE97FE97F;

// The 12 bits i:imm3:imm8 of a constant (manual, section A5.3.2), and whether it is a rotated byte.
struct ModifiedConstant {
  uint32_t value;
  bool rotated;
};

ModifiedConstant modified_constant(uint32_t code) {
  const uint32_t field = bits(code, 26, 26) << 11 | bits(code, 14, 12) << 8 | bits(code, 7, 0);
  const uint32_t byte = field & 0xFF;
  switch (field >> 8) {
    case 0:
      return {byte, false};
    case 1:
      return {byte << 16 | byte, false};
    case 2:
      return {byte << 24 | byte << 8, false};
    case 3:
      return {byte * 0x01010101, false};
    default:
      return {rotate_right(0x80 | (field & 0x7F), field >> 7), true};
  }
}

// The second operand of the shifted-register forms.
Operand shifted_register(uint32_t code, Operation& op) {
  const unsigned amount = bits(code, 14, 12) << 2 | bits(code, 7, 6);
  op.m = reg_at(code, 0);
  op.a = static_cast<uint8_t>(amount);
  const unsigned kind = bits(code, 5, 4);
  if (amount == 0) {
    if (kind == 0) return Operand::kRegister;
    if (kind == 3) return Operand::kRotateExtended;
    op.a = 32;
  }
  constexpr Operand kShifts[] = {Operand::kShiftLeft, Operand::kShiftRight,
                                 Operand::kShiftArithmetic, Operand::kRotate};
  return kShifts[kind];
}

// The operation of both forms: four bits, the S bit, and registers 15 that make other instructions.
void decode_alu(uint32_t code, Operand operand, Decoded& out) {
  Operation& op = out.op;
  op.n = reg_at(code, 16);
  op.d = reg_at(code, 8);
  const bool sets_flags = bit(code, 20);
  AluOp alu;
  bool compares = false;
  switch (bits(code, 24, 21)) {
    case 0:
      alu = AluOp::kAnd;
      compares = true;
      break;
    case 1:
      alu = AluOp::kBic;
      break;
    case 2:
      alu = op.n == kPc ? AluOp::kMov : AluOp::kOrr;
      break;
    case 3:
      alu = op.n == kPc ? AluOp::kMvn : AluOp::kOrn;
      break;
    case 4:
      alu = AluOp::kEor;
      compares = true;
      break;
    case 8:
      alu = AluOp::kAdd;
      compares = true;
      break;
    case 10:
      alu = AluOp::kAdc;
      break;
    case 11:
      alu = AluOp::kSbc;
      break;
    case 13:
      alu = AluOp::kSub;
      compares = true;
      break;
    case 14:
      alu = AluOp::kRsb;
      break;
    default:
      return;
  }
  compares = compares && sets_flags && op.d == kPc;
  const bool one_operand = alu == AluOp::kMov || alu == AluOp::kMvn;
  if ((op.d == kPc && !compares) || (op.n == kPc && !one_operand)) return;
  out.without_flags = compares ? no_operation() : alu_handler(alu, operand, Result::kValue);
  out.op.run = out.without_flags;
  if (sets_flags) {
    out.op.run = alu_handler(alu, operand, compares ? Result::kFlags : Result::kValueAndFlags);
    out.writes_flags = flags_written(alu, operand);
    out.surely_writes = flags_surely_written(alu, operand);
  }
  if (reads_carry(alu, operand)) out.reads_flags = kFlagC;
  out.may_misalign_sp = op.d == kSp && !compares;
}

template <bool kTop>
uint32_t pack_halves(uint32_t n, uint32_t m) {
  return kTop ? (n & 0xFFFF0000) | (m & 0xFFFF) : (n & 0xFFFF) | (m & 0xFFFF0000);
}

template <bool kTop>
const Operation* pack(Context& x, const Operation* o) {
  const uint32_t m = x.state.r[o->m];
  const uint32_t shifted = kTop ? static_cast<uint32_t>(int64_t{as_signed(m)} >> o->a) : m << o->a;
  x.state.r[o->d] = pack_halves<kTop>(x.state.r[o->n], shifted);
  return o + 1;
}

void decode_shifted_register(uint32_t code, const Site& site, Decoded& out) {
  const Operand operand = shifted_register(code, out.op);
  if (bits(code, 24, 21) != 6) return decode_alu(code, operand, out);
  const unsigned kind = bits(code, 5, 4);
  if (!site.features.dsp || bit(code, 20) || (kind & 1)) return;
  out.op.n = reg_at(code, 16);
  out.op.d = reg_at(code, 8);
  out.op.run = kind == 2 ? pack<true> : pack<false>;
}

const Operation* move_top(Context& x, const Operation* o) {
  x.state.r[o->d] = (x.state.r[o->d] & 0xFFFF) | o->imm << 16;
  return o + 1;
}

// Bit fields: a is the lowest bit, imm the mask of the field's width.
template <bool kSigned>
const Operation* extract_field(Context& x, const Operation* o) {
  const uint32_t field = x.state.r[o->n] >> o->a & o->imm;
  const uint32_t sign = kSigned ? o->imm ^ o->imm >> 1 : 0;
  x.state.r[o->d] = (field ^ sign) - sign;
  return o + 1;
}

template <bool kClear>
const Operation* insert_field(Context& x, const Operation* o) {
  const uint32_t field = kClear ? 0 : x.state.r[o->n] & o->imm;
  x.state.r[o->d] = (x.state.r[o->d] & ~(o->imm << o->a)) | field << o->a;
  return o + 1;
}

uint32_t field_mask(unsigned width) {
  return width >= 32 ? 0xFFFFFFFF : (1u << width) - 1;
}

void decode_field(uint32_t code, Decoded& out) {
  Operation& op = out.op;
  const unsigned low = bits(code, 14, 12) << 2 | bits(code, 7, 6);
  const unsigned field = bits(code, 4, 0);
  op.d = reg_at(code, 8);
  op.n = reg_at(code, 16);
  op.a = static_cast<uint8_t>(low);
  if (bits(code, 24, 20) == 0b10110) {
    if (field < low) return;
    op.imm = field_mask(field - low + 1);
    op.run = op.n == kPc ? insert_field<true> : insert_field<false>;
    return;
  }
  if (low + field > 31 || op.n == kPc) return;
  op.imm = field_mask(field + 1);
  op.run = bits(code, 24, 20) == 0b10100 ? extract_field<true> : extract_field<false>;
}

void decode_plain_constant(uint32_t code, const Site& site, Decoded& out) {
  Operation& op = out.op;
  op.d = reg_at(code, 8);
  op.n = reg_at(code, 16);
  const uint32_t low12 = bits(code, 26, 26) << 11 | bits(code, 14, 12) << 8 | bits(code, 7, 0);
  const unsigned kind = bits(code, 24, 20);
  if (op.d == kPc) return;
  switch (kind) {
    case 0b00000:
    case 0b01010: {
      const bool subtracts = kind != 0;
      op.imm = low12;
      out.may_misalign_sp = op.d == kSp;
      if (op.n == kPc) {  // ADR
        op.imm = site.aligned_pc() + (subtracts ? 0 - low12 : low12);
        op.run = alu_handler(AluOp::kMov, Operand::kConstant, Result::kValue);
      } else {
        op.run =
            alu_handler(subtracts ? AluOp::kSub : AluOp::kAdd, Operand::kConstant, Result::kValue);
      }
      return;
    }
    case 0b00100:
    case 0b01100:
      op.imm = op.n * 4096u + low12;
      op.run =
          kind == 0b00100 ? alu_handler(AluOp::kMov, Operand::kConstant, Result::kValue) : move_top;
      return;
    case 0b10100:
    case 0b10110:
    case 0b11100:
      return decode_field(code, out);
    default:
      if (!decode_saturate(code, site, out)) op.run = nullptr;
  }
}

uint32_t branch_offset_24(uint32_t code) {
  const uint32_t sign = bits(code, 26, 26);
  const uint32_t i1 = 1 ^ sign ^ bits(code, 13, 13);
  const uint32_t i2 = 1 ^ sign ^ bits(code, 11, 11);
  return sign_extend(
      sign << 24 | i1 << 23 | i2 << 22 | bits(code, 25, 16) << 12 | bits(code, 10, 0) << 1, 25);
}

uint32_t branch_offset_20(uint32_t code) {
  return sign_extend(bits(code, 26, 26) << 20 | bits(code, 11, 11) << 19 |
                         bits(code, 13, 13) << 18 | bits(code, 21, 16) << 12 |
                         bits(code, 10, 0) << 1,
                     21);
}

}  // namespace

bool decode_control(uint32_t code, const Site& site, Decoded& out) {
  Operation& op = out.op;
  const bool thumb2 = site.features.thumb2;
  const unsigned kind = bits(code, 26, 20);
  if (bit(code, 12)) {  // B and BL
    if (!bit(code, 14) && !thumb2) return false;
    op.imm = site.pc() + branch_offset_24(code);
    op.run = bit(code, 14) ? branch_and_link() : branch();
    out.ends_block = true;
    return true;
  }
  if (bit(code, 14)) return false;
  switch (kind) {
    case 0b0111000:
    case 0b0111001:
      op.n = reg_at(code, 16);
      op.imm = bits(code, 7, 0);
      op.a = static_cast<uint8_t>(bits(code, 11, 10));
      op.run = move_to_special_register();
      out.ends_block = true;
      return true;
    case 0b0111010:
      if (!thumb2) return false;
      if (bits(code, 10, 8) != 0) return false;
      decode_hint(bits(code, 7, 0), out);
      return true;
    case 0b0111011:  // CLREX and barriers; ISB lets a change of the processor's state take effect
      op.run = no_operation();
      if (bits(code, 7, 4) == 2 && thumb2) op.run = clear_exclusive_handler();
      out.ends_block = bits(code, 7, 4) == 6;
      return bits(code, 7, 4) >= 2 && bits(code, 7, 4) <= 6;
    case 0b0111110:
    case 0b0111111:
      op.d = reg_at(code, 8);
      op.imm = bits(code, 7, 0);
      op.run = move_from_special_register();
      out.reads_flags = kAllFlags;
      return true;
    default:
      break;
  }
  const unsigned condition = bits(code, 25, 22);
  if (!thumb2 || condition >= 14) return false;
  op.imm = site.pc() + branch_offset_20(code);
  op.run = branch_if(condition);
  out.reads_flags = flags_of_condition(condition);
  out.ends_block = true;
  return true;
}

Decoded decode_32(uint32_t code, const Site& site) {
  Decoded out;
  out.op.bytes = 4;
  const bool controls = bits(code, 31, 27) == 0b11110 && bit(code, 15);
  if (controls) {
    if (!decode_control(code, site, out)) return undefined();
    return out;
  }
  if (!site.features.thumb2) return undefined();
  if (code == kSecureGateway && site.features.armv8) {
    out.op.run = no_operation();
    return out;
  }
  switch (bits(code, 31, 25)) {
    case 0b1110101:
      decode_shifted_register(code, site, out);
      break;
    case 0b1110100:
    case 0b1111100:
      decode_load_store(code, site, out);
      break;
    case 0b1110110:
    case 0b1110111:
    case 0b1111110:
    case 0b1111111:
      decode_float(code, site, out);
      break;
    case 0b1111101:
      if (!decode_register_processing(code, site, out)) decode_multiply(code, site, out);
      break;
    default:
      if (bit(code, 25)) {
        decode_plain_constant(code, site, out);
      } else {
        const ModifiedConstant constant = modified_constant(code);
        out.op.imm = constant.value;
        decode_alu(code, constant.rotated ? Operand::kRotatedConstant : Operand::kConstant, out);
      }
  }
  return out.op.run ? out : undefined();
}

}  // namespace thimble::sim
