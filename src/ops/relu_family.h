// What RELU and RELU6 share: a clamp, on integers together with a change of scale.
#pragma once

#include "ops/activation.h"
#include "ops/op.h"

namespace thimble::ops {

base::Result<> verify_relu(const ir::Graph& graph, const ir::Node& node, Activation activation);
base::Result<std::vector<ir::Shape>> infer_relu_shapes(const ir::Graph& graph,
                                                       const ir::Node& node);
base::Result<> execute_relu(const ExecContext& context, Activation activation);
base::Result<Lowerings> lower_relu(const ir::Graph& graph, const ir::Node& node,
                                   const LowerTarget& target, Activation activation);

// One operation per element for each finite end of the range.
Cost relu_cost(const ir::Graph& graph, const ir::Node& node, Activation activation);

}  // namespace thimble::ops
