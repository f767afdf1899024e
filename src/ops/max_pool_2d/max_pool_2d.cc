// MAX_POOL_2D: the largest element of each window, per channel. Padding never wins.
//
// inputs: [N, H, W, C]; attributes: filter_h, filter_w, stride_h, stride_w, padding, activation.
#include <algorithm>
#include <limits>

#include "ops/checks.h"
#include "ops/op.h"
#include "ops/pool_window.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 1, 1));
  const ir::Tensor& input = *graph.input(node, 0);
  THIMBLE_TRY(check_type(input, "input", {DataType::kInt8, DataType::kInt16, DataType::kFloat32}));
  return verify_pool(graph, node);
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  return infer_pool_shapes(graph, node);
}

Cost cost(const Graph& graph, const Node& node) {
  PoolWindow window = PoolWindow::of(graph, node);
  auto outputs = static_cast<uint64_t>(graph.output(node).elements());
  return {.flops = outputs * static_cast<uint64_t>(window.filter_h) *
                   static_cast<uint64_t>(window.filter_w)};
}

template <typename T>
void max_pool(const ExecContext& context, T low, T high) {
  PoolWindow window = PoolWindow::of(context.graph, context.node);
  const T* in = context.in<T>(0);
  T* out = context.out<T>();
  window.for_each_output([&](const PoolWindow::Taps& taps, int32_t channel) {
    T largest = std::numeric_limits<T>::lowest();
    window.for_each_tap(taps, channel,
                        [&](int64_t offset) { largest = std::max(largest, in[offset]); });
    *out++ = std::clamp(largest, low, high);
  });
}

Result<> execute(const ExecContext& context) {
  const ir::Tensor& output = context.graph.output(context.node);
  THIMBLE_ASSIGN(Activation activation, read_activation(context.node));
  if (output.type == DataType::kFloat32) {
    FloatRange range = activation_range(activation);
    max_pool<float>(context, range.min, range.max);
    return {};
  }
  IntegerRange range = activation_range(activation, output);
  if (output.type == DataType::kInt8)
    max_pool<int8_t>(context, static_cast<int8_t>(range.min), static_cast<int8_t>(range.max));
  else
    max_pool<int16_t>(context, static_cast<int16_t>(range.min), static_cast<int16_t>(range.max));
  return {};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget& target) {
  return lower_pool(graph, node, target, "max_pool");
}

}  // namespace

extern const OpInfo k_max_pool_2d{"MAX_POOL_2D", verify, infer_shapes, cost,
                                  execute,       lower,  kSharedScale};

}  // namespace thimble::ops
