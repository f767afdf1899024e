#include "sim/timing/pipeline.h"

#include <algorithm>
#include <bit>

namespace thimble::sim {
namespace {

constexpr int kPairedAt = -1;  // PipelineSituation::ready counts from the cycle after

uint32_t divide_up(uint32_t a, uint32_t b) {
  return (a + b - 1) / b;
}

// An integer load or store multiple delivers its base and its registers in time for the address of
// the next instruction; the floating-point forms do not. (A finding on the Cortex-M4.)
bool delivers_early(InstructionClass kind) {
  return kind == InstructionClass::kLoadMultiple || kind == InstructionClass::kStoreMultiple;
}

bool is_conditional(InstructionClass kind) {
  return kind == InstructionClass::kBranchConditional || kind == InstructionClass::kCompareBranch;
}

// In an IT block the short encodings leave the flags alone, comparisons excepted.
bool sets_flags(const PipelineSituation& situation, const Instruction& instruction) {
  const bool only_compares = instruction.results == kFlags;
  return instruction.sets_flags() &&
         (situation.if_then_left == 0 || instruction.bytes == 4 || only_compares);
}

// Calls `visit` with every register of the set, by number.
template <typename Visitor>
void for_each_register(RegisterSet registers, Visitor visit) {
  for (; registers != 0; registers &= registers - 1)
    visit(static_cast<size_t>(std::countr_zero(registers)));
}

bool neighbour_rules_cost(const CoreTable& table) {
  return table.load.stall > 0 || table.load.first_register_offset > 0 ||
         table.store.then_load > 0 || table.address.written_by_previous > 0 ||
         table.address.base_written_back > 0;
}

int8_t long_ready(const CoreTable& table) {
  const OperandTimes& o = table.operands;
  const int earliest = std::max({0, o.address, o.shifted, o.accumulator, o.extend_accumulator,
                                 o.store_data, o.branch_target, table.load.late_for.any() ? 1 : 0});
  return static_cast<int8_t>(table.issue.width > 1 ? kPairedAt - earliest : -earliest);
}

}  // namespace

Pipeline::Pipeline(const CoreTable& table)
    : table_(table),
      neighbours_matter_(neighbour_rules_cost(table)),
      long_ready_(long_ready(table)) {
  after_branch_.queue = FetchQueue::after_branch(table.fetch);
  after_branch_.ready.fill(long_ready_);
}

bool Pipeline::may_fall_through(const PipelineSituation& situation,
                                const Instruction& instruction) {
  return !is_branch(instruction.kind) || situation.if_then_left > 0 ||
         is_conditional(instruction.kind);
}

uint32_t Pipeline::execute(PipelineSituation& situation, const Instruction& instruction,
                           uint32_t address, bool taken) const {
  const bool leaves =
      is_branch(instruction.kind) && (taken || !may_fall_through(situation, instruction));
  const uint32_t fetch_stall = situation.queue.take(address, instruction.bytes, table_.fetch);
  pass(situation, fetch_stall);

  const int wanted = wanted_at(situation, instruction, leaves);
  const bool paired = fetch_stall == 0 && wanted <= kPairedAt && may_pair(situation, instruction);
  const uint32_t stall =
      static_cast<uint32_t>(std::max(wanted, 0)) + neighbour_stall(situation, instruction);
  const uint32_t own = own_cycles(situation, instruction, leaves);
  // The younger of a pair shares its first cycle with the older.
  const uint32_t cycles = paired ? own - std::min(own, 1u) : stall + own;
  if (leaves) {
    const uint32_t total = fetch_stall + cycles + taken_cycles(situation, instruction);
    situation = after_branch_;
    return total;
  }

  // The first ALU of two had its operands a cycle before the cycle of issue.
  const bool early = !paired && table_.issue.early.test(index_of(instruction.kind)) &&
                     wanted < static_cast<int>(stall);
  situation.queue.advance(cycles, table_.fetch);
  pass(situation, cycles);
  deliver(situation, instruction, early);
  const IssueSlot slot = table_.row(instruction.kind).issue;
  situation.pair = {};
  if (!paired && (slot == IssueSlot::kOlder || slot == IssueSlot::kEither)) {
    situation.pair = {.open = true,
                      .narrow = instruction.bytes == 2,
                      .constant_offset = !instruction.register_offset,
                      .bank = static_cast<uint8_t>(instruction.bank),
                      .kind = instruction.kind,
                      .address = instruction.address};
  }
  if (neighbours_matter_) remember_neighbour(situation, instruction);
  if (instruction.kind == InstructionClass::kIfThen) {
    situation.if_then_left = instruction.if_then_length;
  } else if (situation.if_then_left > 0) {
    --situation.if_then_left;
  }
  return fetch_stall + cycles;
}

uint32_t Pipeline::own_cycles(const PipelineSituation& situation, const Instruction& instruction,
                              bool leaves) const {
  const InstructionClass kind = instruction.kind;
  if (is_branch(kind) && !leaves) return table_.row(InstructionClass::kBranch).cycles;
  uint32_t cycles = table_.row(kind).cycles;
  if (is_multiple(kind)) cycles += divide_up(instruction.words, table_.multiple_words_per_cycle);
  if (is_single_load(kind) && instruction.register_offset && !situation.register_offset_load)
    cycles += table_.load.first_register_offset;
  if (is_single_store(kind) && instruction.register_offset) cycles += table_.store.register_offset;
  if (kind == InstructionClass::kMultiply && sets_flags(situation, instruction))
    cycles += table_.flags.multiply;
  if (kind == InstructionClass::kShiftedConstant && sets_flags(situation, instruction))
    cycles += table_.flags.shifted_constant;
  return cycles;
}

uint32_t Pipeline::taken_cycles(const PipelineSituation& situation,
                                const Instruction& instruction) const {
  // In an IT block the short encoding of B is conditional, and costs as much.
  const bool conditional =
      instruction.kind == InstructionClass::kBranch && situation.if_then_left > 0;
  const InstructionClass kind =
      conditional ? InstructionClass::kBranchConditional : instruction.kind;
  return table_.row(kind).taken;
}

uint32_t Pipeline::skipped_saving(const Instruction& instruction) const {
  const InstructionClass kind = instruction.kind;
  if (is_branch(kind)) return 0;  // whether it is taken is known anyway
  uint32_t cycles = table_.row(kind).cycles;
  if (is_multiple(kind)) cycles += divide_up(instruction.words, table_.multiple_words_per_cycle);
  if (is_single_load(kind)) cycles += table_.load.stall;
  return cycles - std::min(cycles, table_.by_operand.skipped);
}

// --- Rules between neighbours -------------------------------------------------------------------

uint32_t Pipeline::neighbour_stall(const PipelineSituation& situation,
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
  if (situation.after_store && is_single_load(instruction.kind)) stall += table_.store.then_load;
  return stall;
}

bool Pipeline::hides_load(const PipelineSituation& situation,
                          const Instruction& instruction) const {
  const bool may_overlap = is_single_load(instruction.kind) ||
                           (is_single_store(instruction.kind) && table_.load.hidden_by_store &&
                            !instruction.register_offset);
  const bool write_back_allows = table_.load.write_back_overlaps || instruction.base_update == 0;
  return may_overlap && write_back_allows &&
         ((situation.results | situation.base_update) & instruction.address) == 0;
}

void Pipeline::remember_neighbour(PipelineSituation& situation,
                                  const Instruction& instruction) const {
  const bool visible = !is_branch(instruction.kind) && !delivers_early(instruction.kind);
  situation.results = visible ? instruction.results & ~kFlags : 0;
  situation.base_update = visible ? instruction.base_update : 0;
  situation.load_pending = is_single_load(instruction.kind);
  situation.register_offset_load = situation.load_pending && instruction.register_offset;
  situation.after_store = is_single_store(instruction.kind) && !instruction.register_offset;
}

// --- Result latencies and pairs -----------------------------------------------------------------

int Pipeline::wanted_at(const PipelineSituation& situation, const Instruction& instruction,
                        bool leaves) const {
  RegisterSet reads = instruction.reads;
  const bool resolves = leaves && instruction.kind == InstructionClass::kBranchConditional &&
                        table_.branch.waits_for_flags;
  if (resolves || (situation.if_then_left > 0 && !is_branch(instruction.kind))) reads |= kFlags;

  int wanted = long_ready_;
  for_each_register(reads, [&](size_t number) {
    const RegisterSet operand = RegisterSet{1} << number;
    wanted =
        std::max(wanted, situation.ready[number] + operand_early(situation, instruction, operand));
  });
  const bool unit_is_free =
      !is_floating(instruction.kind) || (is_float_multiply_accumulate(instruction.kind) &&
                                         table_.floating.multiply_accumulates_overlap);
  if (!unit_is_free && situation.float_busy > 0)
    wanted = std::max<int>(wanted, situation.float_busy);
  return wanted;
}

int Pipeline::operand_early(const PipelineSituation& situation, const Instruction& instruction,
                            RegisterSet operand) const {
  const OperandTimes& times = table_.operands;
  if ((instruction.accumulator & operand) != 0) {
    if (is_multiply(instruction.kind)) return times.accumulator;
    if (!is_float_multiply_accumulate(instruction.kind)) return times.extend_accumulator;
    if ((situation.float_accumulated & operand) == 0) return 0;
    return static_cast<int>(table_.floating.accumulate_chain) -
           static_cast<int>(table_.row(instruction.kind).result);
  }
  if ((instruction.store_data & operand) != 0) return times.store_data;
  int early = 0;
  if ((instruction.address & operand) != 0) {
    early = times.address;
  } else if ((instruction.shifted & operand) != 0) {
    early = times.shifted;
  } else if (instruction.kind == InstructionClass::kBranchRegister) {
    early = times.branch_target;
  }
  const bool late_load = (situation.loaded_words & operand) != 0 &&
                         table_.load.late_for.test(index_of(instruction.kind));
  return late_load ? std::max(early, 1) : early;
}

bool Pipeline::may_pair(const PipelineSituation& situation, const Instruction& instruction) const {
  const OpenPair& older = situation.pair;
  const IssueSlot slot = table_.row(instruction.kind).issue;
  if (!older.open || (slot != IssueSlot::kYounger && slot != IssueSlot::kEither)) return false;
  if (table_.issue.narrow_only && !(older.narrow && instruction.bytes == 2)) return false;
  if (is_single_load(older.kind) && is_single_load(instruction.kind)) {
    const bool known = older.constant_offset && !instruction.register_offset &&
                       older.address == instruction.address;
    if (known ? older.bank == instruction.bank : !table_.issue.unknown_banks_differ) return false;
  }
  return std::ranges::none_of(table_.issue.conflicts, [&](const Conflict& conflict) {
    return conflict.older.test(index_of(older.kind)) &&
           conflict.younger.test(index_of(instruction.kind));
  });
}

void Pipeline::pass(PipelineSituation& situation, uint32_t cycles) const {
  if (cycles == 0) return;
  situation.pair = {};
  const int passed = static_cast<int>(cycles);
  for (size_t number = 0; number < kRegisterCount; ++number) {
    int8_t& ready = situation.ready[number];
    ready = static_cast<int8_t>(std::max<int>(ready - passed, long_ready_));
    if (ready > long_ready_) continue;
    const RegisterSet settled = ~(RegisterSet{1} << number);
    situation.loaded_words &= settled;
    situation.float_accumulated &= settled;
  }
  situation.float_busy =
      static_cast<uint8_t>(situation.float_busy - std::min<uint32_t>(situation.float_busy, cycles));
}

void Pipeline::deliver(PipelineSituation& situation, const Instruction& instruction,
                       bool early) const {
  const uint32_t result = table_.row(instruction.kind).result;
  // Relative to the cycle after the last one of this instruction, whether it was paired or not.
  const auto ready_after = [&](uint32_t latency) {
    return std::max(static_cast<int8_t>(static_cast<int>(latency) - 1), long_ready_);
  };
  const bool flags = sets_flags(situation, instruction);
  const RegisterSet results = flags ? instruction.results : instruction.results & ~kFlags;
  const RegisterSet written = results | instruction.base_update;
  situation.loaded_words &= ~written;
  situation.float_accumulated &= ~written;
  for_each_register(results & ~kFlags, [&](size_t number) {
    situation.ready[number] = ready_after(early && result > 0 ? result - 1 : result);
  });
  for_each_register(results & kFlags,
                    [&](size_t number) { situation.ready[number] = ready_after(result); });
  for_each_register(instruction.base_update, [&](size_t number) {
    situation.ready[number] = ready_after(table_.address.updated_base_result);
  });
  if (instruction.kind == InstructionClass::kLoad && table_.load.late_for.any())
    situation.loaded_words |= results;
  if (is_float_multiply_accumulate(instruction.kind)) {
    if (table_.floating.accumulate_chain != result) situation.float_accumulated |= results;
    situation.float_busy = static_cast<uint8_t>(table_.floating.after_multiply_accumulate);
  }
}

}  // namespace thimble::sim
