// thimble deploy: a model as a folder of sources.
#include <fmt/format.h>

#include "base/files.h"
#include "board/board.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "emit/emit.h"
#include "exec/executor.h"
#include "passes/pipeline.h"
#include "plan/plan.h"
#include "tune/by_rule.h"
#include "tune/choices_file.h"

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model, output, board, core, kernels = "optimized", name;
  ChooseOptions choose;
  bool no_passes = false, int8_edges = false;
};

// `graph`: after the passes.
base::Result<plan::Choices> choose(const Options& options, const ir::Graph& graph) {
  const bool measures = options.choose.tune || options.choose.ram_budget;
  if (options.board.empty()) {
    if (!measures) return choices_without_tuning(options.choose, graph, false);
    return base::fail(base::ErrorCode::kInvalidArgument, "{} on a board: name one with --board",
                      options.choose.tune ? "--tune measures" : "--ram-budget measures the stack");
  }
  THIMBLE_ASSIGN(const board::Board board, board::load_board(options.board));
  THIMBLE_ASSIGN(const board::Core core, board::load_core(board.core));
  measure::BenchOptions bench;
  bench.optimized_kernels = options.kernels == "optimized";
  bench.passes = false;
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs) inputs.push_back(exec::pattern_input(graph.tensor(id)));
  if (!options.choose.tune) {
    THIMBLE_ASSIGN(bench.choices, choices_without_tuning(options.choose, graph, false));
    const tune::Options rule = rule_options(options.choose, bench);
    if (!measures) return tune::choices_by_rule(graph, board, core, rule);
    THIMBLE_ASSIGN(tune::Ruled ruled, tune::bench_by_rule(graph, board, core, inputs, rule));
    return std::move(ruled.choices);
  }
  base::StatusLine status;
  THIMBLE_ASSIGN(const tune::Tuning tuning,
                 tune_network(options.choose, graph, board, core, inputs, bench, status));
  status.clear();
  fmt::print("{}", tuning_text(tuning));
  return tuning.choices;
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(ir::Graph graph, load_model(options.model));
  if (!options.no_passes) {
    THIMBLE_ASSIGN(graph, passes::optimize(graph, {.int8_edges = options.int8_edges}));
  }
  ops::LowerTarget target{.dsp = true, .fpu = true, .optimized = options.kernels == "optimized"};
  if (!options.board.empty()) {
    THIMBLE_ASSIGN(board::Board board, board::load_board(options.board));
    THIMBLE_ASSIGN(board::Core core, board::load_core(board.core));
    measure::BenchOptions bench;
    bench.optimized_kernels = target.optimized;
    target = measure::lower_target(board, core, bench);
  }
  target.mve = !options.core.empty();
  std::string id = emit::identifier_from(
      options.name.empty() ? fs::path(options.model).filename().string() : options.name);
  if (!options.name.empty() && id != options.name)
    return base::fail(
        base::Error(base::ErrorCode::kInvalidArgument,
                    fmt::format("--name {}: not a name for C functions", options.name),
                    "use lower-case letters, digits and single underscores, 64 at most, beginning "
                    "with a letter"));
  THIMBLE_ASSIGN(const plan::Choices choices, choose(options, graph));
  target.small_code = choices.prefer == plan::Preference::kSize;
  THIMBLE_ASSIGN(plan::Plan plan, plan::make_plan(graph, target, choices));
  THIMBLE_ASSIGN(auto files, emit::emit_deploy_folder(plan, id));
  if (!choices.layers.empty() || options.choose.tune)
    files.push_back({"choices.json", tune::choices_json(choices, graph, options.board)});

  fs::path folder = options.output;
  THIMBLE_TRY(emit::write_files(folder, files));
  fmt::print("{}: {} files, arena {} bytes\ninterface: {}\n", folder.string(), files.size(),
             plan.arena_bytes, (folder / "include" / fmt::format("thimble_{}.h", id)).string());
  return kSuccess;
}

}  // namespace

Command add_deploy(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "deploy", "Write a model as a folder of dependency-free C++17 that builds by itself");
  app->add_option("MODEL", options->model, "A .tflite or .onnx file")
      ->required()
      ->type_name("FILE");
  app->add_option("-o,--output", options->output, "Folder to write to (files in it are replaced)")
      ->required();
  app->add_option("--board", options->board,
                  "Write for this board's core (a name or FILE.toml); default: a core with DSP "
                  "instructions and FPU, with portable code beside them");
  app->add_option("--core", options->core,
                  "Write for this core, which no board has yet: cortex-m55 (Helium)")
      ->check(CLI::IsMember({"cortex-m55"}))
      ->excludes("--board");
  app->add_option("--kernels", options->kernels, "optimized or reference")
      ->check(CLI::IsMember({"optimized", "reference"}))
      ->capture_default_str();
  add_choose_options(*app, options->choose);
  app->add_flag("--no-passes", options->no_passes,
                "Write the network as the model gives it (docs/passes.md)");
  app->add_flag("--int8-edges", options->int8_edges,
                "Take and give integers where the model quantizes float inputs and outputs")
      ->excludes("--no-passes");
  app->add_option("--name", options->name,
                  "Prefix of the functions; default: from the file's name");
  return {app, [options] { return run(*options); }, nullptr};
}

}  // namespace thimble::cli
