#include "sim/timing/pipeline.h"

#include "base/check.h"

namespace thimble::sim {
namespace {

uint32_t divide_up(uint32_t a, uint32_t b) {
  return (a + b - 1) / b;
}

// An integer load or store multiple delivers its base and its registers in time for the address of
// the next instruction; the floating-point forms do not. (A finding on the Cortex-M4.)
bool delivers_early(InstructionClass kind) {
  return kind == InstructionClass::kLoadMultiple || kind == InstructionClass::kStoreMultiple;
}

}  // namespace

Pipeline::Pipeline(const CoreTable& table) : table_(table) {
  after_branch_.queue = FetchQueue::after_branch(table.fetch);
}

bool Pipeline::may_fall_through(const PipelineSituation& situation,
                                const Instruction& instruction) {
  return !is_branch(instruction.kind) || situation.if_then_left > 0 ||
         instruction.kind == InstructionClass::kBranchConditional ||
         instruction.kind == InstructionClass::kCompareBranch;
}

uint32_t Pipeline::execute(PipelineSituation& situation, const Instruction& instruction,
                           uint32_t address, bool taken) const {
  const uint32_t fetch_stall = situation.queue.take(address, instruction.bytes, table_.fetch);
  const uint32_t stall = stall_cycles(situation, instruction);

  if (is_branch(instruction.kind) && (taken || !may_fall_through(situation, instruction))) {
    // In an IT block the short encoding of B is conditional, and costs as much.
    const bool conditional =
        instruction.kind == InstructionClass::kBranch && situation.if_then_left > 0;
    const InstructionClass kind =
        conditional ? InstructionClass::kBranchConditional : instruction.kind;
    const uint32_t cycles =
        fetch_stall + stall + own_cycles(situation, instruction) + taken_cycles(kind);
    situation = after_branch_;
    return cycles;
  }

  const uint32_t own =
      is_branch(instruction.kind) ? table_.cycles.branch : own_cycles(situation, instruction);
  situation.queue.advance(stall + own, table_.fetch);
  const bool visible = !is_branch(instruction.kind) && !delivers_early(instruction.kind);
  situation.results = visible ? instruction.results : 0;
  situation.base_update = visible ? instruction.base_update : 0;
  situation.load_pending = instruction.kind == InstructionClass::kLoad;
  situation.register_offset_load = situation.load_pending && instruction.register_offset;
  situation.after_store =
      instruction.kind == InstructionClass::kStore && !instruction.register_offset;
  if (instruction.kind == InstructionClass::kIfThen) {
    situation.if_then_left = instruction.if_then_length;
  } else if (situation.if_then_left > 0) {
    --situation.if_then_left;
  }
  return fetch_stall + stall + own;
}

uint32_t Pipeline::own_cycles(const PipelineSituation& situation,
                              const Instruction& instruction) const {
  const ClassCycles& c = table_.cycles;
  switch (instruction.kind) {
    case InstructionClass::kDataProcessing:
      return c.data_processing;
    case InstructionClass::kMultiply:
      return c.multiply;
    case InstructionClass::kMultiplyLong:
      return c.multiply_long;
    case InstructionClass::kDivide:
      return c.divide;
    case InstructionClass::kSystem:
      return c.system;
    case InstructionClass::kIfThen:
      return c.if_then;
    case InstructionClass::kFloat:
      return c.floating;
    case InstructionClass::kFloatMultiplyAccumulate:
      return c.float_multiply_accumulate;
    case InstructionClass::kFloatDivide:
      return c.float_divide;
    case InstructionClass::kFloatMovePair:
      return c.float_move_pair;
    case InstructionClass::kLoad: {
      const bool first = instruction.register_offset && !situation.register_offset_load;
      return c.load + (first ? table_.load.first_register_offset : 0);
    }
    case InstructionClass::kStore:
      return c.store + (instruction.register_offset ? table_.store.register_offset : 0);
    case InstructionClass::kLoadPair:
      return c.load_pair;
    case InstructionClass::kStorePair:
      return c.store_pair;
    case InstructionClass::kLoadMultiple:
    case InstructionClass::kStoreMultiple:
    case InstructionClass::kFloatLoadMultiple:
    case InstructionClass::kFloatStoreMultiple:
    case InstructionClass::kPopPc:
      return c.multiple_base + divide_up(instruction.words, c.multiple_words_per_cycle);
    case InstructionClass::kBranch:
    case InstructionClass::kBranchConditional:
    case InstructionClass::kCompareBranch:
    case InstructionClass::kCall:
    case InstructionClass::kBranchRegister:
    case InstructionClass::kLoadPc:
    case InstructionClass::kTableBranch:
      return c.branch;
  }
  CHECK(false, "instruction class {}", static_cast<int>(instruction.kind));
}

uint32_t Pipeline::taken_cycles(InstructionClass kind) const {
  switch (kind) {
    case InstructionClass::kBranch:
      return table_.taken.direct;
    case InstructionClass::kBranchConditional:
      return table_.taken.conditional;
    case InstructionClass::kCompareBranch:
      return table_.taken.compare;
    case InstructionClass::kCall:
      return table_.taken.call;
    case InstructionClass::kBranchRegister:
      return table_.taken.reg;
    case InstructionClass::kPopPc:
      return table_.taken.pop;
    case InstructionClass::kLoadPc:
      return table_.taken.load;
    case InstructionClass::kTableBranch:
      return table_.taken.table;
    default:
      return 0;
  }
}

uint32_t Pipeline::stall_cycles(const PipelineSituation& situation,
                                const Instruction& instruction) const {
  uint32_t stall = 0;
  // A table branch reads its table late enough; no rule for its address was needed.
  const RegisterSet address =
      instruction.kind == InstructionClass::kTableBranch ? 0 : instruction.address;
  if (situation.load_pending && !hides_load(situation, instruction)) {
    stall += table_.load.stall;
  } else if ((situation.results & address) != 0) {
    stall += table_.address.written_by_previous;
  } else if ((situation.base_update & address) != 0) {
    stall += table_.address.base_written_back;
  }
  if (situation.after_store && instruction.kind == InstructionClass::kLoad)
    stall += table_.store.then_load;
  return stall;
}

bool Pipeline::hides_load(const PipelineSituation& situation,
                          const Instruction& instruction) const {
  if (table_.load.stall_when == LoadStall::kUsed)
    return (situation.results & instruction.reads) == 0;
  const bool may_overlap =
      instruction.kind == InstructionClass::kLoad ||
      (instruction.kind == InstructionClass::kStore && table_.load.hidden_by_store);
  return may_overlap && ((situation.results | situation.base_update) & instruction.address) == 0;
}

}  // namespace thimble::sim
