#include "sim/run/access_locator.h"

#include <capstone/capstone.h>

#include <memory>
#include <optional>

namespace thimble::sim {
namespace {

struct AccessRange {
  uint32_t first = 0;
  uint32_t bytes = 0;
};

std::optional<uint32_t> value_of(unsigned reg, const Registers& registers, uint32_t pc) {
  // The program counter reads as the address of the word after the next halfword.
  constexpr uint32_t kPipelineOffset = 4;
  switch (reg) {
    case ARM_REG_INVALID:
      return 0;
    case ARM_REG_SP:
      return registers[kSp];
    case ARM_REG_LR:
      return registers[kLr];
    case ARM_REG_PC:
      return (pc + kPipelineOffset) & ~3u;
    default:
      if (reg >= ARM_REG_R0 && reg <= ARM_REG_R12) return registers[reg - ARM_REG_R0];
      return std::nullopt;
  }
}

uint32_t register_bytes(unsigned reg) {
  return reg >= ARM_REG_D0 && reg <= ARM_REG_D31 ? 8 : 4;
}

// Load and store multiple: a base register, unless it is the stack pointer of PUSH and POP, then
// the list.
std::optional<AccessRange> multiple_access(const cs_insn& instruction, const Registers& registers) {
  const cs_arm& detail = instruction.detail->arm;
  uint32_t bytes = 0;
  int list_begin = 1;
  uint32_t base = registers[kSp];
  bool downwards = false;
  switch (instruction.id) {
    case ARM_INS_PUSH:
    case ARM_INS_VPUSH:
      downwards = true;
      list_begin = 0;
      break;
    case ARM_INS_POP:
    case ARM_INS_VPOP:
      list_begin = 0;
      break;
    case ARM_INS_LDMDB:
    case ARM_INS_STMDB:
    case ARM_INS_VLDMDB:
    case ARM_INS_VSTMDB:
      downwards = true;
      break;
    case ARM_INS_LDM:
    case ARM_INS_STM:
    case ARM_INS_VLDMIA:
    case ARM_INS_VSTMIA:
      break;
    default:
      return std::nullopt;
  }
  for (int i = list_begin; i < detail.op_count; ++i)
    bytes += register_bytes(static_cast<unsigned>(detail.operands[i].reg));
  if (list_begin == 1 && detail.op_count > 0)
    base = value_of(static_cast<unsigned>(detail.operands[0].reg), registers, 0).value_or(0);
  return AccessRange{downwards ? base - bytes : base, bytes};
}

std::optional<AccessRange> single_access(const cs_insn& instruction, const Registers& registers) {
  constexpr uint32_t kLargestSingleAccess = 8;
  const cs_arm& detail = instruction.detail->arm;
  for (int i = 0; i < detail.op_count; ++i) {
    const cs_arm_op& operand = detail.operands[i];
    if (operand.type != ARM_OP_MEM) continue;
    const auto pc = static_cast<uint32_t>(instruction.address);
    const auto base = value_of(static_cast<unsigned>(operand.mem.base), registers, pc);
    auto index = value_of(static_cast<unsigned>(operand.mem.index), registers, pc);
    if (!base || !index) return std::nullopt;
    if (operand.shift.type == ARM_SFT_LSL) index = *index << (operand.shift.value & 31);
    return AccessRange{*base + *index + static_cast<uint32_t>(operand.mem.disp),
                       kLargestSingleAccess};
  }
  return std::nullopt;
}

}  // namespace

std::vector<uint32_t> find_accesses(std::span<const std::byte> code, uint32_t code_address,
                                    const Registers& registers, uint32_t target) {
  csh handle = 0;
  if (cs_open(CS_ARCH_ARM, static_cast<cs_mode>(CS_MODE_THUMB | CS_MODE_MCLASS), &handle) !=
      CS_ERR_OK)
    return {};
  cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
  cs_insn* instruction = cs_malloc(handle);

  std::vector<uint32_t> exact;
  std::vector<uint32_t> overlapping;
  const auto* bytes = reinterpret_cast<const uint8_t*>(code.data());
  size_t left = code.size();
  uint64_t address = code_address;
  while (cs_disasm_iter(handle, &bytes, &left, &address, instruction)) {
    std::optional<AccessRange> access = multiple_access(*instruction, registers);
    if (!access) access = single_access(*instruction, registers);
    if (!access || target - access->first >= access->bytes) continue;
    const auto pc = static_cast<uint32_t>(instruction->address);
    overlapping.push_back(pc);
    if (target == access->first) exact.push_back(pc);
  }
  cs_free(instruction, 1);
  cs_close(&handle);
  return exact.empty() ? overlapping : exact;
}

}  // namespace thimble::sim
