#include "tests/fuzz/exercise.h"

#include <algorithm>

#include "base/check.h"
#include "exec/executor.h"
#include "frontend/onnx/import.h"
#include "frontend/tflite/import.h"
#include "ops/op.h"
#include "passes/pipeline.h"

namespace thimble::fuzz {
namespace {

// Larger networks are valid, but would only cost time.
constexpr int64_t kMaxElements = 1 << 16;
constexpr uint64_t kMaxFlops = 1 << 20;

struct Size {
  int64_t elements = 0;
  uint64_t flops = 0;
};

Size size_of(const ir::Graph& graph) {
  Size size;
  for (const ir::Tensor& tensor : graph.tensors) size.elements += tensor.elements();
  for (const ir::Node& node : graph.nodes) {
    ops::Cost cost = ops::find_op(node.op)->cost(graph, node);
    size.flops += std::max(cost.flops, 2 * cost.maccs);
  }
  return size;
}

void lower(const ir::Graph& graph) {
  for (bool optimized : {false, true})
    for (const ir::Node& node : graph.nodes)
      // An operator may refuse to be lowered, with an error.
      (void)ops::find_op(node.op)->lower(
          graph, node, {.dsp = optimized, .fpu = optimized, .optimized = optimized});
}

std::vector<base::Bytes> execute(const ir::Graph& graph) {
  auto executor = exec::Executor::create(graph);
  CHECK(executor, "{}", executor.error().to_string());
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs) {
    const ir::Tensor& tensor = graph.tensor(id);
    if (tensor.type == ir::DataType::kFloat16) return {};  // has no pattern
    inputs.push_back(exec::pattern_input(tensor));
  }
  // An operator may refuse values that only exist at run time, with an error.
  return executor->run(inputs).value_or(std::vector<base::Bytes>{});
}

// The passes promise identical outputs unless there are floats, which they may round otherwise.
void compare_with_passes(const ir::Graph& graph) {
  const auto optimized = passes::optimize(graph);
  CHECK(optimized, "{}", optimized.error().to_string());
  const std::vector<base::Bytes> expected = execute(graph), actual = execute(*optimized);
  const bool has_floats = std::ranges::any_of(graph.tensors, [](const ir::Tensor& tensor) {
    return tensor.type == ir::DataType::kFloat32;
  });
  CHECK(has_floats || expected == actual, "the passes changed the outputs");
}

void exercise_graph(const ir::Graph& graph) {
  base::Result<> verified = ops::verify(graph);
  CHECK(verified, "{}", verified.error().to_string());
  CHECK(!ir::print(graph).empty());
  Size size = size_of(graph);
  if (size.elements > kMaxElements || size.flops > kMaxFlops) return;
  lower(graph);
  compare_with_passes(graph);
}

}  // namespace

base::Result<> exercise(std::span<const std::byte> file) {
  THIMBLE_ASSIGN(const ir::Graph graph, frontend::import_tflite(file, "fuzzed"));
  exercise_graph(graph);
  return {};
}

base::Result<> exercise_onnx(std::span<const std::byte> file) {
  THIMBLE_ASSIGN(const frontend::OnnxImport network, frontend::import_onnx(file, "fuzzed"));
  exercise_graph(network.graph);
  return {};
}

}  // namespace thimble::fuzz
