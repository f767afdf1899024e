// TRANSPOSE_CONV: the gradient of a convolution; every input pixel adds its filter to the output.
//
// inputs: output shape (int32 [4]), weights [O, FH, FW, C], data [N, H, W, C], [bias of O];
// attributes: padding, stride_h, stride_w, activation. An output shape that is computed at run time
// is not read: the shape of the output tensor is what it must come to.
#include "base/check.h"
#include "ops/checks.h"
#include "ops/conv_window.h"
#include "ops/mac_execute.h"
#include "ops/mac_lowering.h"
#include "ops/op.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::Result;
using ir::Graph;
using ir::Node;

constexpr MacTraits kTraits{.input_index = 2, .weights_index = 1, .bias_index = 3};
// Not every filter tap reaches every output, so a zero point cannot be folded.
constexpr MacKernels kKernels{"transpose_conv", "TransposeConv", /*folds_zero_point=*/false};

Result<ConvWindow> read_window(const Graph& graph, const Node& node) {
  const MacLayer layer = MacLayer::of(graph, node, kTraits);
  const ir::Tensor& shape = *graph.input(node, 0);
  if (shape.is_constant())
    return ConvWindow::of_transposed(node, layer, shape.as<int32_t>()[1], shape.as<int32_t>()[2]);
  THIMBLE_TRY(check_rank(layer.output, "output", 4));
  return ConvWindow::of_transposed(node, layer, layer.output.shape[1], layer.output.shape[2]);
}

ConvWindow window_of(const Graph& graph, const Node& node) {
  auto window = read_window(graph, node);
  CHECK(window, "{}", window.error().to_string());
  return *window;
}

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(verify_mac(graph, node, kTraits));
  const ir::Tensor& shape = *graph.input(node, 0);
  THIMBLE_TRY(check_type(shape, "output shape", {ir::DataType::kInt32}));
  if (shape.elements() != 4)
    return base::fail(ErrorCode::kMalformed, "the output shape ({}) has {} elements, expected 4",
                      shape.name, shape.elements());
  const MacLayer layer = MacLayer::of(graph, node, kTraits);
  if (layer.mode() == MacMode::kHybrid || layer.mode() == MacMode::kDecoded)
    return base::fail(ErrorCode::kUnsupported,
                      "float activations with int8 weights are not supported");
  THIMBLE_TRY(read_window(graph, node));
  if (layer.weights.shape[3] != layer.input.shape[3])
    return base::fail(ErrorCode::kMalformed, "weights of {} do not fit an input of {}",
                      ir::shape_text(layer.weights.shape), ir::shape_text(layer.input.shape));
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  const ConvWindow w = window_of(graph, node);
  return std::vector<ir::Shape>{{w.batches, w.out_h, w.out_w, w.out_c}};
}

// Multiply-accumulates whose result falls outside the output count, like taps in padding. The paper
// has no formula.
Cost cost(const Graph& graph, const Node& node) {
  const ConvWindow w = window_of(graph, node);
  const MacLayer layer = MacLayer::of(graph, node, kTraits);
  const uint64_t maccs =
      static_cast<uint64_t>(layer.input.elements()) * w.taps() * static_cast<uint64_t>(w.out_c);
  return mac_cost(layer, node, maccs, 0);
}

Result<> execute(const ExecContext& context) {
  const ConvWindow w = window_of(context.graph, context.node);
  return execute_mac(
      context, kTraits, w.batches,
      [&](auto zero_sum, const auto* in, auto in_zero, const auto* weights, auto store) {
        using Sum = decltype(zero_sum);
        w.for_each_pixel([&](int64_t pixel, int32_t y, int32_t x) {
          for (int32_t channel = 0; channel < w.out_c; ++channel) {
            const auto* filter = weights + static_cast<int64_t>(channel * w.taps()) * w.in_c;
            Sum sum{};
            w.for_each_transposed_tap(y, x, [&](int64_t in_pixel, int64_t tap) {
              sum += dot<Sum>(in + in_pixel * w.in_c, in_zero, filter + tap * w.in_c, {}, w.in_c);
            });
            store(pixel * w.out_c + channel, channel, sum);
          }
        });
      });
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget&) {
  const MacLayer layer = MacLayer::of(graph, node, kTraits);
  THIMBLE_ASSIGN(KernelCall call, lower_mac(graph, node, kTraits, kKernels));
  window_of(graph, node).add_fields(call);
  if (layer.mode() == MacMode::kInt8)
    call.fields.push_back({"input_zero_point", layer.input.zero_point()});
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt};
}

}  // namespace

extern const OpInfo k_transpose_conv{
    "TRANSPOSE_CONV",
    verify,
    infer_shapes,
    cost,
    execute,
    lower,
    with_weights({.input = 2, .weights = 1, .bias = 3, .may_be_decoded = false})};

}  // namespace thimble::ops
