// The [timing] table of a core (cores/*.toml) as numbers. docs/timing.md says what each key means.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "board/board.h"
#include "sim/timing/instruction_class.h"
#include "sim/timing/timing.h"

namespace thimble::sim {

using ClassSet = std::bitset<kClassCount>;

// Where an instruction may stand in a pair that is issued together.
enum class IssueSlot : uint8_t { kAlone, kOlder, kYounger, kEither };

// One row: an instruction that waits for nothing.
struct ClassRow {
  uint32_t cycles = 0;  // until the next instruction can be issued
  uint32_t result = 1;  // from its last cycle until its result can be used; 0: in the same cycle
  uint32_t taken = 0;   // branches: further cycles until the target can execute
  IssueSlot issue = IssueSlot::kAlone;
};

struct LoadRules {
  uint32_t stall;        // whatever comes next waits, unless it is a load that may overlap
  bool hidden_by_store;  // or a store
  bool write_back_overlaps;
  uint32_t first_register_offset;
  ClassSet late_for;  // classes that can use a loaded word only a cycle later
};

struct StoreRules {
  uint32_t register_offset;
  uint32_t then_load;
};

struct AddressRules {
  uint32_t written_by_previous;
  uint32_t base_written_back;
  uint32_t updated_base_result;  // like ClassRow::result, of the base that is written back
};

struct FetchRules {
  uint32_t queue_words;  // 0: instructions are always there in time
  uint32_t latency;      // cycles from the request of a word until it can be used
};

inline constexpr uint32_t kMaxFetchQueueWords = 8;

// Cycles that an operand is wanted earlier (positive) or later than the others.
struct OperandTimes {
  int address, shifted, accumulator, extend_accumulator, store_data, branch_target;
};

struct FloatRules {
  uint32_t accumulate_chain;           // a multiply-accumulate to the accumulator of the next
  uint32_t after_multiply_accumulate;  // cycles in which no other float instruction is issued
  bool multiply_accumulates_overlap;   // but another multiply-accumulate is
};

// Further cycles of instructions that set the flags.
struct FlagRules {
  uint32_t multiply, shifted_constant;
};

struct BranchRules {
  bool waits_for_flags;   // a taken conditional branch; otherwise it is predicted
  uint32_t mispredicted;  // further cycles of a conditional branch; 0: the core does not predict
};

// Two instructions that are not issued together.
struct Conflict {
  ClassSet older, younger;
};

struct IssueRules {
  uint32_t width;             // 1 or 2
  bool narrow_only;           // only two 16-bit instructions are issued together
  bool unknown_banks_differ;  // two loads whose banks cannot be told are issued together
  ClassSet early;  // as the older of a pair with its operands there in time, its result can be used
                   // by the younger
  std::vector<Conflict> conflicts;
};

// Entering and leaving handlers, with memories that answer at once.
struct ExceptionTiming {
  uint32_t entry;        // from the interrupt to the first instruction of its handler
  uint32_t exit;         // from the last one to the next of what was interrupted
  uint32_t tail_chain;   // from the last one of a handler to the first of another
  uint32_t float_entry;  // further ones to save, or to restore, floating-point registers
};

// What depends on operands and conditions.
struct OperandRules {
  OperandTiming timing;
  uint32_t skipped;  // cycles of an instruction whose condition fails, at most its own
};

struct CoreTable {
  std::array<ClassRow, kClassCount> rows;
  uint32_t multiple_words_per_cycle;
  FlagRules flags;
  LoadRules load;
  StoreRules store;
  AddressRules address;
  FetchRules fetch;
  OperandTimes operands;
  FloatRules floating;
  BranchRules branch;
  IssueRules issue;
  ExceptionTiming exception;
  OperandRules by_operand;

  const ClassRow& row(InstructionClass c) const { return rows[index_of(c)]; }
};

// Errors: kMalformed with the line and the key.
base::Result<CoreTable> parse_core_table(const board::Core& core);
base::Result<ExceptionTiming> exception_timing(const board::Core& core);

}  // namespace thimble::sim
