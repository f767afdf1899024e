// thimble optimize: a float network as a smaller one (pruned, quantized), written as .tflite.
#include <fmt/format.h>

#include "base/files.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/optimize_report.h"
#include "emit/tflite_writer.h"
#include "optimize/prune/prune.h"
#include "optimize/quantize/quantize.h"
#include "optimize/stored_size.h"
#include "passes/fold_constants.h"
#include "passes/pipeline.h"
#include "plan/choice.h"

namespace thimble::cli {
namespace {

using optimize::Calibrator;
using optimize::Scheme;

struct Options {
  std::string model, output, calibrate;
  std::string scheme, edges;  // empty: nothing is quantized
  std::string unit = "weights", scope = "network";
  std::vector<std::string> int4;   // auto, all or names; empty: none
  std::optional<double> fraction;  // nothing: nothing is pruned
  optimize::PruneOptions prune;
  uint64_t samples = 500;
  optimize::QuantizeOptions quantize;
  bool json = false;
};

const std::map<std::string, Scheme> kSchemes = {{"full", Scheme::kFull},
                                                {"int16x8", Scheme::kInt16x8},
                                                {"mixed", Scheme::kMixed},
                                                {"float16-weights", Scheme::kFloat16Weights}};
const std::map<std::string, Calibrator> kCalibrators = {{"minmax", Calibrator::kMinMax},
                                                        {"percentile", Calibrator::kPercentile},
                                                        {"mse", Calibrator::kMse},
                                                        {"entropy", Calibrator::kEntropy}};
const std::map<std::string, optimize::PruneOptions::Unit> kUnits = {
    {"weights", optimize::PruneOptions::Unit::kWeights},
    {"channels", optimize::PruneOptions::Unit::kChannels}};
const std::map<std::string, optimize::PruneOptions::Scope> kScopes = {
    {"layer", optimize::PruneOptions::Scope::kLayer},
    {"network", optimize::PruneOptions::Scope::kNetwork}};

bool has_integer_activations(Scheme scheme) {
  return scheme == Scheme::kFull || scheme == Scheme::kInt16x8;
}

base::Result<optimize::OpenSamples> open_samples(const Options& options, const ir::Graph& graph) {
  using base::Error;
  using base::ErrorCode;
  if (options.calibrate.empty()) {
    if (!has_integer_activations(options.quantize.scheme)) return optimize::OpenSamples();
    return base::fail(
        Error(ErrorCode::kInvalidArgument, "integer activations need calibration data",
              "--calibrate names a data set of inputs like those to come (docs/data.md)"));
  }
  if (graph.inputs.size() != 1)
    return base::fail(ErrorCode::kUnsupported,
                      "the network has {} inputs; data sets have samples for one",
                      graph.inputs.size());
  return optimize::samples_of_data_set(options.calibrate, graph.tensor(graph.inputs[0]),
                                       options.samples);
}

// Whether inputs and outputs stay float; the integer type follows from the scheme.
base::Result<bool> wants_float_edges(const Options& options) {
  const std::string integer = options.scheme == "int16x8" ? "int16" : "int8";
  const std::string own = has_integer_activations(options.quantize.scheme) ? integer : "float";
  if (options.edges.empty() || options.edges == own) return own == "float";
  if (options.edges == "float") return true;
  return base::fail(base::ErrorCode::kInvalidArgument,
                    "--quantize {} has inputs and outputs of {}, not {}", options.scheme,
                    own == "float" ? own : own + " or float", options.edges);
}

optimize::Int4Options int4_options(const Options& options) {
  using Which = optimize::Int4Options::Which;
  optimize::Int4Options int4 = options.quantize.int4;
  if (options.int4.empty()) return int4;
  if (options.int4 == std::vector<std::string>{"auto"}) {
    int4.which = Which::kAuto;
  } else if (options.int4 == std::vector<std::string>{"all"}) {
    int4.which = Which::kAll;
  } else {
    int4.which = Which::kNamed;
    int4.layers = options.int4;
  }
  return int4;
}

StoredSizes sizes_of(const ir::Graph& graph, std::span<const std::byte> file) {
  return {optimize::constant_bytes(graph), file.size(), optimize::gzip_bytes(file)};
}

base::Result<TableSizes> table_sizes(const ir::Graph& graph) {
  const ops::LowerTarget target{.dsp = true, .fpu = true};
  THIMBLE_ASSIGN(const ir::Graph built, passes::optimize(graph));
  TableSizes sizes;
  THIMBLE_ASSIGN(sizes.dense_bytes,
                 plan::least_table_bytes(built, target, plan::SparseUse::kNever));
  THIMBLE_ASSIGN(sizes.sparse_bytes,
                 plan::least_table_bytes(built, target, plan::SparseUse::kAuto));
  return sizes;
}

base::Result<Quantizing> quantize(const Options& options, const ir::Graph& graph) {
  THIMBLE_ASSIGN(const optimize::OpenSamples samples, open_samples(options, graph));
  base::StatusLine status;
  std::string_view shown;
  auto progress = [&](std::string_view stage, uint64_t done) {
    if (stage != shown) status.stage(shown = stage);
    status.update(fmt::format("{} samples", done));
  };
  THIMBLE_ASSIGN(optimize::Quantized quantized,
                 optimize::quantize(graph, options.quantize, samples, progress));
  status.clear();
  return Quantizing{options.scheme, options.calibrate, std::move(quantized)};
}

// The smaller network, and what the report says of the way there.
base::Result<ir::Graph> shrink(const Options& options, ir::Graph graph, OptimizeReport& report) {
  if (options.fraction) {
    THIMBLE_ASSIGN(optimize::Pruned pruned, optimize::prune(graph, options.prune));
    graph = pruned.graph;
    report.pruning = {*options.fraction, options.unit, options.scope, std::move(pruned), {}};
  }
  if (!options.scheme.empty()) {
    THIMBLE_ASSIGN(report.quantizing, quantize(options, graph));
    graph = report.quantizing->quantized.graph;
  }
  return graph;
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(const ir::Graph graph, load_model(options.model));
  OptimizeReport report{.model = options.model, .output = options.output};
  auto shrunk = shrink(options, graph, report);
  if (!shrunk) return base::fail(std::move(shrunk).error().in(options.model));
  emit::TfliteOptions file_options;
  if (report.quantizing) file_options.int4 = report.quantizing->quantized.int4_weights;
  THIMBLE_ASSIGN(const base::Bytes file, emit::write_tflite(*shrunk, file_options));
  report.after = sizes_of(*shrunk, file);
  THIMBLE_ASSIGN(const base::Bytes original, emit::write_tflite(graph));
  report.before = sizes_of(graph, original);
  if (report.pruning) {
    THIMBLE_ASSIGN(const ir::Graph folded, passes::fold_constants(*shrunk));
    THIMBLE_ASSIGN(report.pruning->tables, table_sizes(folded));
  }
  THIMBLE_TRY(base::write_file(options.output, file));
  if (options.json)
    print_json(optimize_json(report));
  else
    fmt::print("{}", optimize_text(report));
  return kSuccess;
}

// What was asked for, checked against each other.
base::Result<> complete(Options& options) {
  using base::Error;
  using base::ErrorCode;
  if (options.scheme.empty() && !options.fraction)
    return base::fail(
        Error(ErrorCode::kInvalidArgument, "nothing to do", "ask for --quantize, --prune or both"));
  if (options.fraction) {
    options.prune.fraction = *options.fraction;
    options.prune.unit = kUnits.at(options.unit);
    options.prune.scope = kScopes.at(options.scope);
  }
  if (options.scheme.empty()) return {};
  options.quantize.scheme = kSchemes.at(options.scheme);
  options.quantize.int4 = int4_options(options);
  if (!options.int4.empty() && options.scheme != "full")
    return base::fail(ErrorCode::kInvalidArgument, "--int4 goes with --quantize full, not {}",
                      options.scheme);
  THIMBLE_ASSIGN(options.quantize.float_edges, wants_float_edges(options));
  return {};
}

void add_prune_options(CLI::App& app, Options& options) {
  auto* prune =
      app.add_option("--prune", options.fraction,
                     "Make this fraction of the weights zero, the smallest ones, before quantizing")
          ->check(CLI::Range(0.0, 1.0))
          ->type_name("FRACTION");
  app.add_option("--prune-unit", options.unit,
                 "weights one by one, or whole channels, which leave the network")
      ->check(CLI::IsMember({"weights", "channels"}))
      ->needs(prune)
      ->capture_default_str();
  app.add_option("--prune-scope", options.scope,
                 "The fraction of the network as a whole, or of every layer")
      ->check(CLI::IsMember({"network", "layer"}))
      ->needs(prune)
      ->capture_default_str();
  app.add_option("--prune-layers", options.prune.layers, "Prune these only, by name")
      ->delimiter(',')
      ->needs(prune)
      ->type_name("NAME");
}

void add_quantize_options(CLI::App& app, Options& options) {
  auto* quantize =
      app.add_option("--quantize", options.scheme,
                     "full: int8; int16x8: int8 weights, int16 activations; mixed: int8 weights, "
                     "float arithmetic; float16-weights")
          ->check(CLI::IsMember({"full", "int16x8", "mixed", "float16-weights"}));
  app.add_option("--calibrate", options.calibrate,
                 "The data set to learn the ranges of activations from (docs/data.md)")
      ->needs(quantize)
      ->type_name("SPEC");
  app.add_option("--samples", options.samples, "How many of its samples")
      ->check(check_positive)
      ->needs(quantize)
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--calibrator", options.quantize.calibrator.calibrator,
                 "How ranges follow from values")
      ->transform(CLI::CheckedTransformer(kCalibrators))
      ->needs(quantize)
      ->default_str("minmax")
      ->type_name("minmax|percentile|mse|entropy");
  app.add_option("--percentile", options.quantize.calibrator.percentile,
                 "percentile: how many percent of the values lie inside of the range")
      ->check(CLI::Range(50.0, 100.0))
      ->needs(quantize)
      ->capture_default_str();
  app.add_option("--io", options.edges,
                 "Inputs and outputs: int8 (int16 with int16x8) or float; always float where "
                 "activations are")
      ->needs(quantize)
      ->check(CLI::IsMember({"int8", "int16", "float"}));
  app.add_flag("--equalize", options.quantize.equalize,
               "Equalize the ranges of weights across layers first")
      ->needs(quantize);
  app.add_flag("--bias-correction", options.quantize.correct_bias,
               "Correct the means that rounding the weights moves")
      ->needs(quantize);
  app.add_option("--int4", options.int4,
                 "full: layers whose weights have four bits: auto (as many as the bound allows), "
                 "all (but depthwise ones), or names")
      ->delimiter(',')
      ->needs(quantize)
      ->type_name("auto|all|NAME");
  app.add_option("--int4-sqnr", options.quantize.int4.least_sqnr_db,
                 "--int4 auto: the network's predicted signal-to-noise ratio stays at or above "
                 "this, in dB")
      ->needs(quantize)
      ->capture_default_str();
  app.add_option("--keep-float", options.quantize.keep_float, "Layers that stay float, by name")
      ->delimiter(',')
      ->needs(quantize)
      ->type_name("NAME");
}

}  // namespace

Command add_optimize(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("optimize", "Prune and quantize a float network");
  app->add_option("MODEL", options->model, "The float network")->required()->type_name("FILE");
  app->add_option("-o,--output", options->output, "The .tflite file to write")
      ->required()
      ->type_name("FILE");
  add_prune_options(*app, *options);
  add_quantize_options(*app, *options);
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app,
          [options]() -> base::Result<int> {
            THIMBLE_TRY(complete(*options));
            return run(*options);
          },
          &options->json};
}

}  // namespace thimble::cli
