#include "cli/sim_report.h"

#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/progress.h"
#include "base/text.h"

namespace thimble::cli {
namespace {

using base::grouped;
using base::TextTable;
using nlohmann::ordered_json;
using sim::StopKind;

// Apart from what programs usually return, and from 126 and more, which shells use.
constexpr int kFaultStatus = 120;
constexpr int kBreakStatus = 121;
constexpr int kSleepStatus = 122;
constexpr int kResetStatus = 123;
constexpr int kLimitStatus = 124;  // as of timeout(1)

double percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

double milliseconds(double cycles, const board::Board& board) {
  return 1e3 * cycles / static_cast<double>(board.clock_hz);
}

uint64_t ram_bytes(const board::Board& board) {
  uint64_t total = 0;
  for (const board::Memory& memory : board.memories)
    if (memory.kind == board::MemoryKind::kRam) total += memory.size_bytes;
  return total;
}

// Indices of functions, most expensive first.
std::vector<size_t> by_self_cycles(const sim::Profile& profile) {
  std::vector<size_t> order(profile.functions.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    return profile.functions[a].self.cycles > profile.functions[b].self.cycles;
  });
  return order;
}

// "ns::f(int) const" -> "ns::f": a table has no room for parameters.
std::string without_parameters(const std::string& name) {
  const size_t close = name.rfind(')');
  if (close == std::string::npos) return name;
  size_t depth = 0;
  for (size_t at = close + 1; at-- > 0;) {
    if (name[at] == ')') ++depth;
    if (name[at] == '(' && --depth == 0) return at > 0 ? name.substr(0, at) : name;
  }
  return name;
}

void print_rest(size_t shown, size_t all, const char* what) {
  if (all > shown) fmt::print("and {} more {} (--top {})\n", all - shown, what, all);
}

void print_functions(const SimReport& report) {
  const sim::Profile& profile = report.result.profile;
  const uint64_t all = profile.all_cycles();
  TextTable table({{"self cycles"},
                   {"self"},
                   {"inclusive"},
                   {"incl."},
                   {"calls"},
                   {"instructions"},
                   {"function", TextTable::Align::kLeft}});
  const std::vector<size_t> order = by_self_cycles(profile);
  const size_t shown = std::min(report.top, order.size());
  for (size_t i = 0; i < shown; ++i) {
    const sim::Profile::Function& function = profile.functions[order[i]];
    table.add_row(
        {grouped(function.self.cycles), fmt::format("{:.1f} %", percent(function.self.cycles, all)),
         grouped(function.inclusive.cycles),
         fmt::format("{:.1f} %", percent(function.inclusive.cycles, all)), grouped(function.calls),
         grouped(function.self.instructions), without_parameters(sim::function_name(function))});
  }
  if (profile.idle_cycles > 0)
    table.add_row({grouped(profile.idle_cycles),
                   fmt::format("{:.1f} %", percent(profile.idle_cycles, all)), "", "", "", "",
                   "(in no function)"});
  fmt::print("\n{}", table.to_string());
  print_rest(shown, order.size(), "functions");
}

void print_lines(const SimReport& report) {
  const uint64_t all = report.result.profile.all_cycles();
  TextTable table(
      {{"cycles"}, {"share"}, {"instructions"}, {"source line", TextTable::Align::kLeft}});
  const size_t shown = std::min(report.top, report.lines.size());
  for (size_t i = 0; i < shown; ++i) {
    const sim::LineCost& line = report.lines[i];
    table.add_row({grouped(line.cost.cycles),
                   fmt::format("{:.1f} %", percent(line.cost.cycles, all)),
                   grouped(line.cost.instructions),
                   line.line ? fmt::format("{}:{}", line.line->file, line.line->line)
                             : "(no line: compile with -g)"});
  }
  fmt::print("\n{}", table.to_string());
  print_rest(shown, report.lines.size(), "lines");
}

void print_passes(const std::string& from, const std::string& to, const sim::PassStatistics& passes,
                  const board::Board& board) {
  if (passes.count == 0) return fmt::print("passes   none from {} to {}\n", from, to);
  fmt::print("passes   {} from {} to {}: min {}, mean {:.1f}, max {} cycles; mean {:.4f} ms\n",
             grouped(passes.count), from, to, grouped(passes.min_cycles), passes.mean_cycles(),
             grouped(passes.max_cycles), milliseconds(passes.mean_cycles(), board));
}

// What to do about a fault that comes from how the program was built; empty: nothing is known.
std::string advice(const sim::Fault& fault, const board::Board& board) {
  if (fault.kind == sim::FaultKind::kUndefinedInstruction)
    return fmt::format("the core is {0}: is the program compiled with -mcpu={0}?", board.core);
  if (fault.kind != sim::FaultKind::kFpuDisabled) return {};
  return board.fpu ? "start-up code has to set bits 20 to 23 of CPACR (0xE000ED88), then DSB, ISB"
                   : "the board has no floating-point unit: compile with -mfloat-abi=soft";
}

void print_end(const sim::Stop& stop, const board::Board& board) {
  const bool bad = stop.kind == StopKind::kFault || stop.kind == StopKind::kCycleLimit ||
                   (stop.kind == StopKind::kExit && stop.exit_code != 0);
  const bool colour = base::wants_colour(STDOUT_FILENO);
  const auto style =
      bad && colour ? fmt::fg(fmt::color::red) | fmt::emphasis::bold : fmt::text_style();
  fmt::print("ended    {}\n", fmt::format(style, "{}", stop.to_string()));
  if (stop.fault) {
    fmt::print("{}", stop.fault->details());
    if (const std::string text = advice(*stop.fault, board); !text.empty())
      fmt::print("  {}\n", text);
  }
  if (stop.kind == StopKind::kCycleLimit)
    fmt::print("         raise --max-cycles or --max-seconds if the program needs longer\n");
}

const char* stop_name(StopKind kind) {
  switch (kind) {
    case StopKind::kBreakpoint:
      return "breakpoint";
    case StopKind::kExit:
      return "exit";
    case StopKind::kBreakInstruction:
      return "break_instruction";
    case StopKind::kSleep:
      return "sleep";
    case StopKind::kReset:
      return "reset";
    case StopKind::kCycleLimit:
      return "limit";
    case StopKind::kFault:
      return "fault";
  }
  return "unknown";
}

ordered_json location_json(const sim::CodeLocation& location) {
  ordered_json json = {{"address", location.address}, {"function", location.function}};
  if (location.line) {
    json["file"] = location.line->file;
    json["line"] = location.line->line;
  }
  return json;
}

ordered_json end_json(const sim::Stop& stop) {
  ordered_json json = {{"kind", stop_name(stop.kind)},
                       {"exit_code", stop.exit_code},
                       {"message", stop.to_string()},
                       {"where", location_json(stop.where)}};
  if (!stop.fault) return json;
  ordered_json callers = ordered_json::array();
  for (const sim::Caller& caller : stop.fault->callers) {
    callers.push_back(location_json(caller));
    callers.back()["guessed"] = caller.guessed;
  }
  json["fault"] = {{"kind", sim::fault_kind_name(stop.fault->kind)},
                   {"address", stop.fault->address},
                   {"registers", stop.fault->registers},
                   {"callers", callers}};
  return json;
}

ordered_json passes_json(const std::string& from, const std::string& to,
                         const sim::PassStatistics& passes) {
  return {{"from", from},
          {"to", to},
          {"count", passes.count},
          {"min_cycles", passes.min_cycles},
          {"mean_cycles", passes.mean_cycles()},
          {"max_cycles", passes.max_cycles}};
}

ordered_json cost_json(const sim::Cost& cost) {
  return {{"cycles", cost.cycles},
          {"instructions", cost.instructions},
          {"data_stall_cycles", cost.data_stalls},
          {"fetch_stall_cycles", cost.fetch_stalls}};
}

ordered_json functions_json(const sim::Profile& profile) {
  ordered_json functions = ordered_json::array();
  for (const size_t index : by_self_cycles(profile)) {
    const sim::Profile::Function& function = profile.functions[index];
    functions.push_back({{"name", sim::function_name(function)},
                         {"address", function.symbol ? function.symbol->address : 0},
                         {"calls", function.calls},
                         {"self", cost_json(function.self)},
                         {"inclusive", cost_json(function.inclusive)}});
  }
  return functions;
}

}  // namespace

