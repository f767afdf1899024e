#include "sim/timing/instruction.h"

#include <bit>

namespace thimble::sim {
namespace {

constexpr unsigned kStackPointer = 13;
constexpr unsigned kLinkRegister = 14;
constexpr unsigned kProgramCounter = 15;
constexpr unsigned kFirstFloatBit = 16;
constexpr int kWordBytes = 4;

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

bool is_core(unsigned reg) {
  return register_set(reg) != 0 && register_set(reg) <= core_register(kProgramCounter);
}

RegisterSet operand_register(const cs_arm& arm, unsigned i) {
  return i < arm.op_count && arm.operands[i].type == ARM_OP_REG ? register_set(arm.operands[i].reg)
                                                                : 0;
}

bool reads_carry(unsigned id) {
  return id == ARM_INS_ADC || id == ARM_INS_SBC || id == ARM_INS_RRX || id == ARM_INS_SEL;
}

bool is_compare(unsigned id) {
  return id == ARM_INS_CMP || id == ARM_INS_CMN || id == ARM_INS_TST || id == ARM_INS_TEQ;
}

// Registers that every operand names, as address, result or source. Capstone 4 does not say for
// every operand how it is used; one that is not a pure result counts as read.
void collect_registers(const cs_insn& decoded, csh handle, Instruction& instruction) {
  const cs_arm& arm = decoded.detail->arm;
  for (unsigned i = 0; i < arm.op_count; ++i) {
    const cs_arm_op& operand = arm.operands[i];
    if (operand.type == ARM_OP_REG) {
      if (operand.access != CS_AC_WRITE) instruction.reads |= register_set(operand.reg);
      if (operand.shift.type != ARM_SFT_INVALID) {
        instruction.shifted |= register_set(operand.reg);
        instruction.shifts_left = operand.shift.type == ARM_SFT_LSL;
      }
    } else if (operand.type == ARM_OP_MEM) {
      instruction.address |= register_set(operand.mem.base) | register_set(operand.mem.index);
      instruction.register_offset = operand.mem.index != ARM_REG_INVALID;
      instruction.bank = static_cast<uint32_t>(operand.mem.disp / kWordBytes) & 1;
    }
  }
  instruction.reads |= instruction.address;
  if (reads_carry(decoded.id)) instruction.reads |= kFlags;

  cs_regs read;
  cs_regs written;
  uint8_t read_count = 0;
  uint8_t written_count = 0;
  if (cs_regs_access(handle, &decoded, read, &read_count, written, &written_count) == CS_ERR_OK) {
    for (unsigned i = 0; i < written_count; ++i) instruction.results |= register_set(written[i]);
  }
  if (arm.update_flags || is_compare(decoded.id)) instruction.results |= kFlags;
}

// LDM, STM, PUSH, POP and their floating-point forms: how much they move, and from where.
void complete_multiple(const cs_insn& decoded, Instruction& instruction) {
  const cs_arm& arm = decoded.detail->arm;
  const bool on_stack = decoded.id == ARM_INS_PUSH || decoded.id == ARM_INS_POP ||
                        decoded.id == ARM_INS_VPUSH || decoded.id == ARM_INS_VPOP;
  const unsigned first = on_stack ? 0 : 1;
  instruction.address = on_stack ? core_register(kStackPointer) : register_set(arm.operands[0].reg);
  if (on_stack || arm.writeback) instruction.base_update = instruction.address;
  RegisterSet listed = 0;
  for (unsigned i = first; i < arm.op_count; ++i) {
    listed |= register_set(arm.operands[i].reg);
    instruction.words =
        static_cast<uint8_t>(instruction.words + (is_double(arm.operands[i].reg) ? 2 : 1));
  }
  const bool stores = instruction.kind == InstructionClass::kStoreMultiple ||
                      instruction.kind == InstructionClass::kFloatStoreMultiple;
  instruction.reads = instruction.address | (stores ? listed : 0);
}

// A data-processing instruction whose constant is a byte rotated right, not one in the lowest eight
// bits nor one repeated: 11110i0xxxxxnnnn 0iiixxxxxxxxxxxx with i:iii above 3.
bool has_shifted_constant(uint16_t first, uint16_t second) {
  const bool modified_constant = (first & 0xFA00) == 0xF000 && (second & 0x8000) == 0;
  const unsigned pattern = (first >> 10 & 1u) << 3 | (second >> 12 & 7u);
  return modified_constant && pattern > 3;
}

// Classes between data processing and the hints: what they are made of depends on the operands.
bool is_plain(InstructionClass c) {
  return c <= InstructionClass::kNoOperation;
}

InstructionClass refine_plain(const cs_insn& decoded, const Instruction& instruction,
                              bool shifted_constant) {
  const cs_arm& arm = decoded.detail->arm;
  if ((instruction.results & core_register(kProgramCounter)) != 0)
    return InstructionClass::kBranchRegister;
  if (decoded.mnemonic[0] == 'v') {
    const bool is_move =
        decoded.id == ARM_INS_VMOV || decoded.id == ARM_INS_VMRS || decoded.id == ARM_INS_VMSR;
    if (is_move && arm.op_count >= 3) return InstructionClass::kFloatMovePair;
    if (decoded.id == ARM_INS_VMRS || (is_move && is_core(arm.operands[0].reg)))
      return InstructionClass::kFloatToCore;
    if (decoded.id == ARM_INS_VMSR ||
        (is_move && arm.operands[1].type == ARM_OP_REG && is_core(arm.operands[1].reg)))
      return InstructionClass::kCoreToFloat;
    const bool doubles = arm.op_count > 0 && is_double(arm.operands[0].reg) && !is_move;
    if (doubles && (decoded.id == ARM_INS_VMUL || decoded.id == ARM_INS_VNMUL))
      return InstructionClass::kDoubleMultiply;
    return doubles ? InstructionClass::kDouble : InstructionClass::kFloat;
  }
  const bool arithmetic = instruction.kind == InstructionClass::kDataProcessing ||
                          instruction.kind == InstructionClass::kAddMove;
  if (arithmetic && instruction.shifted != 0)
    return instruction.shifts_left ? InstructionClass::kLeftShiftedOperand
                                   : InstructionClass::kShiftedOperand;
  if (arithmetic && shifted_constant) return InstructionClass::kShiftedConstant;
  return instruction.kind;
}

// Classes that depend on the operands, not on the mnemonic alone.
InstructionClass refine_class(const cs_insn& decoded, const Instruction& instruction,
                              bool shifted_constant) {
  const cs_arm& arm = decoded.detail->arm;
  const bool writes_pc = (instruction.results & core_register(kProgramCounter)) != 0;
  const bool doubles = arm.op_count > 0 && is_double(arm.operands[0].reg);
  switch (instruction.kind) {
    case InstructionClass::kLoad:
    case InstructionClass::kLoadNarrow:
      return writes_pc ? InstructionClass::kLoadPc : instruction.kind;
    case InstructionClass::kFloatLoad:
      return doubles ? InstructionClass::kLoadPair : instruction.kind;
    case InstructionClass::kFloatStore:
      return doubles ? InstructionClass::kStorePair : instruction.kind;
    case InstructionClass::kFloatMultiplyAccumulate:
      return doubles ? InstructionClass::kDoubleMultiplyAccumulate : instruction.kind;
    case InstructionClass::kFloatDivide:
      return doubles ? InstructionClass::kDoubleDivide : instruction.kind;
    case InstructionClass::kLoadMultiple:
      return writes_pc ? InstructionClass::kPopPc : instruction.kind;
    case InstructionClass::kBranch:
      return arm.cc == ARM_CC_AL ? instruction.kind : InstructionClass::kBranchConditional;
    default:
      return is_plain(instruction.kind) ? refine_plain(decoded, instruction, shifted_constant)
                                        : instruction.kind;
  }
}

// Operands that are wanted earlier or later than the others.
void find_special_operands(const cs_insn& decoded, Instruction& instruction) {
  const cs_arm& arm = decoded.detail->arm;
  switch (instruction.kind) {
    case InstructionClass::kShift:
      instruction.shifted = 0;  // by itself it may pass the shifter late
      break;
    case InstructionClass::kBitFieldExtract:
    case InstructionClass::kBitFieldInsert:
      instruction.shifted = operand_register(arm, 1);
      break;
    case InstructionClass::kPack:
      instruction.shifted = operand_register(arm, 2);
      break;
    case InstructionClass::kExtendAdd:
      instruction.shifted = operand_register(arm, 2);
      instruction.accumulator = operand_register(arm, 1);
      break;
    case InstructionClass::kMultiplyAccumulate:
      instruction.accumulator = operand_register(arm, 3);
      break;
    case InstructionClass::kMultiplyLongAccumulate:
      instruction.accumulator = operand_register(arm, 0) | operand_register(arm, 1);
      break;
    case InstructionClass::kFloatMultiplyAccumulate:
    case InstructionClass::kDoubleMultiplyAccumulate:
      instruction.accumulator = operand_register(arm, 0);
      break;
    case InstructionClass::kStore:
    case InstructionClass::kFloatStore:
    case InstructionClass::kStorePair:
      instruction.store_data = instruction.reads & ~instruction.address;
      break;
    default:
      break;
  }
  // An accumulator that also is a factor is wanted when the factors are.
  if (is_multiply(instruction.kind) || is_float_multiply_accumulate(instruction.kind)) {
    const unsigned first_factor =
        instruction.kind == InstructionClass::kMultiplyLongAccumulate ? 2 : 1;
    instruction.reads |= instruction.accumulator;
    instruction.accumulator &=
        ~(operand_register(arm, first_factor) | operand_register(arm, first_factor + 1));
  }
}

bool branches_backward(const cs_insn& decoded, uint32_t address) {
  const cs_arm& arm = decoded.detail->arm;
  if (arm.op_count == 0) return false;
  const cs_arm_op& target = arm.operands[arm.op_count - 1];
  return target.type == ARM_OP_IMM && static_cast<uint32_t>(target.imm) <= address;
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

  instruction.kind = class_of_mnemonic(decoded->id);
  collect_registers(*decoded, *handle_, instruction);
  const RegisterSet base = instruction.address;
  if (is_multiple(instruction.kind)) {
    complete_multiple(*decoded, instruction);
  } else if (decoded->detail->arm.writeback) {
    instruction.base_update = instruction.results & base;
  }
  const bool shifted_constant =
      instruction.bytes == 4 && has_shifted_constant(first, half_word(code.subspan(2)));
  instruction.kind = refine_class(*decoded, instruction, shifted_constant);
  find_special_operands(*decoded, instruction);
  if (is_branch(instruction.kind)) instruction.backward = branches_backward(*decoded, address);
  instruction.results &= ~instruction.base_update;
  if (instruction.kind == InstructionClass::kIfThen) {
    // The lowest set bit of the mask ends the block.
    instruction.if_then_length = static_cast<uint8_t>(4 - std::countr_zero(first & 0xFu));
  }
  cs_free(decoded, 1);
  return instruction;
}

}  // namespace thimble::sim
