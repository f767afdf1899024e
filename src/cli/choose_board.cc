// thimble choose: the boards that meet a budget, the smallest first.
#include <fmt/format.h>

#include "base/progress.h"
#include "base/quantity.h"
#include "base/text.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "decide/board_choice.h"
#include "exec/executor.h"

namespace thimble::cli {
namespace {

using base::grouped;
using decide::Candidate;
using nlohmann::ordered_json;

struct Options {
  std::string model, latency, energy, flash, ram;
  std::string order = "size", prefer = "balanced";
  std::vector<std::string> boards;
  bool json = false;
};

base::Result<decide::Budget> read_budget(const Options& options) {
  decide::Budget budget;
  if (!options.latency.empty()) {
    THIMBLE_ASSIGN(const double seconds, base::parse_seconds(options.latency));
    budget.latency_ms = seconds * 1e3;
  }
  if (!options.energy.empty()) {
    THIMBLE_ASSIGN(budget.energy_uj, base::parse_microjoules(options.energy));
  }
  if (!options.flash.empty()) {
    THIMBLE_ASSIGN(budget.flash_bytes, base::parse_bytes(options.flash));
  }
  if (!options.ram.empty()) {
    THIMBLE_ASSIGN(budget.ram_bytes, base::parse_bytes(options.ram));
  }
  return budget;
}

base::Result<std::vector<board::Board>> read_boards(const std::vector<std::string>& names) {
  if (names.empty()) return decide::real_boards();
  std::vector<board::Board> boards;
  for (const std::string& name : names) {
    THIMBLE_ASSIGN(board::Board board, board::load_board(name));
    boards.push_back(std::move(board));
  }
  return boards;
}

decide::Order order_from(const std::string& name) {
  if (name == "energy") return decide::Order::kEnergy;
  return name == "latency" ? decide::Order::kLatency : decide::Order::kSize;
}

std::string verdict(const Candidate& candidate) {
  if (!candidate.measurement) return "does not run: " + candidate.reason;
  if (candidate.meets()) return "yes";
  return fmt::format("no: {}", fmt::join(candidate.misses, ", "));
}

void print_table(const std::vector<Candidate>& candidates, const std::string& order) {
  using base::TextTable;
  TextTable table({{"board", TextTable::Align::kLeft},
                   {"flash KiB"},
                   {"RAM KiB"},
                   {"ms"},
                   {"mJ"},
                   {"flash B"},
                   {"RAM B"},
                   {"meets the budget", TextTable::Align::kLeft}});
  for (const Candidate& c : candidates) {
    std::vector<std::string> row = {c.board.name,
                                    fmt::format("{}", c.board.flash().size_bytes / 1024),
                                    fmt::format("{}", c.board.ram().size_bytes / 1024)};
    if (const auto& m = c.measurement)
      row.insert(row.end(),
                 {fmt::format("{:.3f}", m->latency_ms), fmt::format("{:.3f}", m->energy_uj / 1e3),
                  grouped(m->flash.total_bytes()), grouped(m->ram.total_bytes())});
    else
      row.insert(row.end(), {"-", "-", "-", "-"});
    row.push_back(base::wrapped(verdict(c), 100, 2));
    table.add_row(std::move(row));
  }
  fmt::print("{}\n", table.to_string());
  if (!candidates.empty() && candidates.front().meets())
    fmt::print("choose   {}, first by {} (simulated)\n", candidates.front().board.name, order);
  else
    fmt::print("choose   none of these boards meets the budget\n");
}

ordered_json to_json(const Candidate& c) {
  ordered_json object = {{"board", c.board.name},
                         {"part_flash_bytes", c.board.flash().size_bytes},
                         {"part_ram_bytes", c.board.ram().size_bytes},
                         {"meets", c.meets()},
                         {"misses", c.misses},
                         {"does_not_run", c.reason}};
  if (const auto& m = c.measurement) {
    object["latency_ms"] = m->latency_ms;
    object["energy_uj"] = m->energy_uj;
    object["flash_bytes"] = m->flash.total_bytes();
    object["ram_bytes"] = m->ram.total_bytes();
  }
  return object;
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(const decide::Budget budget, read_budget(options));
  THIMBLE_ASSIGN(std::vector<board::Board> boards, read_boards(options.boards));
  THIMBLE_ASSIGN(const ir::Graph graph, load_model(options.model));
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs) inputs.push_back(exec::pattern_input(graph.tensor(id)));

  measure::BenchOptions bench;
  bench.choices.prefer = preference(options.prefer);
  base::StatusLine status;
  status.stage("simulating every board");
  const auto count = static_cast<double>(boards.size());
  THIMBLE_ASSIGN(
      const std::vector<Candidate> candidates,
      decide::compare_boards(
          graph, inputs, std::move(boards), bench, budget, order_from(options.order),
          [&](size_t done) { status.update(static_cast<double>(done) / count, options.model); }));
  status.clear();
  const bool found = candidates.front().meets();
  if (options.json) {
    ordered_json list = ordered_json::array();
    for (const Candidate& candidate : candidates) list.push_back(to_json(candidate));
    print_json({{"schema", "thimble-choose/1"},
                {"model", base::printable(options.model)},
                {"simulated", true},
                {"order", options.order},
                {"chosen", found ? candidates.front().board.name : ""},
                {"boards", list}});
  } else {
    print_table(candidates, options.order);
  }
  return found ? kSuccess : kFailure;
}

}  // namespace

Command add_choose(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "choose", "Simulate a network on every board and say which is the smallest within a budget");
  app->add_option("MODEL", options->model, "A .tflite or .onnx file")
      ->required()
      ->type_name("FILE");
  app->add_option("--latency", options->latency, "Most time of an inference: 50ms");
  app->add_option("--energy", options->energy, "Most energy of an inference: 2mJ");
  app->add_option("--flash", options->flash, "Most flash that the program takes: 256K");
  app->add_option("--ram", options->ram, "Most RAM that the program takes: 64K");
  app->add_option("--order", options->order,
                  "Which board comes first: size (flash and RAM of the part), energy or latency")
      ->check(CLI::IsMember({"size", "energy", "latency"}))
      ->capture_default_str();
  app->add_option("--boards", options->boards, "Only these; FILE.toml for one of your own")
      ->delimiter(',');
  add_prefer_option(*app, options->prefer);
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
