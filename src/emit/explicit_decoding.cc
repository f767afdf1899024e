#include "emit/explicit_decoding.h"

#include <map>

#include "ops/mac_layer.h"
#include "ops/op.h"

namespace thimble::emit {

ir::Graph with_explicit_decoding(const ir::Graph& graph) {
  ir::Graph result = graph;
  result.nodes.clear();
  std::map<ir::TensorId, ir::TensorId> decoded;  // by constant
  for (ir::Node node : graph.nodes) {
    if (node.attributes.get_int(ops::kDecodeWeights).value_or(0) != 0) {
      ir::TensorId& weights = node.inputs[ops::find_op(node.op)->quantize.weights->weights];
      auto [entry, is_new] = decoded.try_emplace(weights, ir::kNoTensor);
      if (is_new) {
        ir::Tensor tensor = graph.tensor(weights);
        tensor.name += "/decoded";
        tensor.type = ir::DataType::kFloat32;
        tensor.quantization = {};
        tensor.data = nullptr;
        entry->second = result.add_tensor(std::move(tensor));
        result.nodes.push_back({.op = "DEQUANTIZE",
                                .name = node.name + "/weights",
                                .origin = node.origin,
                                .inputs = {weights},
                                .outputs = {entry->second},
                                .attributes = {}});
      }
      weights = entry->second;
    }
    result.nodes.push_back(std::move(node));
  }
  return result;
}

}  // namespace thimble::emit
