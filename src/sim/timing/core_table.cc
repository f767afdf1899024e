#include "sim/timing/core_table.h"

#include <algorithm>

#include "board/toml.h"

namespace thimble::sim {
namespace {

using board::TomlTable;

// No instruction of these processors takes longer.
constexpr int64_t kMaxCycles = 1000;
constexpr int64_t kMaxResult = 100;  // fits PipelineSituation::ready
// Stages of these pipelines between which an operand may be wanted.
constexpr int64_t kMaxStages = 4;

uint32_t cycles(TomlTable& table, std::string_view key, int64_t minimum = 0) {
  return static_cast<uint32_t>(table.integer(key, minimum, kMaxCycles));
}

int stages(TomlTable& table, std::string_view key) {
  return static_cast<int>(table.integer(key, -kMaxStages, kMaxStages));
}

IssueSlot read_slot(TomlTable& row) {
  const std::string slot = row.choice("issue", {"alone", "older", "younger", "either"});
  if (slot == "either") return IssueSlot::kEither;
  if (slot == "older") return IssueSlot::kOlder;
  return slot == "younger" ? IssueSlot::kYounger : IssueSlot::kAlone;
}

ClassRow read_row(TomlTable row, InstructionClass c, bool single_issue) {
  ClassRow r;
  r.cycles = cycles(row, "cycles");
  if (is_branch(c)) {
    r.taken = cycles(row, "taken");
  } else {
    r.result = static_cast<uint32_t>(row.integer("result", 0, kMaxResult));
  }
  if (!single_issue) r.issue = read_slot(row);
  row.close();
  return r;
}

std::array<ClassRow, kClassCount> read_rows(TomlTable table, bool single_issue) {
  std::array<ClassRow, kClassCount> rows;
  for (size_t i = 0; i < kClassCount; ++i)
    rows[i] = read_row(table.table(kClassNames[i]), static_cast<InstructionClass>(i), single_issue);
  table.close();
  return rows;
}

ClassSet read_classes(TomlTable& table, std::string_view key) {
  static const std::vector<std::string> names(kClassNames.begin(), kClassNames.end());
  ClassSet classes;
  for (size_t index : table.choices(key, names)) classes.set(index);
  return classes;
}

LoadRules read_load(TomlTable table) {
  LoadRules l;
  l.stall = cycles(table, "stall");
  l.hidden_by_store = table.boolean("hidden_by_store");
  l.write_back_overlaps = table.boolean("write_back_overlaps");
  l.first_register_offset = cycles(table, "first_register_offset");
  l.late_for = read_classes(table, "late_for");
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
  a.updated_base_result =
      static_cast<uint32_t>(table.integer("updated_base_result", 0, kMaxResult));
  table.close();
  return a;
}

OperandTimes read_operands(TomlTable table) {
  OperandTimes o;
  o.address = stages(table, "address");
  o.shifted = stages(table, "shifted");
  o.accumulator = stages(table, "accumulator");
  o.extend_accumulator = stages(table, "extend_accumulator");
  o.store_data = stages(table, "store_data");
  o.branch_target = stages(table, "branch_target");
  table.close();
  return o;
}

FlagRules read_flags(TomlTable table) {
  FlagRules f;
  f.multiply = cycles(table, "multiply");
  f.shifted_constant = cycles(table, "shifted_constant");
  table.close();
  return f;
}

FloatRules read_float(TomlTable table) {
  FloatRules f;
  f.accumulate_chain = static_cast<uint32_t>(table.integer("accumulate_chain", 0, kMaxResult));
  f.after_multiply_accumulate =
      static_cast<uint32_t>(table.integer("after_multiply_accumulate", 0, 100));
  f.multiply_accumulates_overlap = table.boolean("multiply_accumulates_overlap");
  table.close();
  return f;
}

BranchRules read_branch(TomlTable table) {
  BranchRules b;
  b.waits_for_flags = table.boolean("waits_for_flags");
  b.mispredicted = cycles(table, "mispredicted");
  table.close();
  return b;
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

IssueRules read_issue(TomlTable table) {
  IssueRules i;
  i.width = static_cast<uint32_t>(table.integer("width", 1, 2));
  i.narrow_only = false;
  i.unknown_banks_differ = false;
  if (i.width > 1) {
    i.narrow_only = table.boolean("narrow_only");
    i.unknown_banks_differ = table.boolean("unknown_banks_differ");
    i.early = read_classes(table, "early");
    if (table.has("conflict")) {
      for (TomlTable& conflict : table.tables("conflict")) {
        const ClassSet older = read_classes(conflict, "older");
        const ClassSet younger = read_classes(conflict, "younger");
        i.conflicts.push_back({older, younger});
        conflict.close();
      }
    }
  }
  table.close();
  return i;
}

OperandRules read_by_operand(TomlTable table, uint32_t shortest_divide) {
  OperandRules o;
  o.timing.unaligned_half = cycles(table, "unaligned_half");
  o.timing.unaligned_word = cycles(table, "unaligned_word");
  o.timing.unaligned_word_odd = cycles(table, "unaligned_word_odd");
  const uint32_t longest = cycles(table, "longest_divide");
  if (longest < shortest_divide)
    table.reject("longest_divide", "must be at least the cycles of the row 'divide'");
  o.timing.divide_span = longest - std::min(longest, shortest_divide);
  o.skipped = cycles(table, "skipped");
  table.close();
  return o;
}

ExceptionTiming read_exception(TomlTable table) {
  ExceptionTiming e;
  table.string("source");
  e.entry = cycles(table, "entry");
  e.exit = cycles(table, "exit");
  e.tail_chain = cycles(table, "tail_chain");
  e.float_entry = cycles(table, "float_entry");
  table.close();
  return e;
}

}  // namespace

base::Result<ExceptionTiming> exception_timing(const board::Core& core) {
  THIMBLE_ASSIGN(const CoreTable table, parse_core_table(core));
  return table.exception;
}

base::Result<CoreTable> parse_core_table(const board::Core& core) {
  THIMBLE_ASSIGN(auto document,
                 board::TomlDocument::parse(core.timing_toml, "cores/" + core.name + ".toml"));
  TomlTable timing = document.root().table("timing");
  CoreTable table;
  timing.string("source");
  table.issue = read_issue(timing.table("issue"));
  table.rows = read_rows(timing.table("class"), table.issue.width == 1);
  table.multiple_words_per_cycle = cycles(timing, "multiple_words_per_cycle", 1);
  table.flags = read_flags(timing.table("sets_flags"));
  table.load = read_load(timing.table("load"));
  table.store = read_store(timing.table("store"));
  table.address = read_address(timing.table("address"));
  table.operands = read_operands(timing.table("operand_early"));
  table.floating = read_float(timing.table("float"));
  table.branch = read_branch(timing.table("branch"));
  table.fetch = read_fetch(timing.table("fetch"));
  table.exception = read_exception(timing.table("exception"));
  table.by_operand =
      read_by_operand(timing.table("by_operand"), table.row(InstructionClass::kDivide).cycles);
  timing.close();
  THIMBLE_TRY(document.status());
  return table;
}

}  // namespace thimble::sim
