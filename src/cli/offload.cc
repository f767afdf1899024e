// thimble offload: inferring on the board against sending the input to somebody who infers.
#include "decide/offload.h"

#include <fmt/format.h>

#include "base/progress.h"
#include "base/quantity.h"
#include "base/text.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "decide/catalog.h"
#include "exec/executor.h"
#include "tune/by_rule.h"

namespace thimble::cli {
namespace {

using base::grouped;
using measure::Measurement;
using nlohmann::ordered_json;

struct Options {
  std::string model, board, prefer = "balanced", input_bytes;
  std::vector<std::string> radios;
  bool receive_result = false, no_overhead = false, json = false;
};

uint64_t bytes_of(const ir::Graph& graph, const std::vector<ir::TensorId>& ids) {
  uint64_t bytes = 0;
  for (ir::TensorId id : ids) bytes += graph.tensor(id).bytes();
  return bytes;
}

base::Result<Measurement> infer(const ir::Graph& graph, const board::Board& board,
                                const std::string& prefer) {
  THIMBLE_ASSIGN(const board::Core core, board::load_core(board.core));
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs) inputs.push_back(exec::pattern_input(graph.tensor(id)));
  base::StatusLine status;
  tune::Options options;
  options.bench.choices.prefer = preference(prefer);
  options.bench.on_stage = [&](std::string_view stage) { status.stage(stage); };
  THIMBLE_TRY(measure::check_fits_at_least(graph, board, core, options.bench));
  THIMBLE_ASSIGN(tune::Ruled ruled, tune::bench_by_rule(graph, board, core, inputs, options));
  return std::move(ruled.measurement);
}

void print_table(const Measurement& m, const decide::Exchange& exchange,
                 const std::vector<decide::Offload>& rows) {
  using base::TextTable;
  fmt::print("{} on {}: {:.3f} ms, {:.3f} mJ an inference (simulated)\n", m.model, m.board,
             m.latency_ms, m.energy_uj / 1e3);
  fmt::print("sending  {} B of input{}, {}\n\n", grouped(exchange.send_bytes),
             exchange.receive_bytes == 0
                 ? ""
                 : fmt::format(", receiving {} B of result", grouped(exchange.receive_bytes)),
             exchange.packets == decide::Packets::kCounted ? "in packets" : "without any overhead");
  TextTable table({{"radio", TextTable::Align::kLeft},
                   {"ms"},
                   {"mJ"},
                   {"against inferring"},
                   {"less energy", TextTable::Align::kLeft},
                   {"break-even B"}});
  for (const decide::Offload& row : rows)
    table.add_row({row.radio.name, fmt::format("{:.3f}", row.time_ms),
                   fmt::format("{:.3f}", row.energy_uj / 1e3),
                   fmt::format("{:.2f} x", row.energy_uj / m.energy_uj),
                   row.energy_uj < m.energy_uj ? "sending" : "inferring",
                   grouped(row.break_even_bytes)});
  fmt::print("{}\nBreak-even: the most bytes that can be sent for the energy of an inference.\n",
             table.to_string());
  for (const decide::Offload& row : rows)
    fmt::print("{}\n",
               base::wrapped(
                   row.radio.name + ": " + row.radio.description + "; " + row.radio.source, 98, 2));
}

ordered_json report_json(const Measurement& m, const decide::Exchange& exchange,
                         const std::vector<decide::Offload>& rows) {
  ordered_json radios = ordered_json::array();
  for (const decide::Offload& row : rows)
    radios.push_back({{"radio", row.radio.name},
                      {"time_ms", row.time_ms},
                      {"energy_uj", row.energy_uj},
                      {"ratio", row.energy_uj / m.energy_uj},
                      {"break_even_bytes", row.break_even_bytes},
                      {"source", row.radio.source}});
  return {{"schema", "thimble-offload/1"},
          {"model", m.model},
          {"board", m.board},
          {"simulated", true},
          {"latency_ms", m.latency_ms},
          {"energy_uj", m.energy_uj},
          {"send_bytes", exchange.send_bytes},
          {"receive_bytes", exchange.receive_bytes},
          {"packets", exchange.packets == decide::Packets::kCounted},
          {"radios", radios}};
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(const board::Board board, board::load_board(options.board));
  std::vector<decide::Radio> radios;
  for (const std::string& name : options.radios) {
    THIMBLE_ASSIGN(decide::Radio radio, decide::load_radio(name));
    radios.push_back(std::move(radio));
  }
  decide::Exchange exchange{
      .packets = options.no_overhead ? decide::Packets::kIgnored : decide::Packets::kCounted,
      .sleep_mw = board.power.sleep_mw};
  if (!options.input_bytes.empty()) {
    THIMBLE_ASSIGN(exchange.send_bytes, base::parse_bytes(options.input_bytes));
  }
  THIMBLE_ASSIGN(const ir::Graph graph, load_model(options.model));
  if (options.input_bytes.empty()) exchange.send_bytes = bytes_of(graph, graph.inputs);
  if (options.receive_result) exchange.receive_bytes = bytes_of(graph, graph.outputs);

  THIMBLE_ASSIGN(Measurement m, infer(graph, board, options.prefer));
  m.model = base::printable(std::filesystem::path(options.model).filename().string());
  std::vector<decide::Offload> rows;
  for (const decide::Radio& radio : radios)
    rows.push_back(decide::offload(radio, exchange, m.energy_uj));
  if (options.json)
    print_json(report_json(m, exchange, rows));
  else
    print_table(m, exchange, rows);
  return m.check.match ? kSuccess : kFailure;
}

}  // namespace

Command add_offload(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  options->radios = decide::names(decide::Kind::kRadio);
  CLI::App* app = parent.add_subcommand(
      "offload", "Compare inferring on a board with sending the input over a radio");
  app->add_option("MODEL", options->model, "A .tflite or .onnx file")
      ->required()
      ->type_name("FILE");
  app->add_option("--board", options->board, "A name that 'thimble boards' lists, or FILE.toml")
      ->required();
  app->add_option("--radio", options->radios, "Names, or FILE.toml")
      ->delimiter(',')
      ->capture_default_str();
  app->add_option("--input-bytes", options->input_bytes,
                  "What is sent, if not the network's input as it is: 4K");
  app->add_flag("--receive-result", options->receive_result,
                "The network's outputs come back over the radio");
  app->add_flag("--no-overhead", options->no_overhead,
                "Only the payload's bits, no packets: the best case");
  add_prefer_option(*app, options->prefer);
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
