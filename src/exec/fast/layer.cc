#include "exec/fast/layer.h"

#include "exec/fast/mac_layer.h"
#include "exec/fast/table_layer.h"

namespace thimble::exec::fast {

std::unique_ptr<const Layer> make_layer(const ir::Graph& graph, const ir::Node& node,
                                        const Kernels& kernels) {
  if (auto layer = make_mac_layer(graph, node, kernels)) return layer;
  return make_table_layer(graph, node);
}

}  // namespace thimble::exec::fast
