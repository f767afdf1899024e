#include "reproduce/plan.h"

#include <algorithm>
#include <unordered_map>

#include "sweep/spec.h"
#include "zoo/zoo.h"

namespace thimble::reproduce {
namespace {

namespace fs = std::filesystem;
using base::Result;

bool is_in_zoo(const std::string& network) {
  const std::vector<std::string> names = zoo::names();
  return std::ranges::find(names, network) != names.end();
}

fs::path first_file(const fs::path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    fs::path file = fs::absolute(folder / name).lexically_normal();
    if (fs::is_regular_file(file)) return file;
  }
  return {};
}

struct DataSets {
  std::string test, train;
};

DataSets data_for(const std::string& network, const Sources& sources) {
  if (network.starts_with("lenet") || network.ends_with("-mnist"))
    return {sources.mnist, sources.mnist_train};
  if (network == "resnet20" || network.ends_with("-cifar"))
    return {sources.cifar, sources.cifar_train};
  return {};
}

struct TrainedModel {
  fs::path file;
  std::vector<std::string> optimize;  // what makes the run's numbers of it
};

// The trained network as the run has it, or in float to be quantized; nothing if neither is there.
std::optional<TrainedModel> trained_model(const RunName& run, const Sources& sources) {
  if (sources.models.empty()) return std::nullopt;
  const std::string exact = fmt::format("{}_{}", run.network, run.numbers);
  std::vector<std::string> names = {exact + ".tflite", exact + ".onnx"};
  // Of the others there is one file, whose numbers the paper's rows name.
  if (!is_in_zoo(run.network)) names.push_back(run.network + ".tflite");
  if (const fs::path file = first_file(sources.models, names); !file.empty())
    return TrainedModel{file, {}};
  const fs::path in_float = first_file(
      sources.models,
      {run.network + "_float32.tflite", run.network + "_float32.onnx", run.network + ".onnx"});
  if (in_float.empty()) return std::nullopt;
  if (run.numbers == "float32") return TrainedModel{in_float, {}};
  if (run.numbers == "mixed") return TrainedModel{in_float, {"--quantize", "mixed"}};
  const std::string train = data_for(run.network, sources).train;
  if (run.numbers != "int8" || train.empty()) return std::nullopt;
  return TrainedModel{in_float, {"--quantize", "full", "--calibrate", train}};
}

// Accuracy needs no board, but a run is where a store keeps it.
std::vector<RunName> all_runs(const std::vector<Row>& rows, const Sources& sources) {
  std::vector<RunName> runs = runs_of(rows);
  for (const Row& row : rows) {
    RunName run = row.run;
    const bool known = std::ranges::any_of(runs, [&](const RunName& other) {
      return other.network == run.network && other.numbers == run.numbers;
    });
    if (known || !trained_model(run, sources)) continue;
    run.kernels = "optimized";
    run.optimization = "-Ofast";
    run.board = "nucleo-l496zg";
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace

Result<Plan> make_plan(const std::vector<Row>& rows, const Sources& sources) {
  std::error_code ignored;
  if (!sources.models.empty() && !fs::is_directory(sources.models, ignored))
    return base::fail(base::Error(base::ErrorCode::kNotFound,
                                  fmt::format("{} is no folder", sources.models.string()),
                                  "--models names one with trained networks (docs/reproduce.md)"));
  Plan plan;
  sweep::FileDigests digests;  // many runs have the same data set
  for (const RunName& run : all_runs(rows, sources)) {
    sweep::Spec spec;
    spec.folder = fs::current_path();
    sweep::Network network{.name = run.network};
    sweep::OptionSet numbers{.name = run.numbers, .options = {}};
    if (auto trained = trained_model(run, sources)) {
      network.model = trained->file.string();
      network.data = data_for(run.network, sources).test;
      numbers.options = std::move(trained->optimize);
    } else if (is_in_zoo(run.network)) {
      network.model = fmt::format("zoo:{}?type={}", run.network, run.numbers);
    } else {
      plan.missing.push_back(run);
      continue;
    }
    spec.networks = {network};
    spec.quantizations = {numbers};
    spec.boards = {run.board};
    // "speed": the optimized kernels where time matters more than flash.
    const bool fast = run.kernels == "speed";
    spec.kernels = {fast ? "optimized" : run.kernels};
    if (fast) spec.prefer = {"speed"};
    spec.optimization = {run.optimization};
    spec.fpu = {run.fpu};
    THIMBLE_ASSIGN(sweep::Expansion expansion, sweep::expand(spec, digests));
    for (sweep::Point& point : expansion.points) {
      plan.points.push_back(std::move(point));
      plan.names.push_back(run);
    }
  }
  return plan;
}

Result<Measurements> read_measurements(const Plan& plan, const store::Store& store) {
  std::unordered_map<std::string, store::Run> runs;
  THIMBLE_ASSIGN(std::vector<store::Run> all, store.runs());
  for (store::Run& run : all) runs.emplace(run.key, std::move(run));
  std::unordered_map<std::string, int64_t> model_bytes;
  THIMBLE_ASSIGN(const std::vector<store::Model> models, store.models());
  for (const store::Model& model : models) model_bytes[model.sha256] = model.file_bytes;

  Measurements result;
  for (size_t i = 0; i < plan.points.size(); ++i) {
    const auto found = runs.find(plan.points[i].key());
    if (found == runs.end()) continue;
    Measured measured{.run = found->second};
    THIMBLE_ASSIGN(measured.layers, store.layers(measured.run.key));
    measured.model_bytes = model_bytes[measured.run.model_sha256.value_or("")];
    measured.supply_v = plan.points[i].record.board.supply_v;
    if (is_in_zoo(plan.names[i].network)) {
      THIMBLE_ASSIGN(const zoo::Description network, zoo::describe(plan.names[i].network));
      measured.parameters = static_cast<double>(network.parameters_trained);
    }
    result.emplace(plan.names[i], std::move(measured));
  }
  return result;
}

}  // namespace thimble::reproduce
