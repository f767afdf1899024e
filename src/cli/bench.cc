// thimble bench: a network on a simulated board, layer by layer.
#include "measure/bench.h"

#include <fmt/format.h>

#include <charconv>

#include "base/files.h"
#include "base/progress.h"
#include "base/quantity.h"
#include "base/text.h"
#include "cli/bench_report.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "decide/battery.h"
#include "decide/catalog.h"
#include "exec/executor.h"
#include "tune/by_rule.h"

namespace thimble::cli {
namespace {

using base::ErrorCode;
using measure::Measurement;

struct Options {
  std::string model, board, optimization = "-O2", kernels = "optimized", input = "pattern", output,
                            compiler = "arm-none-eabi-g++", keep, battery, period;
  ChooseOptions choose;
  uint64_t max_cycles = 0;
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

struct Battery {
  decide::Cell cell;
  double period_s = 0;
};

base::Result<std::optional<Battery>> read_battery(const Options& options) {
  if (options.battery.empty()) return std::nullopt;
  Battery battery;
  THIMBLE_ASSIGN(battery.cell, decide::load_cell(options.battery));
  THIMBLE_ASSIGN(battery.period_s, base::parse_seconds(options.period));
  if (battery.period_s == 0)
    return base::fail(ErrorCode::kInvalidArgument, "--period must be above 0");
  return battery;
}

base::Result<decide::BatteryLife> life_of(const Battery& battery, const Measurement& m,
                                          const board::Board& board) {
  return decide::battery_life(battery.cell, {.period_s = battery.period_s,
                                             .inference_s = m.latency_ms / 1e3,
                                             .inference_uj = m.energy_uj,
                                             .sleep_mw = board.power.sleep_mw});
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(const std::optional<Battery> battery, read_battery(options));
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
  if (options.max_cycles) bench.max_cycles = options.max_cycles;
  bench.keep = options.keep;
  bench.on_stage = [&](std::string_view stage) { status.stage(stage); };
  THIMBLE_ASSIGN(std::vector<base::Bytes> inputs, make_inputs(graph, options.input));
  Measurement m;
  std::string tuning_line;
  if (options.choose.tune) {
    THIMBLE_ASSIGN(tune::Tuning tuning,
                   tune_network(options.choose, graph, board, core, inputs, bench, status));
    tuning_line = tuning_text(tuning);
    m = std::move(tuning.final);
  } else {
    THIMBLE_ASSIGN(bench.choices, choices_without_tuning(options.choose, graph, bench.passes));
    THIMBLE_TRY(measure::check_fits_at_least(graph, board, core, bench));
    THIMBLE_ASSIGN(tune::Ruled ruled, tune::bench_by_rule(graph, board, core, inputs,
                                                          rule_options(options.choose, bench)));
    m = std::move(ruled.measurement);
  }
  m.model = base::printable(std::filesystem::path(options.model).filename().string());
  status.clear();

  if (!options.output.empty()) {
    base::Bytes all;
    for (const base::Bytes& output : m.outputs) all.insert(all.end(), output.begin(), output.end());
    THIMBLE_TRY(base::write_file(options.output, all));
  }
  base::Result<decide::BatteryLife> life;
  if (battery) life = life_of(*battery, m, board);
  if (options.json) {
    nlohmann::ordered_json object = bench_json(m);
    if (battery)
      object["battery"] = life ? battery_json(battery->cell, battery->period_s, *life)
                               : nlohmann::ordered_json{{"error", life.error().message}};
    print_json(object);
  } else {
    print_bench(m, board);
    fmt::print("{}", tuning_line);
    if (!life)
      return base::fail(std::move(life).error());  // what was measured is shown all the same
    if (battery) print_battery(battery->cell, battery->period_s, *life);
  }
  return m.check.match && life ? kSuccess : kFailure;
}

}  // namespace

Command add_bench(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "bench",
      "Build a network for a board, run it in the simulator, and show where the time goes");
  app->add_option("MODEL", options->model, "A .tflite or .onnx file")
      ->required()
      ->type_name("FILE");
  app->add_option("--board", options->board, "A name that 'thimble boards' lists, or FILE.toml")
      ->required();
  app->add_option("--kernels", options->kernels, "optimized or reference")
      ->check(CLI::IsMember({"optimized", "reference"}))
      ->capture_default_str();
  auto* opt = app->add_option("--opt", options->optimization,
                              "Compiler's optimization: -Os, -O2, -O3 or -Ofast")
                  ->check(CLI::IsMember({"-Os", "-O2", "-O3", "-Ofast"}))
                  ->capture_default_str();
  add_choose_options(*app, options->choose);
  app->add_flag_callback(
         "--size",
         [options] {
           options->choose.prefer = "size";
           options->optimization = "-Os";
         },
         "The same as --prefer size --opt -Os")
      ->excludes(opt);
  app->add_flag("--no-passes", options->no_passes,
                "Build the network as the model gives it (docs/passes.md)");
  app->add_flag("--no-fpu", options->no_fpu, "Use software floating point");
  app->add_option("--cc", options->compiler, "Cross compiler (a GCC or compatible C++ driver)")
      ->capture_default_str();
  app->add_option("--input", options->input, "pattern, random:SEED, or a file of raw input tensors")
      ->capture_default_str();
  app->add_option("--output", options->output, "Write the raw output tensors to this file");
  app->add_option("--max-cycles", options->max_cycles,
                  "Stop a run that takes longer (default: 100 thousand million)")
      ->check(check_positive);
  app->add_option("--keep", options->keep, "Keep the firmware's sources and ELF in this folder");
  auto* battery = app->add_option("--battery", options->battery,
                                  fmt::format("How long this cell lasts: {}, or FILE.toml",
                                              fmt::join(decide::names(decide::Kind::kCell), ", ")));
  auto* period = app->add_option("--period", options->period,
                                 "With --battery: from one inference to the next, as 30s");
  battery->needs(period);
  period->needs(battery);
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
