#include "tools/bench/report.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace thimble::bench {
namespace {

using base::grouped;
using base::TextTable;

std::string ratio(double ours, double theirs) {
  return theirs == 0 ? "-" : fmt::format("{:.3f}", ours / theirs);
}

// A margin that the uncertainty could explain is a tie.
std::string judged(double ours, double theirs, double uncertainty_percent) {
  if (theirs == 0) return "-";
  const bool is_tie = std::abs(ours / theirs - 1) * 100 < uncertainty_percent;
  return ratio(ours, theirs) + (is_tie ? " tie" : "    ");
}

const Record* find(const Records& records, const std::string& network, const std::string& board) {
  const auto found = records.find({network, board});
  return found == records.end() ? nullptr : &found->second;
}

}  // namespace

std::string report(const std::vector<Row>& rows, const Comparison& comparison) {
  using Align = TextTable::Align;
  TextTable table({{"network", Align::kLeft},
                   {"board", Align::kLeft},
                   {"prefer", Align::kLeft},
                   {"kernels", Align::kLeft},
                   {"ms"},
                   {"cycles"},
                   {"/MACC"},
                   {"committed"},
                   {"record"},
                   {"peer"},
                   {"peer here"},
                   {"RAM"},
                   {"flash"},
                   {"RAM ratio"},
                   {"flash ratio"}});
  for (const Row& row : rows) {
    const auto found = comparison.measured.find(row.key());
    if (found == comparison.measured.end()) continue;
    const Figures& figures = found->second;
    const auto committed = comparison.committed.find(row.key());
    const Record* record = find(comparison.records, row.network, row.board);
    const Record* peer = find(comparison.peer, row.network, row.board);
    // The peer's memory hardly depends on the board.
    const Record* memory = record && record->ram_bytes > 0
                               ? record
                               : find(comparison.peer, row.network, "cortex-m4-0ws");
    const auto here = comparison.peer_in_this_run.find(row.key());
    const auto cycles = static_cast<double>(figures.cycles);
    const bool is_new = committed == comparison.committed.end();
    table.add_row(
        {row.network, row.board, row.prefer, row.chosen, fmt::format("{:.3f}", figures.ms()),
         grouped(figures.cycles),
         fmt::format("{:.2f}", cycles / static_cast<double>(std::max<uint64_t>(1, figures.maccs))),
         is_new ? "new" : ratio(cycles, static_cast<double>(committed->second.cycles)),
         record ? judged(figures.ms(), record->ms, figures.uncertainty_percent) : "-",
         peer ? judged(cycles, peer->cycles, figures.uncertainty_percent) : "-",
         here == comparison.peer_in_this_run.end() ? "-" : ratio(cycles, here->second),
         grouped(figures.ram_bytes()), grouped(figures.flash_bytes()),
         memory ? ratio(static_cast<double>(figures.ram_bytes()), memory->ram_bytes) : "-",
         memory ? ratio(static_cast<double>(figures.flash_bytes()), memory->flash_bytes) : "-"});
  }
  return table.to_string();
}

}  // namespace thimble::bench
