#include "sim/timing/instruction.h"

#include <bit>

namespace thimble::sim {
namespace {

constexpr unsigned kStackPointer = 13;
constexpr unsigned kLinkRegister = 14;
constexpr unsigned kProgramCounter = 15;
constexpr unsigned kFirstFloatBit = 16;

constexpr RegisterSet core_register(unsigned number) {
  return RegisterSet{1} << number;
}

RegisterSet register_set(unsigned reg) {
  if (reg >= ARM_REG_R0 && reg <= ARM_REG_R12) return core_register(reg - ARM_REG_R0);
  if (reg == ARM_REG_SP) return core_register(kStackPointer);
  if (reg == ARM_REG_LR) return core_register(kLinkRegister);
  if (reg == ARM_REG_PC) return core_register(kProgramCounter);
  if (reg >= ARM_REG_S0 && reg <= ARM_REG_S31)
    return RegisterSet{1} << (kFirstFloatBit + reg - ARM_REG_S0);
  if (reg >= ARM_REG_D0 && reg <= ARM_REG_D15)
    return RegisterSet{3} << (kFirstFloatBit + 2 * (reg - ARM_REG_D0));
  return 0;  // flags, system registers
}

bool is_double(unsigned reg) {
  return reg >= ARM_REG_D0 && reg <= ARM_REG_D31;
}

InstructionClass class_of(unsigned id) {
  switch (id) {
    case ARM_INS_LDR:
    case ARM_INS_LDRB:
    case ARM_INS_LDRH:
    case ARM_INS_LDRSB:
    case ARM_INS_LDRSH:
    case ARM_INS_LDRT:
    case ARM_INS_LDRBT:
    case ARM_INS_LDRHT:
    case ARM_INS_LDRSBT:
    case ARM_INS_LDRSHT:
    case ARM_INS_LDREX:
    case ARM_INS_LDREXB:
    case ARM_INS_LDREXH:
    case ARM_INS_VLDR:
      return InstructionClass::kLoad;
    case ARM_INS_STR:
    case ARM_INS_STRB:
    case ARM_INS_STRH:
    case ARM_INS_STRT:
    case ARM_INS_STRBT:
    case ARM_INS_STRHT:
    case ARM_INS_STREX:
    case ARM_INS_STREXB:
    case ARM_INS_STREXH:
    case ARM_INS_VSTR:
      return InstructionClass::kStore;
    case ARM_INS_LDRD:
      return InstructionClass::kLoadPair;
    case ARM_INS_STRD:
      return InstructionClass::kStorePair;
    case ARM_INS_LDM:
    case ARM_INS_LDMDB:
    case ARM_INS_POP:
      return InstructionClass::kLoadMultiple;
    case ARM_INS_STM:
    case ARM_INS_STMDB:
    case ARM_INS_PUSH:
      return InstructionClass::kStoreMultiple;
    case ARM_INS_VLDMIA:
    case ARM_INS_VLDMDB:
    case ARM_INS_VPOP:
      return InstructionClass::kFloatLoadMultiple;
    case ARM_INS_VSTMIA:
    case ARM_INS_VSTMDB:
    case ARM_INS_VPUSH:
      return InstructionClass::kFloatStoreMultiple;
    case ARM_INS_B:
      return InstructionClass::kBranch;
    case ARM_INS_CBZ:
    case ARM_INS_CBNZ:
      return InstructionClass::kCompareBranch;
    case ARM_INS_BL:
      return InstructionClass::kCall;
    case ARM_INS_BX:
    case ARM_INS_BLX:
      return InstructionClass::kBranchRegister;
    case ARM_INS_TBB:
    case ARM_INS_TBH:
      return InstructionClass::kTableBranch;
    case ARM_INS_IT:
      return InstructionClass::kIfThen;
    case ARM_INS_UDIV:
    case ARM_INS_SDIV:
      return InstructionClass::kDivide;
    case ARM_INS_ISB:
    case ARM_INS_DSB:
    case ARM_INS_DMB:
    case ARM_INS_MRS:
    case ARM_INS_MSR:
      return InstructionClass::kSystem;
    case ARM_INS_UMULL:
    case ARM_INS_SMULL:
    case ARM_INS_UMLAL:
    case ARM_INS_SMLAL:
    case ARM_INS_UMAAL:
    case ARM_INS_SMLALBB:
    case ARM_INS_SMLALBT:
    case ARM_INS_SMLALTB:
    case ARM_INS_SMLALTT:
    case ARM_INS_SMLALD:
    case ARM_INS_SMLALDX:
    case ARM_INS_SMLSLD:
    case ARM_INS_SMLSLDX:
      return InstructionClass::kMultiplyLong;
    case ARM_INS_MUL:
    case ARM_INS_MLA:
    case ARM_INS_MLS:
    case ARM_INS_SMULBB:
    case ARM_INS_SMULBT:
    case ARM_INS_SMULTB:
    case ARM_INS_SMULTT:
    case ARM_INS_SMULWB:
    case ARM_INS_SMULWT:
    case ARM_INS_SMLABB:
    case ARM_INS_SMLABT:
    case ARM_INS_SMLATB:
    case ARM_INS_SMLATT:
    case ARM_INS_SMLAWB:
    case ARM_INS_SMLAWT:
    case ARM_INS_SMUAD:
    case ARM_INS_SMUADX:
    case ARM_INS_SMUSD:
    case ARM_INS_SMUSDX:
    case ARM_INS_SMLAD:
    case ARM_INS_SMLADX:
    case ARM_INS_SMLSD:
    case ARM_INS_SMLSDX:
    case ARM_INS_SMMUL:
    case ARM_INS_SMMULR:
    case ARM_INS_SMMLA:
    case ARM_INS_SMMLAR:
    case ARM_INS_SMMLS:
    case ARM_INS_SMMLSR:
      return InstructionClass::kMultiply;
    case ARM_INS_VMLA:
    case ARM_INS_VMLS:
    case ARM_INS_VNMLA:
    case ARM_INS_VNMLS:
    case ARM_INS_VFMA:
    case ARM_INS_VFMS:
    case ARM_INS_VFNMA:
    case ARM_INS_VFNMS:
      return InstructionClass::kFloatMultiplyAccumulate;
    case ARM_INS_VDIV:
    case ARM_INS_VSQRT:
      return InstructionClass::kFloatDivide;
    default:
      return InstructionClass::kDataProcessing;
  }
}

// Registers that every operand names, as address, result or source. Capstone 4 does not say for
// every operand how it is used; one that is not a pure result counts as read.
void collect_registers(const cs_insn& decoded, csh handle, Instruction& instruction) {
  const cs_arm& arm = decoded.detail->arm;
  for (unsigned i = 0; i < arm.op_count; ++i) {
    const cs_arm_op& operand = arm.operands[i];
    if (operand.type == ARM_OP_REG) {
      if (operand.access != CS_AC_WRITE) instruction.reads |= register_set(operand.reg);
    } else if (operand.type == ARM_OP_MEM) {
      instruction.address |= register_set(operand.mem.base) | register_set(operand.mem.index);
      instruction.register_offset = operand.mem.index != ARM_REG_INVALID;
    }
  }
  instruction.reads |= instruction.address;

  cs_regs read;
  cs_regs written;
  uint8_t read_count = 0;
  uint8_t written_count = 0;
  if (cs_regs_access(handle, &decoded, read, &read_count, written, &written_count) == CS_ERR_OK) {
    for (unsigned i = 0; i < written_count; ++i) instruction.results |= register_set(written[i]);
  }
}

// LDM, STM, PUSH, POP and their floating-point forms: how much they move, and from where.
void complete_multiple(const cs_insn& decoded, Instruction& instruction) {
  const cs_arm& arm = decoded.detail->arm;
  const bool on_stack = decoded.id == ARM_INS_PUSH || decoded.id == ARM_INS_POP ||
                        decoded.id == ARM_INS_VPUSH || decoded.id == ARM_INS_VPOP;
  const unsigned first = on_stack ? 0 : 1;
  instruction.address = on_stack ? core_register(kStackPointer) : register_set(arm.operands[0].reg);
  if (on_stack || arm.writeback) instruction.base_update = instruction.address;
  for (unsigned i = first; i < arm.op_count; ++i)
    instruction.words =
        static_cast<uint8_t>(instruction.words + (is_double(arm.operands[i].reg) ? 2 : 1));
}

bool is_multiple(InstructionClass c) {
  return c == InstructionClass::kLoadMultiple || c == InstructionClass::kStoreMultiple ||
         c == InstructionClass::kFloatLoadMultiple || c == InstructionClass::kFloatStoreMultiple;
}

// Classes that depend on the operands, not on the mnemonic alone.
InstructionClass refine_class(const cs_insn& decoded, const Instruction& instruction) {
  const cs_arm& arm = decoded.detail->arm;
  const bool writes_pc = (instruction.results & core_register(kProgramCounter)) != 0;
  switch (instruction.kind) {
    case InstructionClass::kLoad:
      if (writes_pc) return InstructionClass::kLoadPc;
      return is_double(arm.operands[0].reg) ? InstructionClass::kLoadPair : instruction.kind;
    case InstructionClass::kStore:
      return is_double(arm.operands[0].reg) ? InstructionClass::kStorePair : instruction.kind;
    case InstructionClass::kLoadMultiple:
      return writes_pc ? InstructionClass::kPopPc : instruction.kind;
    case InstructionClass::kBranch:
      return arm.cc == ARM_CC_AL ? instruction.kind : InstructionClass::kBranchConditional;
    case InstructionClass::kDataProcessing:
      if (writes_pc) return InstructionClass::kBranchRegister;
      if (decoded.id == ARM_INS_VMOV && arm.op_count >= 3) return InstructionClass::kFloatMovePair;
      return decoded.mnemonic[0] == 'v' ? InstructionClass::kFloat : instruction.kind;
    default:
      return instruction.kind;
  }
}

uint16_t half_word(std::span<const std::byte> code) {
  return static_cast<uint16_t>(std::to_integer<unsigned>(code[0]) |
                               std::to_integer<unsigned>(code[1]) << 8);
}

}  // namespace

void InstructionDecoder::CloseHandle::operator()(csh* handle) const {
  cs_close(handle);
  delete handle;
}

base::Result<InstructionDecoder> InstructionDecoder::create() {
  csh handle = 0;
  const auto mode = static_cast<cs_mode>(CS_MODE_THUMB | CS_MODE_MCLASS);
  const cs_err error = cs_open(CS_ARCH_ARM, mode, &handle);
  if (error != CS_ERR_OK)
    return base::fail(base::ErrorCode::kToolFailed, "Capstone: {}", cs_strerror(error));
  InstructionDecoder decoder(handle);
  cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
  return decoder;
}

Instruction InstructionDecoder::decode(std::span<const std::byte> code, uint32_t address) const {
  Instruction instruction;
  const uint16_t first = half_word(code);
  instruction.bytes = first >= 0xE800 ? 4 : 2;
  if (instruction.bytes > code.size()) {
    instruction.bytes = 2;
    return instruction;
  }
  cs_insn* decoded = nullptr;
  // One at a time: cs_disasm() would otherwise remember an IT instruction.
  if (cs_disasm(*handle_, reinterpret_cast<const uint8_t*>(code.data()), instruction.bytes, address,
                1, &decoded) != 1)
    return instruction;

  instruction.kind = class_of(decoded->id);
  collect_registers(*decoded, *handle_, instruction);
  const RegisterSet base = instruction.address;
  if (is_multiple(instruction.kind)) {
    complete_multiple(*decoded, instruction);
  } else if (decoded->detail->arm.writeback) {
    instruction.base_update = instruction.results & base;
  }
  instruction.kind = refine_class(*decoded, instruction);
  instruction.results &= ~instruction.base_update;
  if (instruction.kind == InstructionClass::kIfThen) {
    // The lowest set bit of the mask ends the block.
    instruction.if_then_length = static_cast<uint8_t>(4 - std::countr_zero(first & 0xFu));
  }
  cs_free(decoded, 1);
  return instruction;
}

}  // namespace thimble::sim
