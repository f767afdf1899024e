// What LOGISTIC and TANH share. tanh(x) = 2 logistic(2x) - 1, so both read one table on int16.
//
// The scale of an integer output is fixed so that it covers (0, 1) or (-1, 1): 1/256 with the zero
// point -128 (LOGISTIC, int8), 1/128 with 0 (TANH, int8), 1/32768 (int16).
#pragma once

#include "ops/lookup_table.h"
#include "ops/op.h"

namespace thimble::ops {

enum class Sigmoid { kLogistic, kTanh };

base::Result<> verify_sigmoid(const ir::Graph& graph, const ir::Node& node, Sigmoid function);
base::Result<std::vector<ir::Shape>> infer_sigmoid_shapes(const ir::Graph& graph,
                                                          const ir::Node& node);
Cost sigmoid_cost(const ir::Graph& graph, const ir::Node& node);
base::Result<> execute_sigmoid(const ExecContext& context, Sigmoid function);
base::Result<Lowerings> lower_sigmoid(const ir::Graph& graph, const ir::Node& node,
                                     Sigmoid function);

// 65536 * logistic(i / 24) - 32768 for i = 0 ... 255, where each entry is moved by half the error
// of linear interpolation in the middle of the next segment.
std::vector<int16_t> sigmoid_int16_table();

}  // namespace thimble::ops
