// thimble bench: a network on a simulated board, layer by layer.
#include "measure/bench.h"

#include <fmt/format.h>

#include <charconv>

#include "base/files.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/command.h"
#include "exec/executor.h"

namespace thimble::cli {
namespace {

using base::ErrorCode;
using base::grouped;
using base::TextTable;
using measure::Measurement;
using nlohmann::ordered_json;

struct Options {
  std::string model, board, optimization = "-O2", kernels = "optimized", input = "pattern", output,
                            compiler = "arm-none-eabi-g++", keep;
  uint64_t max_cycles = 0, ram_budget_bytes = 0;
  bool no_fpu = false, no_passes = false, json = false;
};

base::Result<std::vector<base::Bytes>> inputs_from_file(const ir::Graph& graph,
                                                        const std::string& path) {
  THIMBLE_ASSIGN(base::Bytes all, base::read_file(path));
  size_t expected = 0;
  for (ir::TensorId id : graph.inputs) expected += graph.tensor(id).bytes();
  if (all.size() != expected)
    return base::fail(base::Error(
        ErrorCode::kInvalidArgument,
        fmt::format("{} has {} bytes, the network's inputs need {}", path, all.size(), expected),
        "give the raw little-endian input tensors, one after another"));
  std::vector<base::Bytes> inputs;
  auto at = all.begin();
  for (ir::TensorId id : graph.inputs) {
    auto end = at + static_cast<std::ptrdiff_t>(graph.tensor(id).bytes());
    inputs.emplace_back(at, end);
    at = end;
  }
  return inputs;
}

// "pattern", "random:SEED" or a file.
base::Result<std::vector<base::Bytes>> make_inputs(const ir::Graph& graph,
                                                   const std::string& spec) {
  constexpr std::string_view kRandom = "random:";
  std::vector<base::Bytes> inputs;
  if (spec == "pattern") {
    for (ir::TensorId id : graph.inputs) inputs.push_back(exec::pattern_input(graph.tensor(id)));
    return inputs;
  }
  if (!spec.starts_with(kRandom)) return inputs_from_file(graph, spec);
  uint64_t seed = 0;
  std::string_view digits = std::string_view(spec).substr(kRandom.size());
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
  if (error != std::errc() || end != digits.data() + digits.size())
    return base::fail(ErrorCode::kInvalidArgument, "--input {}: the seed must be a whole number",
                      spec);
  for (size_t i = 0; i < graph.inputs.size(); ++i)
    inputs.push_back(exec::random_input(graph.tensor(graph.inputs[i]), seed + i));
  return inputs;
}

// A file's name may hold control characters, which must not reach the terminal.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

void print_layers(const Measurement& m) {
  TextTable table({{"layer"},
                   {"operator", TextTable::Align::kLeft},
                   {"output", TextTable::Align::kLeft},
                   {"MACCs"},
                   {"cycles"},
                   {"cycles/MACC"},
                   {"ms"},
                   {"uJ"},
                   {"share"}});
  auto ratio = [](uint64_t cycles, uint64_t maccs) {
    return maccs == 0
               ? std::string("-")
               : fmt::format("{:.2f}", static_cast<double>(cycles) / static_cast<double>(maccs));
  };
  for (const measure::LayerMeasurement& layer : m.layers)
    table.add_row(
        {fmt::format("{}", layer.index), layer.op, ir::shape_text(layer.output_shape),
         grouped(layer.maccs), grouped(layer.cycles), ratio(layer.cycles, layer.maccs),
         fmt::format("{:.3f}", layer.latency_ms), fmt::format("{:.1f}", layer.energy_uj),
         fmt::format("{:.1f} %", m.cycles == 0 ? 0.0
                                               : 100.0 * static_cast<double>(layer.cycles) /
                                                     static_cast<double>(m.cycles))});
  table.add_rule();
  table.add_row({"", "total", "", grouped(m.maccs_executed), grouped(m.cycles),
                 ratio(m.cycles, m.maccs_executed), fmt::format("{:.3f}", m.latency_ms),
                 fmt::format("{:.1f}", m.energy_uj), "100.0 %"});
  fmt::print("{}\n", table.to_string());
  if (m.maccs_executed < m.maccs)
    fmt::print("passes   {} of the model's {} MACCs removed\n", grouped(m.maccs - m.maccs_executed),
               grouped(m.maccs));
}

std::string match_text(const measure::OutputCheck& check) {
  if (!check.match) return "NO, first difference: " + check.first_difference;
  if (check.exact) return "yes";
  return fmt::format("yes (floats within tolerance, largest difference {:.2g})",
                     check.largest_difference);
}

void print_table(const Measurement& m, const board::Board& board) {
  fmt::print(
      "{} on {}: {}, {} at {:g} MHz\nsimulated, timing version {}.{}, "
      "cycles ± {:g} %, see docs/simulator-accuracy.md\n\n",
      m.model, m.board, board.description, board.core, static_cast<double>(m.clock_hz) / 1e6,
      m.timing_version, m.memory_timing_version, m.uncertainty_percent);
  print_layers(m);
  auto percent = [](uint64_t part, uint64_t whole) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  fmt::print("latency  {:.3f} ms ({} cycles, {} instructions), simulated\n", m.latency_ms,
             grouped(m.cycles), grouped(m.instructions));
  fmt::print("energy   {:.1f} uJ at {:.1f} mW active, simulated\n", m.energy_uj, m.active_mw);
  if (m.flash_energy_uj > 0)
    fmt::print("         {:.1f} uJ for {} reads of the flash, {:.1f} uJ for everything else\n",
               m.flash_energy_uj, grouped(m.flash_reads), m.energy_uj - m.flash_energy_uj);
  fmt::print("         {}\n", base::wrapped("power " + m.power_source, 90, 9));
  fmt::print("flash    {} B: weights {}, everything else {} ({:.1f} % of {})\n",
             grouped(m.flash.total_bytes()), grouped(m.flash.weights_bytes),
             grouped(m.flash.code_bytes), percent(m.flash.total_bytes(), m.board_flash_bytes),
             m.board);
  fmt::print("RAM      {} B: arena {}, stack {}, static {} ({:.1f} % of {})\n",
             grouped(m.ram.total_bytes()), grouped(m.ram.arena_bytes), grouped(m.ram.stack_bytes),
             grouped(m.ram.static_bytes), percent(m.ram.total_bytes(), m.board_ram_bytes), m.board);
  fmt::print("outputs identical to host: {}\n", match_text(m.check));
}

// Schema thimble-bench/1, described in docs/json.md.
ordered_json to_json(const Measurement& m) {
  ordered_json layers = ordered_json::array();
  for (const measure::LayerMeasurement& layer : m.layers)
    layers.push_back({{"index", layer.index},
                      {"op", layer.op},
                      {"name", layer.name},
                      {"output_shape", layer.output_shape},
                      {"maccs", layer.maccs},
                      {"cycles", layer.cycles},
                      {"instructions", layer.instructions},
                      {"cycles_per_macc", layer.cycles_per_macc()},
                      {"latency_ms", layer.latency_ms},
                      {"energy_uj", layer.energy_uj},
                      {"flash_energy_uj", layer.flash_energy_uj},
                      {"constant_bytes", layer.constant_bytes}});
  return {{"schema", "thimble-bench/1"},
          {"model", m.model},
          {"board", m.board},
          {"simulated", m.simulated},
          {"timing_version", m.timing_version},
          {"memory_timing_version", m.memory_timing_version},
          {"uncertainty_percent", m.uncertainty_percent},
          {"uncertainty_basis", m.uncertainty_basis},
          {"outputs_match_host", m.check.match},
          {"largest_output_difference", m.check.largest_difference},
          {"first_output_difference", m.check.first_difference},
          {"totals",
           {{"maccs", m.maccs},
            {"maccs_executed", m.maccs_executed},
            {"cycles", m.cycles},
            {"instructions", m.instructions},
            {"latency_ms", m.latency_ms},
            {"energy_uj", m.energy_uj},
            {"flash_energy_uj", m.flash_energy_uj},
            {"flash_reads", m.flash_reads}}},
          {"clock_hz", m.clock_hz},
          {"active_mw", m.active_mw},
          {"power_source", m.power_source},
          {"flash",
           {{"code_bytes", m.flash.code_bytes},
            {"weights_bytes", m.flash.weights_bytes},
            {"total_bytes", m.flash.total_bytes()}}},
          {"ram",
           {{"arena_bytes", m.ram.arena_bytes},
            {"stack_bytes", m.ram.stack_bytes},
            {"static_bytes", m.ram.static_bytes},
            {"total_bytes", m.ram.total_bytes()}}},
          {"compiler", m.compiler},
          {"layers", layers}};
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(board::Board board, board::load_board(options.board));
  THIMBLE_ASSIGN(board::Core core, board::load_core(board.core));
  THIMBLE_ASSIGN(ir::Graph graph, load_model(options.model));

  base::StatusLine status;
  measure::BenchOptions bench;
  bench.optimized_kernels = options.kernels == "optimized";
  bench.passes = !options.no_passes;
  bench.build.compiler = options.compiler;
  bench.build.optimization = options.optimization;
  bench.build.fpu = !options.no_fpu;
  if (options.ram_budget_bytes > 0) bench.choices.ram_budget_bytes = options.ram_budget_bytes;
  if (options.max_cycles) bench.max_cycles = options.max_cycles;
  bench.keep = options.keep;
  bench.on_stage = [&](std::string_view stage) { status.stage(stage); };
  THIMBLE_TRY(measure::check_fits_at_least(graph, board, core, bench));
  THIMBLE_ASSIGN(std::vector<base::Bytes> inputs, make_inputs(graph, options.input));
  THIMBLE_ASSIGN(Measurement m, measure::bench(graph, board, core, inputs, bench));
  m.model = printable(std::filesystem::path(options.model).filename().string());
  status.clear();

  if (!options.output.empty()) {
    base::Bytes all;
    for (const base::Bytes& output : m.outputs) all.insert(all.end(), output.begin(), output.end());
    THIMBLE_TRY(base::write_file(options.output, all));
  }
  if (options.json)
    print_json(to_json(m));
  else
    print_table(m, board);
  return m.check.match ? kSuccess : kFailure;
}

}  // namespace

Command add_bench(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "bench",
      "Build a network for a board, run it in the simulator, and show where the time goes");
  app->add_option("MODEL", options->model, "A .tflite file")->required()->type_name("FILE");
  app->add_option("--board", options->board, "A name that 'thimble boards' lists, or FILE.toml")
      ->required();
  app->add_option("--kernels", options->kernels, "optimized or reference")
      ->check(CLI::IsMember({"optimized", "reference"}))
      ->capture_default_str();
  app->add_option("--opt", options->optimization,
                  "Compiler's optimization: -Os, -O2, -O3 or -Ofast")
      ->check(CLI::IsMember({"-Os", "-O2", "-O3", "-Ofast"}))
      ->capture_default_str();
  app->add_flag("--no-passes", options->no_passes,
                "Build the network as the model gives it (docs/passes.md)");
  app->add_flag("--no-fpu", options->no_fpu, "Use software floating point");
  app->add_option("--cc", options->compiler, "Cross compiler (a GCC or compatible C++ driver)")
      ->capture_default_str();
  app->add_option("--input", options->input, "pattern, random:SEED, or a file of raw input tensors")
      ->capture_default_str();
  app->add_option("--output", options->output, "Write the raw output tensors to this file");
  app->add_option("--ram-budget", options->ram_budget_bytes,
                  "Plan an arena of at most so many bytes (24K, for instance), at a price in time")
      ->transform(CLI::AsSizeValue(false));
  app->add_option("--max-cycles", options->max_cycles,
                  "Stop a run that takes longer (default: 100 thousand million)")
      ->check(check_positive);
  app->add_option("--keep", options->keep, "Keep the firmware's sources and ELF in this folder");
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
