// AVERAGE_POOL_2D: the mean of each window, per channel. Padding is not counted.
//
// inputs: [N, H, W, C]; attributes: filter_h, filter_w, stride_h, stride_w, padding, activation.
// Integers are divided with rounding to nearest, halves away from zero.
#include <algorithm>

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

// One addition per tap and one division per output.
Cost cost(const Graph& graph, const Node& node) {
  PoolWindow window = PoolWindow::of(graph, node);
  auto outputs = static_cast<uint64_t>(graph.output(node).elements());
  return {.flops = outputs * (static_cast<uint64_t>(window.filter_h) *
                                  static_cast<uint64_t>(window.filter_w) +
                              1)};
}

void average_pool_float(const ExecContext& context, FloatRange range) {
  PoolWindow window = PoolWindow::of(context.graph, context.node);
  const float* in = context.in<float>(0);
  float* out = context.out<float>();
  window.for_each_output([&](const PoolWindow::Taps& taps, int32_t channel) {
    float sum = 0;
    window.for_each_tap(taps, channel, [&](int64_t offset) { sum += in[offset]; });
    *out++ = std::clamp(sum / static_cast<float>(taps.count()), range.min, range.max);
  });
}

template <typename T>
void average_pool_integer(const ExecContext& context, IntegerRange range) {
  PoolWindow window = PoolWindow::of(context.graph, context.node);
  const T* in = context.in<T>(0);
  T* out = context.out<T>();
  window.for_each_output([&](const PoolWindow::Taps& taps, int32_t channel) {
    uint32_t wrapping_sum = 0;
    window.for_each_tap(taps, channel,
                        [&](int64_t offset) { wrapping_sum += static_cast<uint32_t>(in[offset]); });
    const auto sum = static_cast<int32_t>(wrapping_sum);
    const int64_t count = taps.count();
    const int64_t mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
    *out++ = static_cast<T>(std::clamp<int64_t>(mean, range.min, range.max));
  });
}

Result<> execute(const ExecContext& context) {
  const ir::Tensor& output = context.graph.output(context.node);
  THIMBLE_ASSIGN(Activation activation, read_activation(context.node));
  if (output.type == DataType::kFloat32)
    average_pool_float(context, activation_range(activation));
  else if (output.type == DataType::kInt8)
    average_pool_integer<int8_t>(context, activation_range(activation, output));
  else
    average_pool_integer<int16_t>(context, activation_range(activation, output));
  return {};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget& target) {
  return lower_pool(graph, node, target, "average_pool");
}

}  // namespace

extern const OpInfo k_average_pool_2d{"AVERAGE_POOL_2D", verify, infer_shapes, cost,
                                      execute,           lower,  kSharedScaleRounded};

}  // namespace thimble::ops
