// thimble optimize: a float network as a smaller one, written as .tflite.
#include <fmt/format.h>

#include "base/files.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/optimize_report.h"
#include "emit/tflite_writer.h"
#include "optimize/quantize/quantize.h"

namespace thimble::cli {
namespace {

using optimize::Calibrator;
using optimize::Scheme;

struct Options {
  std::string model, output, calibrate;
  std::string scheme, edges;
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

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(const ir::Graph graph, load_model(options.model));
  THIMBLE_ASSIGN(const optimize::OpenSamples samples, open_samples(options, graph));
  base::StatusLine status;
  std::string_view shown;
  auto progress = [&](std::string_view stage, uint64_t done) {
    if (stage != shown) status.stage(shown = stage);
    status.update(fmt::format("{} samples", done));
  };
  auto quantized = optimize::quantize(graph, options.quantize, samples, progress);
  if (!quantized) return base::fail(std::move(quantized).error().in(options.model));
  THIMBLE_ASSIGN(const base::Bytes file, emit::write_tflite(quantized->graph));
  THIMBLE_TRY(base::write_file(options.output, file));
  status.clear();
  const OptimizeReport report{options.model,     options.output, options.scheme,
                              options.calibrate, *quantized,     file.size()};
  if (options.json)
    print_json(optimize_json(report));
  else
    fmt::print("{}", optimize_text(report));
  return kSuccess;
}

}  // namespace

Command add_optimize(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("optimize", "Quantize a float network");
  app->add_option("MODEL", options->model, "The float network")->required()->type_name("FILE");
  app->add_option("-o,--output", options->output, "The .tflite file to write")
      ->required()
      ->type_name("FILE");
  app->add_option("--quantize", options->scheme,
                  "full: int8; int16x8: int8 weights, int16 activations; mixed: int8 weights, "
                  "float arithmetic; float16-weights")
      ->required()
      ->check(CLI::IsMember({"full", "int16x8", "mixed", "float16-weights"}));
  app->add_option("--calibrate", options->calibrate,
                  "The data set to learn the ranges of activations from (docs/data.md)")
      ->type_name("SPEC");
  app->add_option("--samples", options->samples, "How many of its samples")
      ->check(check_positive)
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--calibrator", options->quantize.calibrator.calibrator,
                  "How ranges follow from values")
      ->transform(CLI::CheckedTransformer(kCalibrators))
      ->default_str("minmax")
      ->type_name("minmax|percentile|mse|entropy");
  app->add_option("--percentile", options->quantize.calibrator.percentile,
                  "percentile: how many percent of the values lie inside of the range")
      ->check(CLI::Range(50.0, 100.0))
      ->capture_default_str();
  app->add_option("--io", options->edges,
                  "Inputs and outputs: int8 (int16 with int16x8) or float; always float where "
                  "activations are")
      ->check(CLI::IsMember({"int8", "int16", "float"}));
  app->add_flag("--equalize", options->quantize.equalize,
                "Equalize the ranges of weights across layers first");
  app->add_flag("--bias-correction", options->quantize.correct_bias,
                "Correct the means that rounding the weights moves");
  app->add_option("--keep-float", options->quantize.keep_float, "Layers that stay float, by name")
      ->delimiter(',')
      ->type_name("NAME");
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app,
          [options]() -> base::Result<int> {
            options->quantize.scheme = kSchemes.at(options->scheme);
            THIMBLE_ASSIGN(options->quantize.float_edges, wants_float_edges(*options));
            return run(*options);
          },
          &options->json};
}

}  // namespace thimble::cli
