// 32-bit loads and stores of core registers (Armv7-M manual, sections A5.3.5 to A5.3.10).
#include "sim/cpu/alu.h"
#include "sim/cpu/branch.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/memory_access.h"

namespace thimble::sim {
namespace {

// How P, U and W choose the address; the offset becomes negative when U is clear.
Addressing addressing_of(bool pre_indexed, bool write_back) {
  if (!pre_indexed) return Addressing::kPostIndexed;
  return write_back ? Addressing::kPreIndexed : Addressing::kOffset;
}

void decode_multiple(uint32_t code, Decoded& out) {
  Operation& op = out.op;
  const unsigned direction = bits(code, 24, 23);
  if (direction == 0 || direction == 3) return;
  const bool decrement = direction == 2;
  const bool write_back = bit(code, 21);
  op.n = reg_at(code, 16);
  op.imm = code & 0xFFFF;
  if (op.n == kPc || op.imm == 0 || bit(op.imm, kSp)) return;
  if (bit(code, 20)) {
    op.run = load_multiple_handler(decrement, write_back && !bit(op.imm, op.n));
    out.ends_block = bit(op.imm, kPc);
  } else if (!bit(op.imm, kPc)) {
    op.run = store_multiple_handler(decrement, write_back);
  }
}

void decode_pair(uint32_t code, const Site& site, Decoded& out) {
  Operation& op = out.op;
  const uint32_t offset = bits(code, 7, 0) * 4;
  op.d = reg_at(code, 12);
  op.m = reg_at(code, 8);
  op.n = reg_at(code, 16);
  op.imm = bit(code, 23) ? offset : 0 - offset;
  const bool loads = bit(code, 20);
  if (op.d == kPc || op.m == kPc) return;
  Addressing addressing = addressing_of(bit(code, 24), bit(code, 21));
  if (op.n == kPc) {
    if (!loads || addressing != Addressing::kOffset) return;
    addressing = Addressing::kLiteral;
    op.imm += site.aligned_pc();
  }
  op.run = loads ? load_pair_handler(addressing) : store_pair_handler(addressing);
}

void decode_table_branch(uint32_t code, const Site& site, Decoded& out) {
  out.op.n = reg_at(code, 16);
  out.op.m = reg_at(code, 0);
  out.op.imm = site.pc();
  out.op.run = table_branch(bit(code, 4));
  out.ends_block = true;
}

// Test target: without an MPU or security attribution every answer is "no region".
void decode_test_target(uint32_t code, Decoded& out) {
  out.op.d = reg_at(code, 8);
  out.op.imm = 0;
  out.op.run = alu_handler(AluOp::kMov, Operand::kConstant, Result::kValue);
}

void decode_exclusive(uint32_t code, const Site& site, Decoded& out) {
  Operation& op = out.op;
  const bool loads = bit(code, 20);
  op.n = reg_at(code, 16);
  op.d = reg_at(code, 12);
  if (!bit(code, 23)) {
    if (!loads && bits(code, 15, 12) == 15 && bits(code, 5, 0) == 0 && site.features.armv8)
      return decode_test_target(code, out);
    op.imm = bits(code, 7, 0) * 4;
    if (loads) {
      op.run = load_exclusive_handler(LoadKind::kWord);
    } else {
      op.m = op.d;
      op.d = reg_at(code, 8);
      op.run = store_exclusive_handler(StoreKind::kWord);
    }
    return;
  }
  constexpr LoadKind kLoads[] = {LoadKind::kByte, LoadKind::kHalf, LoadKind::kWord};
  constexpr StoreKind kStores[] = {StoreKind::kByte, StoreKind::kHalf, StoreKind::kWord};
  const unsigned kind = bits(code, 7, 4);
  const unsigned size = kind & 3;
  if (size == 3) return;
  switch (kind >> 2) {
    case 0:
      if (loads && size < 2) decode_table_branch(code, site, out);
      return;
    case 1:  // LDREXB, STREXB; the word has an encoding of its own
      if (size == 2) return;
      break;
    case 2:
      if (site.features.armv8)
        op.run = loads ? load_acquire_handler(kLoads[size]) : store_release_handler(kStores[size]);
      return;
    default:
      if (!site.features.armv8) return;
      break;
  }
  if (loads) {
    op.run = load_exclusive_handler(kLoads[size]);
  } else {
    op.m = op.d;
    op.d = reg_at(code, 0);
    op.run = store_exclusive_handler(kStores[size]);
  }
}

// The offset of a single access, and how it is applied. False: no such encoding.
bool decode_address(uint32_t code, const Site& site, Operation& op, Addressing& addressing) {
  op.n = reg_at(code, 16);
  if (op.n == kPc) {
    addressing = Addressing::kLiteral;
    const uint32_t offset = bits(code, 11, 0);
    op.imm = site.aligned_pc() + (bit(code, 23) ? offset : 0 - offset);
    return true;
  }
  if (bit(code, 23)) {
    addressing = Addressing::kOffset;
    op.imm = bits(code, 11, 0);
    return true;
  }
  if (bit(code, 11)) {
    const bool pre_indexed = bit(code, 10);
    const bool add = bit(code, 9);
    const bool write_back = bit(code, 8);
    if (!pre_indexed && !write_back) return false;
    addressing = addressing_of(pre_indexed, write_back);
    op.imm = add ? bits(code, 7, 0) : 0 - bits(code, 7, 0);
    return true;
  }
  if (bits(code, 11, 6) != 0) return false;
  addressing = Addressing::kRegister;
  op.m = reg_at(code, 0);
  op.a = static_cast<uint8_t>(bits(code, 5, 4));
  return true;
}

void decode_single(uint32_t code, const Site& site, Decoded& out) {
  Operation& op = out.op;
  const bool loads = bit(code, 20);
  const unsigned size = bits(code, 22, 21);
  const bool is_signed = bit(code, 24);
  op.d = reg_at(code, 12);
  Addressing addressing{};
  if (size == 3 || !decode_address(code, site, op, addressing)) return;
  if (!loads) {
    constexpr StoreKind kStores[] = {StoreKind::kByte, StoreKind::kHalf, StoreKind::kWord};
    if (is_signed || op.d == kPc || addressing == Addressing::kLiteral) return;
    op.run = store_handler(kStores[size], addressing);
    return;
  }
  constexpr LoadKind kLoads[] = {LoadKind::kByte, LoadKind::kHalf, LoadKind::kWord};
  constexpr LoadKind kSignedLoads[] = {LoadKind::kSignedByte, LoadKind::kSignedHalf};
  if (is_signed && size == 2) return;
  if (op.d != kPc) {
    op.run = load_handler(is_signed ? kSignedLoads[size] : kLoads[size], addressing);
  } else if (size == 2) {
    op.run = load_pc_handler(addressing);
    out.ends_block = true;
  } else {
    op.run = no_operation();  // PLD and PLI are hints
  }
}

}  // namespace

bool decode_load_store(uint32_t code, const Site& site, Decoded& out) {
  if (bits(code, 31, 25) == 0b1110100) {
    if (!bit(code, 22)) {
      decode_multiple(code, out);
    } else if (bit(code, 24) || bit(code, 21)) {
      decode_pair(code, site, out);
    } else {
      decode_exclusive(code, site, out);
    }
  } else if (bits(code, 31, 25) == 0b1111100) {
    decode_single(code, site, out);
  }
  return out.op.run != nullptr;
}

}  // namespace thimble::sim
