#include "optimize/quantize/float16_network.h"

#include <cmath>
#include <map>

#include "base/half.h"
#include "ops/op.h"
#include "optimize/quantize/constants.h"

namespace thimble::optimize {
namespace {

using base::ErrorCode;
using base::Result;
using ir::Graph;
using ir::Node;
using ir::Tensor;
using ir::TensorId;

Result<Tensor> float16_constant(const Tensor& constant) {
  const std::span<const float> values = float_values(constant);
  auto data = std::make_shared<base::Bytes>(values.size() * sizeof(uint16_t));
  auto* halves = reinterpret_cast<uint16_t*>(data->data());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::abs(values[i]) > base::kLargestHalf)
      return base::fail(ErrorCode::kUnsupported,
                        "constant {} has the value {}, but float16 ends at {}", constant.name,
                        values[i], base::kLargestHalf);
    halves[i] = base::half_of(values[i]);
  }
  Tensor tensor = constant;
  tensor.name += "/float16";
  tensor.type = ir::DataType::kFloat16;
  tensor.data = std::move(data);
  return tensor;
}

}  // namespace

Result<Graph> float16_network(const Graph& graph, const std::vector<bool>& chosen) {
  Graph result = graph;
  result.nodes.clear();
  std::map<TensorId, TensorId> decoded;  // by float constant
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Node node = graph.nodes[i];
    const auto& operands = ops::find_op(node.op)->quantize.weights;
    if (chosen[i] && operands) {
      TensorId& weights = node.inputs[operands->weights];
      auto [entry, is_new] = decoded.try_emplace(weights, ir::kNoTensor);
      if (is_new) {
        THIMBLE_ASSIGN(Tensor halves, float16_constant(graph.tensor(weights)));
        Tensor floats = graph.tensor(weights);
        floats.data = nullptr;
        const TensorId from = result.add_tensor(std::move(halves));
        entry->second = result.add_tensor(std::move(floats));
        result.nodes.push_back({.op = "DEQUANTIZE",
                                .name = node.name + "/weights",
                                .origin = node.origin,
                                .inputs = {from},
                                .outputs = {entry->second},
                                .attributes = {}});
      }
      weights = entry->second;
    }
    result.nodes.push_back(std::move(node));
  }
  return result;
}

}  // namespace thimble::optimize
