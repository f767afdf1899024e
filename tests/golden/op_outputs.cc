#include "tests/golden/op_outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "exec/executor.h"
#include "frontend/tflite/import.h"

namespace thimble::testing {
namespace {

using base::Bytes;
using base::ErrorCode;
using base::Result;

constexpr const char* kRefused = "refused";

bool has_int8_constant(const ir::Graph& graph) {
  return std::ranges::any_of(graph.tensors, [](const ir::Tensor& tensor) {
    return tensor.is_constant() && tensor.type == ir::DataType::kInt8;
  });
}

}  // namespace

Result<OpOutputs> read_op_outputs(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(std::string text, base::read_text_file(path));
  OpOutputs all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    size_t colon = line.find(':');
    if (colon == std::string::npos)
      return base::fail(ErrorCode::kMalformed, "{}: no name in '{}'", path.string(), line);
    std::string name = line.substr(0, colon), rest = line.substr(colon + 1);
    if (rest.find(kRefused) != std::string::npos) {
      all[name] = std::nullopt;
      continue;
    }
    std::istringstream numbers(rest);
    std::vector<double> values;
    for (double value; numbers >> value;) values.push_back(value);
    all[name] = std::move(values);
  }
  return all;
}

std::string op_outputs_text(const OpOutputs& outputs) {
  std::string text;
  for (const auto& [name, numbers] : outputs) {
    text += name + ":";
    if (!numbers) text += fmt::format(" {}", kRefused);
    // Nine digits name every float.
    for (double number : numbers.value_or(std::vector<double>()))
      text += fmt::format(" {:.9g}", number);
    text += "\n";
  }
  return text;
}

std::vector<Bytes> op_inputs(const ir::Graph& graph, int run) {
  std::vector<Bytes> inputs;
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    const ir::Tensor& tensor = graph.tensor(graph.inputs[i]);
    inputs.push_back(run == 0 ? exec::pattern_input(tensor)
                              : exec::random_input(tensor, static_cast<uint64_t>(run) * 100 + i));
  }
  return inputs;
}

Result<OpRun> run_op_model(const OpModel& model) {
  THIMBLE_ASSIGN(ir::Graph graph, frontend::import_tflite(model.file, model.name));
  OpRun result;
  result.type = graph.tensor(graph.outputs[0]).type;
  bool float_input = graph.tensor(graph.inputs[0]).type == ir::DataType::kFloat32;
  result.hybrid = float_input && has_int8_constant(graph);
  THIMBLE_ASSIGN(exec::Executor executor, exec::Executor::create(std::move(graph)));
  for (int run = 0; run < model.runs; ++run) {
    THIMBLE_ASSIGN(std::vector<Bytes> outputs, executor.run(op_inputs(executor.graph(), run)));
    result.outputs.insert(result.outputs.end(), outputs[0].begin(), outputs[0].end());
  }
  return result;
}

Tolerance op_tolerance(const OpRun& run) {
  if (run.hybrid) return kHybridTolerance;
  if (run.type == ir::DataType::kFloat32) return kFloatTolerance;
  return {.relative = 0, .absolute = 1};
}

}  // namespace thimble::testing