int exit_status(const sim::Stop& stop) {
  switch (stop.kind) {
    case StopKind::kExit:
      return stop.exit_code & 0xFF;
    case StopKind::kFault:
      return kFaultStatus;
    case StopKind::kBreakpoint:
    case StopKind::kBreakInstruction:
      return kBreakStatus;
    case StopKind::kSleep:
      return kSleepStatus;
    case StopKind::kReset:
      return kResetStatus;
    case StopKind::kCycleLimit:
      return kLimitStatus;
  }
  return kFaultStatus;
}

void print_sim(const SimReport& report) {
  const sim::SessionResult& result = report.result;
  const board::Board& board = report.board;
  fmt::print("{} on {}: {}, {} at {:g} MHz\nsimulated, timing version {}.{}\n\n", report.firmware,
             board.name, board.description, board.core, static_cast<double>(board.clock_hz) / 1e6,
             report.timing_version, sim::kMemoryTimingVersion);
  print_end(result.stop, board);
  fmt::print("cycles   {} ({} instructions)\n", grouped(result.cycles),
             grouped(result.instructions));
  fmt::print("time     {:.4f} ms, simulated\n",
             milliseconds(static_cast<double>(result.cycles), board));
  fmt::print("energy   {:.1f} uJ at {:g} mW active and {:g} mW asleep, simulated\n",
             result.power.total_energy_uj(), board.power.active_mw, board.power.sleep_mw);
  fmt::print("flash    {} B ({:.1f} % of {})\n", grouped(result.footprint.flash_bytes),
             percent(result.footprint.flash_bytes, board.flash().size_bytes), board.name);
  fmt::print("RAM      {} B static ({:.1f} % of {})", grouped(result.footprint.static_ram_bytes),
             percent(result.footprint.static_ram_bytes, ram_bytes(board)), board.name);
  if (result.footprint.reserved_bytes > 0)
    fmt::print(", {} B set aside for stack and heap", grouped(result.footprint.reserved_bytes));
  if (result.stack)
    fmt::print("\nstack    {} B used at most of {} B, from {} down to {}\n",
               grouped(result.stack_bytes), grouped(result.stack->high - result.stack->low),
               result.stack->high_from, result.stack->low_from);
  else
    fmt::print("\nstack    not known: the initial stack pointer points into no RAM\n");
  if (!report.from.empty()) print_passes(report.from, report.to, result.passes, board);
  if (report.pin_passes) print_passes(report.from_pin, report.to_pin, *report.pin_passes, board);
  if (report.top > 0) print_functions(report);
  if (report.top > 0 && !report.lines.empty()) print_lines(report);
}

