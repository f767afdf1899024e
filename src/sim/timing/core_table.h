// The [timing] table of a core (cores/*.toml) as numbers. docs/timing.md says what each key means.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "board/board.h"

namespace thimble::sim {

// Cycles of an instruction that waits for nothing.
struct ClassCycles {
  uint32_t data_processing, multiply, multiply_long, divide, system, if_then;
  uint32_t floating, float_multiply_accumulate, float_divide, float_move_pair;
  uint32_t load, store, load_pair, store_pair;
  uint32_t multiple_base, multiple_words_per_cycle;  // base + ceil(words / words per cycle)
  uint32_t branch;
};

// Further cycles of a branch that is taken, until its target can execute.
struct BranchCycles {
  uint32_t direct, conditional, compare, call, reg, pop, load, table;
};

enum class LoadStall : uint8_t {
  kNotPipelined,  // whatever comes next waits, unless it is a load that may overlap
  kUsed,          // only an instruction that reads the loaded register waits
};

struct LoadRules {
  uint32_t stall;
  LoadStall stall_when;
  bool hidden_by_store;  // kNotPipelined: a store may overlap too
  uint32_t first_register_offset;
};

struct StoreRules {
  uint32_t register_offset;
  uint32_t then_load;
};

struct AddressRules {
  uint32_t written_by_previous;
  uint32_t base_written_back;
};

struct FetchRules {
  uint32_t queue_words;  // 0: instructions are always there in time
  uint32_t latency;      // cycles from the request of a word until it can be used
};

inline constexpr uint32_t kMaxFetchQueueWords = 8;

struct CoreTable {
  ClassCycles cycles;
  BranchCycles taken;
  LoadRules load;
  StoreRules store;
  AddressRules address;
  FetchRules fetch;
};

// Errors: kMalformed with the line and the key.
base::Result<CoreTable> parse_core_table(const board::Core& core);

}  // namespace thimble::sim
