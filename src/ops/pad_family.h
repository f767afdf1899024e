// What PAD and PADV2 share: a border of one value around a tensor of up to 6 dimensions.
//
// inputs: data, paddings [rank, 2] as a constant, PADV2: the value as a constant with the
// quantization of the data. PAD's value is zero.
#pragma once

#include "ops/op.h"

namespace thimble::ops {

enum class PadValue { kZero, kOperand };

base::Result<> verify_pad(const ir::Graph& graph, const ir::Node& node, PadValue value);
base::Result<std::vector<ir::Shape>> infer_pad_shapes(const ir::Graph& graph, const ir::Node& node);
Cost pad_cost(const ir::Graph& graph, const ir::Node& node);
base::Result<> execute_pad(const ExecContext& context, PadValue value);
base::Result<Lowerings> lower_pad(const ir::Graph& graph, const ir::Node& node, PadValue value);

}  // namespace thimble::ops