ordered_json sim_json(const SimReport& report) {
  const sim::SessionResult& result = report.result;
  ordered_json json = {{"schema", "thimble-sim/1"},
                       {"firmware", report.firmware},
                       {"board", report.board.name},
                       {"simulated", true},
                       {"timing_version", report.timing_version},
                       {"memory_timing_version", sim::kMemoryTimingVersion},
                       {"clock_hz", report.board.clock_hz},
                       {"end", end_json(result.stop)},
                       {"cycles", result.cycles},
                       {"instructions", result.instructions},
                       {"time_ms", milliseconds(static_cast<double>(result.cycles), report.board)},
                       {"energy_uj", result.power.total_energy_uj()},
                       {"active_mw", report.board.power.active_mw},
                       {"sleep_mw", report.board.power.sleep_mw},
                       {"power_source", report.board.power.source},
                       {"flash_bytes", result.footprint.flash_bytes},
                       {"static_ram_bytes", result.footprint.static_ram_bytes},
                       {"reserved_ram_bytes", result.footprint.reserved_bytes},
                       {"output", report.output},
                       {"uart", report.uart},
                       {"trace_text", report.trace_text}};
  if (result.stack)
    json["stack"] = {{"used_bytes", result.stack_bytes},
                     {"size_bytes", result.stack->high - result.stack->low},
                     {"high_address", result.stack->high},
                     {"high_from", result.stack->high_from},
                     {"low_from", result.stack->low_from}};
  if (!report.from.empty()) json["passes"] = passes_json(report.from, report.to, result.passes);
  if (report.pin_passes)
    json["pin_passes"] = passes_json(report.from_pin, report.to_pin, *report.pin_passes);
  json["idle_cycles"] = result.profile.idle_cycles;
  json["functions"] = functions_json(result.profile);
  if (report.lines.empty()) return json;
  ordered_json lines = ordered_json::array();
  for (const sim::LineCost& line : report.lines) {
    lines.push_back(cost_json(line.cost));
    lines.back()["file"] = line.line ? line.line->file : "";
    lines.back()["line"] = line.line ? line.line->line : 0;
  }
  json["lines"] = lines;
  return json;
}

}  // namespace thimble::cli
