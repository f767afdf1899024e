// What ADD, SUB and MUL share: two operands of compatible shapes, one output, a fused activation.
//
// Integers: int8 and int16, each operand with its own scale. ADD and SUB first bring both operands
// to twice the larger scale with 20 (int8) or 15 (int16) extra bits, as TensorFlow Lite Micro does.
#pragma once

#include "ops/op.h"

namespace thimble::ops {

enum class BinaryOp { kAdd, kSub, kMul };

base::Result<> verify_binary(const ir::Graph& graph, const ir::Node& node, BinaryOp op);
base::Result<std::vector<ir::Shape>> infer_binary_shapes(const ir::Graph& graph,
                                                         const ir::Node& node);
Cost binary_cost(const ir::Graph& graph, const ir::Node& node);
base::Result<> execute_binary(const ExecContext& context, BinaryOp op);
base::Result<Lowerings> lower_binary(const ir::Graph& graph, const ir::Node& node,
                                     const LowerTarget& target, BinaryOp op);

}  // namespace thimble::ops
