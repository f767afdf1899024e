#include "tools/accuracy/hardware.h"

#include <algorithm>
#include <map>

#include "base/files.h"
#include "board/board.h"
#include "sim/machine.h"
#include "tools/accuracy/csv.h"

namespace thimble::accuracy {
namespace {

using base::ErrorCode;

constexpr const char* kBoard = "cortex-m4-0ws";

// Cycles of each call of the operations of one program.
using Calls = std::map<std::string, std::vector<uint64_t>>;

base::Result<Calls> run_program(const std::filesystem::path& path,
                                const std::vector<std::string>& operations) {
  THIMBLE_ASSIGN(const board::Board board, board::load_board(kBoard));
  THIMBLE_ASSIGN(const board::Core core, board::load_core(board.core));
  THIMBLE_ASSIGN(sim::Elf elf, sim::Elf::load(path));
  THIMBLE_ASSIGN(sim::Machine machine, sim::Machine::create(board, core, std::move(elf)));
  struct Watched {
    std::string operation;
    sim::WatchId id = 0;
    sim::FunctionStatistics seen;
  };
  std::vector<Watched> watched;
  for (const std::string& operation : operations) {
    const std::string function = "operation_" + operation;
    THIMBLE_ASSIGN(const sim::WatchId id, machine.watch_function(function));
    THIMBLE_TRY(machine.add_breakpoint(function));
    watched.push_back({operation, id, {}});
  }
  // An operation has returned when the next one begins or the program ends.
  Calls calls;
  for (;;) {
    const sim::Stop stop = machine.run();
    for (Watched& watch : watched) {
      const sim::FunctionStatistics now = machine.statistics(watch.id);
      if (now.calls > watch.seen.calls)
        calls[watch.operation].push_back(now.cycles - watch.seen.cycles);
      watch.seen = now;
    }
    if (stop.kind == sim::StopKind::kBreakpoint) continue;
    if (stop.kind == sim::StopKind::kExit && stop.exit_code == 0) return calls;
    return base::fail(ErrorCode::kFault, "{}: {}", path.string(), stop.to_string());
  }
}

double statistic_of(const std::vector<uint64_t>& cycles, const std::string& statistic) {
  if (statistic == "minimum") return static_cast<double>(*std::ranges::min_element(cycles));
  double sum = 0;
  for (uint64_t value : cycles) sum += static_cast<double>(value);
  return sum / static_cast<double>(cycles.size());
}

}  // namespace

base::Result<std::vector<PublishedFigure>> load_published_figures(
    const std::filesystem::path& path) {
  THIMBLE_ASSIGN(const CsvTable table, CsvTable::load(path));
  std::vector<PublishedFigure> figures;
  for (const CsvTable::Row& row : table.rows()) {
    PublishedFigure figure;
    THIMBLE_ASSIGN(figure.program, row.text("program"));
    THIMBLE_ASSIGN(figure.operation, row.text("operation"));
    THIMBLE_ASSIGN(figure.language, row.text("language"));
    THIMBLE_ASSIGN(figure.set, row.text("set"));
    THIMBLE_ASSIGN(figure.statistic, row.text("statistic"));
    THIMBLE_ASSIGN(const double cycles, row.number("cycles"));
    figure.cycles = static_cast<uint64_t>(cycles);
    THIMBLE_ASSIGN(figure.spread_percent, row.number("spread"));
    figures.push_back(std::move(figure));
  }
  return figures;
}

base::Result<std::vector<HardwareComparison>> compare_with_hardware(
    const std::vector<PublishedFigure>& figures, const std::filesystem::path& directory) {
  std::vector<HardwareComparison> comparisons;
  for (auto first = figures.begin(); first != figures.end();) {
    const auto last = std::find_if(first, figures.end(), [&](const PublishedFigure& figure) {
      return figure.program != first->program;
    });
    const std::filesystem::path path = directory / (first->program + ".elf");
    if (std::filesystem::exists(path)) {
      std::vector<std::string> operations;
      for (auto figure = first; figure != last; ++figure) operations.push_back(figure->operation);
      // All three, so that each ends where the next begins.
      THIMBLE_ASSIGN(const Calls calls, run_program(path, operations));
      for (auto figure = first; figure != last; ++figure)
        if (const auto found = calls.find(figure->operation); found != calls.end())
          comparisons.push_back({*figure, statistic_of(found->second, figure->statistic)});
    }
    first = last;
  }
  return comparisons;
}

base::Result<double> coremark_per_mhz(const std::filesystem::path& path,
                                      const std::string& core_name) {
  THIMBLE_ASSIGN(board::Board board, board::load_board(kBoard));
  board.core = core_name;  // its memories are any core's
  THIMBLE_ASSIGN(const board::Core core, board::load_core(core_name));
  THIMBLE_ASSIGN(sim::Elf elf, sim::Elf::load(path));
  THIMBLE_ASSIGN(sim::Machine machine, sim::Machine::create(board, core, std::move(elf)));
  THIMBLE_ASSIGN(const sim::WatchId id, machine.watch_function("iterate"));
  const sim::Stop stop = machine.run();
  const sim::FunctionStatistics& statistics = machine.statistics(id);
  if (stop.kind != sim::StopKind::kExit || stop.exit_code != 0 || statistics.calls == 0)
    return base::fail(ErrorCode::kFault, "{}: {}", path.string(), stop.to_string());
  return kCoreMarkIterations * 1e6 * static_cast<double>(statistics.calls) /
         static_cast<double>(statistics.cycles);
}

}  // namespace thimble::accuracy
