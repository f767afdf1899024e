#include "tools/bench/figures.h"

#include <fmt/format.h>

#include "tools/accuracy/csv.h"

namespace thimble::bench {
namespace {

namespace fs = std::filesystem;
using accuracy::CsvTable;
using base::Result;

constexpr std::string_view kHeader =
    "# Simulated; written by ./dev bench, committed with the code that changed it. docs/bench.md\n";

struct Column {
  const char* name;
  uint64_t Figures::*member;
};
constexpr Column kColumns[] = {{"maccs", &Figures::maccs},
                               {"cycles", &Figures::cycles},
                               {"clock_hz", &Figures::clock_hz},
                               {"arena_bytes", &Figures::arena_bytes},
                               {"stack_bytes", &Figures::stack_bytes},
                               {"weights_ram_bytes", &Figures::weights_ram_bytes},
                               {"static_bytes", &Figures::static_bytes},
                               {"code_bytes", &Figures::code_bytes},
                               {"weights_bytes", &Figures::weights_bytes}};

Result<Row> read_row(const CsvTable::Row& line) {
  Row row;
  THIMBLE_ASSIGN(row.network, line.text("network"));
  THIMBLE_ASSIGN(row.board, line.text("board"));
  THIMBLE_ASSIGN(row.prefer, line.text("prefer"));
  THIMBLE_ASSIGN(row.chosen, line.text("chosen"));
  return row;
}

Result<Records> load_table(const fs::path& path, bool has_ms) {
  THIMBLE_ASSIGN(const CsvTable table, CsvTable::load(path));
  Records records;
  for (const CsvTable::Row& line : table.rows()) {
    Record record;
    THIMBLE_ASSIGN((has_ms ? record.ms : record.cycles), line.number(has_ms ? "ms" : "cycles"));
    THIMBLE_ASSIGN(record.ram_bytes, line.number("ram_bytes"));
    THIMBLE_ASSIGN(record.flash_bytes, line.number("flash_bytes"));
    THIMBLE_ASSIGN(record.source, line.text("source"));
    THIMBLE_ASSIGN(const std::string network, line.text("network"));
    THIMBLE_ASSIGN(const std::string board, line.text("board"));
    records[{network, board}] = record;
  }
  return records;
}

}  // namespace

std::string Row::key() const {
  return fmt::format("{} {} {} {}", network, board, prefer, chosen);
}

fs::path results_file(const fs::path& root) {
  return root / "bench/results.csv";
}

fs::path layers_file(const fs::path& root) {
  return root / "bench/layers.csv";
}

fs::path choices_file(const fs::path& root, const Row& row) {
  return root / "bench/choices" / fmt::format("{}.{}.{}.json", row.network, row.board, row.prefer);
}

Result<std::vector<Row>> load_rows(const fs::path& root) {
  THIMBLE_ASSIGN(const CsvTable table, CsvTable::load(root / "bench/rows.csv"));
  std::vector<Row> rows;
  for (const CsvTable::Row& line : table.rows()) {
    THIMBLE_ASSIGN(Row row, read_row(line));
    THIMBLE_ASSIGN(row.source, line.text("source"));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<Records> load_records(const fs::path& root) {
  return load_table(root / "bench/records.csv", true);
}

Result<Records> load_peer(const fs::path& root) {
  return load_table(root / "bench/peer.csv", false);
}

Result<Results> load_results(const fs::path& root) {
  Results results;
  if (!fs::exists(results_file(root))) return results;
  THIMBLE_ASSIGN(const CsvTable table, CsvTable::load(results_file(root)));
  for (const CsvTable::Row& line : table.rows()) {
    THIMBLE_ASSIGN(const Row row, read_row(line));
    Figures& figures = results[row.key()];
    for (const Column& column : kColumns) {
      THIMBLE_ASSIGN(const double value, line.number(column.name));
      figures.*column.member = static_cast<uint64_t>(value);
    }
    THIMBLE_ASSIGN(figures.uncertainty_percent, line.number("uncertainty_percent"));
  }
  if (!fs::exists(layers_file(root))) return results;
  THIMBLE_ASSIGN(const CsvTable layers, CsvTable::load(layers_file(root)));
  for (const CsvTable::Row& line : layers.rows()) {
    THIMBLE_ASSIGN(const Row row, read_row(line));
    LayerFigures layer;
    THIMBLE_ASSIGN(const double index, line.number("layer"));
    THIMBLE_ASSIGN(layer.op, line.text("op"));
    THIMBLE_ASSIGN(layer.kernel, line.text("kernel"));
    THIMBLE_ASSIGN(const double maccs, line.number("maccs"));
    THIMBLE_ASSIGN(const double cycles, line.number("cycles"));
    layer.index = static_cast<int64_t>(index);
    layer.maccs = static_cast<uint64_t>(maccs);
    layer.cycles = static_cast<uint64_t>(cycles);
    results[row.key()].layers.push_back(std::move(layer));
  }
  return results;
}

std::string results_text(const std::vector<Row>& rows, const Results& results) {
  std::string text(kHeader);
  text += "network;board;prefer;chosen;ms";
  for (const Column& column : kColumns) text += fmt::format(";{}", column.name);
  text += ";uncertainty_percent\n";
  for (const Row& row : rows) {
    const auto found = results.find(row.key());
    if (found == results.end()) continue;
    const Figures& figures = found->second;
    text += fmt::format("{};{};{};{};{:.3f}", row.network, row.board, row.prefer, row.chosen,
                        figures.ms());
    for (const Column& column : kColumns) text += fmt::format(";{}", figures.*column.member);
    text += fmt::format(";{:g}\n", figures.uncertainty_percent);
  }
  return text;
}

std::string layers_text(const std::vector<Row>& rows, const Results& results) {
  std::string text(kHeader);
  text += "network;board;prefer;chosen;layer;op;kernel;maccs;cycles;cycles_per_macc\n";
  for (const Row& row : rows) {
    const auto found = results.find(row.key());
    if (found == results.end()) continue;
    for (const LayerFigures& layer : found->second.layers) {
      const double ratio =
          layer.maccs == 0 ? 0
                           : static_cast<double>(layer.cycles) / static_cast<double>(layer.maccs);
      text += fmt::format("{};{};{};{};{};{};{};{};{};{:.3f}\n", row.network, row.board, row.prefer,
                          row.chosen, layer.index, layer.op, layer.kernel, layer.maccs,
                          layer.cycles, ratio);
    }
  }
  return text;
}

}  // namespace thimble::bench
