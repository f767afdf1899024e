#include "sim/timing/core_table.h"

#include "board/toml.h"

namespace thimble::sim {
namespace {

using board::TomlTable;

// No instruction of these processors takes longer.
constexpr int64_t kMaxCycles = 1000;

uint32_t cycles(TomlTable& table, std::string_view key, int64_t minimum = 0) {
  return static_cast<uint32_t>(table.integer(key, minimum, kMaxCycles));
}

ClassCycles read_cycles(TomlTable table) {
  ClassCycles c;
  c.data_processing = cycles(table, "data_processing");
  c.multiply = cycles(table, "multiply");
  c.multiply_long = cycles(table, "multiply_long");
  c.divide = cycles(table, "divide");
  c.system = cycles(table, "system");
  c.if_then = cycles(table, "if_then");
  c.floating = cycles(table, "float");
  c.float_multiply_accumulate = cycles(table, "float_multiply_accumulate");
  c.float_divide = cycles(table, "float_divide");
  c.float_move_pair = cycles(table, "float_move_pair");
  c.load = cycles(table, "load");
  c.store = cycles(table, "store");
  c.load_pair = cycles(table, "load_pair");
  c.store_pair = cycles(table, "store_pair");
  c.multiple_base = cycles(table, "multiple_base");
  c.multiple_words_per_cycle = cycles(table, "multiple_words_per_cycle", 1);
  c.branch = cycles(table, "branch");
  table.close();
  return c;
}

BranchCycles read_branches(TomlTable table) {
  BranchCycles b;
  b.direct = cycles(table, "direct");
  b.conditional = cycles(table, "conditional");
  b.compare = cycles(table, "compare");
  b.call = cycles(table, "call");
  b.reg = cycles(table, "register");
  b.pop = cycles(table, "pop");
  b.load = cycles(table, "load");
  b.table = cycles(table, "table");
  table.close();
  return b;
}

LoadRules read_load(TomlTable table) {
  LoadRules l;
  l.stall = cycles(table, "stall");
  l.stall_when = table.choice("stall_when", {"not_pipelined", "used"}) == "used"
                     ? LoadStall::kUsed
                     : LoadStall::kNotPipelined;
  l.hidden_by_store = table.boolean("hidden_by_store");
  l.first_register_offset = cycles(table, "first_register_offset");
  table.close();
  return l;
}

StoreRules read_store(TomlTable table) {
  StoreRules s;
  s.register_offset = cycles(table, "register_offset");
  s.then_load = cycles(table, "then_load");
  table.close();
  return s;
}

AddressRules read_address(TomlTable table) {
  AddressRules a;
  a.written_by_previous = cycles(table, "written_by_previous");
  a.base_written_back = cycles(table, "base_written_back");
  table.close();
  return a;
}

FetchRules read_fetch(TomlTable table) {
  FetchRules f;
  f.queue_words = static_cast<uint32_t>(table.integer("queue_words", 0, kMaxFetchQueueWords));
  f.latency = static_cast<uint32_t>(table.integer("latency", 0, 100));
  // An unaligned 32-bit instruction lies in two words, and both must be in the queue.
  if (f.queue_words == 1) table.reject("queue_words", "must be 0 or at least 2");
  table.close();
  return f;
}

}  // namespace

base::Result<CoreTable> parse_core_table(const board::Core& core) {
  THIMBLE_ASSIGN(auto document,
                 board::TomlDocument::parse(core.timing_toml, "cores/" + core.name + ".toml"));
  TomlTable timing = document.root().table("timing");
  CoreTable table;
  timing.string("source");
  table.cycles = read_cycles(timing.table("cycles"));
  table.taken = read_branches(timing.table("branch_taken"));
  table.load = read_load(timing.table("load"));
  table.store = read_store(timing.table("store"));
  table.address = read_address(timing.table("address"));
  table.fetch = read_fetch(timing.table("fetch"));
  timing.close();
  THIMBLE_TRY(document.status());
  return table;
}

}  // namespace thimble::sim
