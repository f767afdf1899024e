#include "optimize/quantize/float16_network.h"

#include <bit>
#include <cmath>
#include <map>

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

constexpr float kLargestHalf = 65504;

Result<Tensor> float16_constant(const Tensor& constant) {
  const std::span<const float> values = float_values(constant);
  auto data = std::make_shared<base::Bytes>(values.size() * sizeof(uint16_t));
  auto* halves = reinterpret_cast<uint16_t*>(data->data());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::abs(values[i]) > kLargestHalf)
      return base::fail(ErrorCode::kUnsupported,
                        "constant {} has the value {}, but float16 ends at {}", constant.name,
                        values[i], kLargestHalf);
    halves[i] = half_of(values[i]);
  }
  Tensor tensor = constant;
  tensor.name += "/float16";
  tensor.type = ir::DataType::kFloat16;
  tensor.data = std::move(data);
  return tensor;
}

}  // namespace

uint16_t half_of(float value) {
  const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const float magnitude = std::abs(value);
  if (magnitude < 0x1p-14f)  // fixed steps of 2^-24; a full mantissa is the first normal number
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24f)));
  const auto bits = std::bit_cast<uint32_t>(magnitude);
  constexpr uint32_t kDropped = 13;
  const uint32_t odd = bits >> kDropped & 1;
  const uint32_t rounded = (bits + (1u << (kDropped - 1)) - 1 + odd) >> kDropped;
  constexpr uint32_t kBiasDifference = (127 - 15) << 10;
  return static_cast<uint16_t>(sign | (rounded - kBiasDifference));
}

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
