#include "ops/statistics.h"

#include <set>

namespace thimble::ops {

double LayerStatistics::arithmetic_intensity() const {
  uint64_t bytes = weight_bytes + activation_bytes;
  return bytes == 0 ? 0 : static_cast<double>(cost.flops) / static_cast<double>(bytes);
}

bool is_parameter(const ir::Tensor& tensor) {
  if (!tensor.is_constant()) return false;
  bool index_like = tensor.type == ir::DataType::kInt32 || tensor.type == ir::DataType::kInt64 ||
                    tensor.type == ir::DataType::kBool;
  return !index_like || tensor.quantization.present();
}

NetworkStatistics statistics(const ir::Graph& graph) {
  NetworkStatistics result;
  std::set<ir::TensorId> counted;
  for (const ir::Node& node : graph.nodes) {
    LayerStatistics layer;
    layer.cost = find_op(node.op)->cost(graph, node);
    for (ir::TensorId id : node.inputs) {
      if (id == ir::kNoTensor) continue;
      const ir::Tensor& tensor = graph.tensor(id);
      if (is_parameter(tensor)) {
        layer.parameters += static_cast<uint64_t>(tensor.elements());
        layer.weight_bytes += tensor.bytes();
        if (counted.insert(id).second) {
          result.total.parameters += static_cast<uint64_t>(tensor.elements());
          result.total.weight_bytes += tensor.bytes();
        }
      } else if (!tensor.is_constant()) {
        layer.activation_bytes += tensor.bytes();
      }
    }
    for (ir::TensorId id : node.outputs) layer.activation_bytes += graph.tensor(id).bytes();
    result.total.cost.maccs += layer.cost.maccs;
    result.total.cost.flops += layer.cost.flops;
    result.total.cost.paper_maccs += layer.cost.paper_maccs;
    result.total.activation_bytes += layer.activation_bytes;
    result.layers.push_back(layer);
  }
  return result;
}

}  // namespace thimble::ops
