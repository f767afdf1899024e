#include "ops/pool_window.h"

#include <bit>
#include <cmath>

#include "base/check.h"
#include "ops/checks.h"
#include "ops/window_overlap.h"

namespace thimble::ops {

using base::ErrorCode;
using base::Result;
using ir::Graph;
using ir::Node;

namespace {

constexpr int64_t kMaxFilter = 1 << 14;

Result<int32_t> read_filter(const Node& node, std::string_view name) {
  THIMBLE_ASSIGN(int64_t value, node.attributes.get_int(name));
  if (value < 1 || value > kMaxFilter)
    return base::fail(ErrorCode::kMalformed, "{} is {}, expected 1 to {}", name, value, kMaxFilter);
  return static_cast<int32_t>(value);
}

Result<PoolWindow> read_window(const Graph& graph, const Node& node) {
  const ir::Tensor& input = *graph.input(node, 0);
  THIMBLE_TRY(check_rank(input, "input", 4));
  THIMBLE_ASSIGN(int32_t filter_h, read_filter(node, "filter_h"));
  THIMBLE_ASSIGN(int32_t filter_w, read_filter(node, "filter_w"));
  THIMBLE_ASSIGN(Stride stride, read_stride(node));
  THIMBLE_ASSIGN(Padding padding, read_padding(node));
  const ir::Shape& in = input.shape;
  // The sum of a window must fit int32 (int16 elements).
  constexpr int64_t kMaxTaps = 1 << 15;
  if (int64_t{filter_h} * filter_w > kMaxTaps)
    return base::fail(ErrorCode::kLimit, "a {}x{} window has more than {} elements", filter_h,
                      filter_w, kMaxTaps);
  THIMBLE_TRY(check_reach(in[1], filter_h));
  THIMBLE_TRY(check_reach(in[2], filter_w));
  WindowAxis h = window_axis(padding, in[1], filter_h, stride.h);
  WindowAxis w = window_axis(padding, in[2], filter_w, stride.w);
  if (h.output < 1 || w.output < 1)
    return base::fail(ErrorCode::kMalformed, "a {}x{} window does not fit into an input of {}",
                      filter_h, filter_w, ir::shape_text(in));
  return PoolWindow{in[0],    in[1],    in[2],        h.output,     w.output, in[3],
                    filter_h, filter_w, h.pad_before, w.pad_before, stride};
}

// Pooling does not rescale. Converters sometimes round the two scales differently.
Result<> check_nearly_same_quantization(const ir::Tensor& input, const ir::Tensor& output) {
  if (!ir::is_integer(input.type)) return {};
  constexpr float kMaxDifference = 1e-6f;
  if (input.zero_point() == output.zero_point() &&
      std::abs(input.scale() - output.scale()) <= kMaxDifference)
    return {};
  return check_same_quantization(input, output);
}

}  // namespace

PoolWindow PoolWindow::of(const Graph& graph, const Node& node) {
  auto window = read_window(graph, node);
  CHECK(window, "{}", window.error().to_string());
  return *window;
}

Result<> verify_pool(const Graph& graph, const Node& node) {
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_TRY(check_same_type(input, output));
  THIMBLE_TRY(check_per_tensor_quantization(input, "input"));
  THIMBLE_TRY(check_per_tensor_quantization(output, "output"));
  THIMBLE_TRY(check_nearly_same_quantization(input, output));
  THIMBLE_TRY(read_activation(node));
  THIMBLE_TRY(read_window(graph, node));
  return {};
}

Result<std::vector<ir::Shape>> infer_pool_shapes(const Graph& graph, const Node& node) {
  PoolWindow w = PoolWindow::of(graph, node);
  return std::vector<ir::Shape>{{w.batches, w.out_h, w.out_w, w.channels}};
}

namespace {

// target/kernels/pool/whole_windows.h: no window reaches into the padding, and there are few
// elements in one; for averages a power of two.
bool fits_whole_windows(const PoolWindow& w, bool is_average) {
  const bool is_clipped = w.pad_h > 0 || w.pad_w > 0 ||
                          (w.out_h - 1) * w.stride.h + w.filter_h > w.in_h ||
                          (w.out_w - 1) * w.stride.w + w.filter_w > w.in_w;
  if (is_clipped || w.channels < 4 || w.filter_h > 4 || w.filter_w > 4) return false;
  const auto count = static_cast<uint32_t>(w.filter_h * w.filter_w);
  return !is_average || (count > 1 && std::has_single_bit(count));
}

int64_t overlap_lead(const PoolWindow& w, int32_t element_bytes) {
  return lead_of_window_walk({.batches = w.batches,
                              .in_h = w.in_h,
                              .in_w = w.in_w,
                              .in_c = w.channels,
                              .out_h = w.out_h,
                              .out_w = w.out_w,
                              .out_c = w.channels,
                              .filter_h = w.filter_h,
                              .filter_w = w.filter_w,
                              .pad_h = w.pad_h,
                              .pad_w = w.pad_w,
                              .stride = w.stride,
                              .in_element_bytes = element_bytes,
                              .out_element_bytes = element_bytes},
                             WindowReads::kOwnChannel);
}

}  // namespace

Result<Lowerings> lower_pool(const Graph& graph, const Node& node, const LowerTarget& target,
                             std::string_view kernel) {
  const ir::Tensor& output = graph.output(node);
  PoolWindow w = PoolWindow::of(graph, node);
  THIMBLE_ASSIGN(Activation activation, read_activation(node));
  KernelCall call;
  call.params_type = "PoolParams";
  call.header = "kernels/pool/kernel.h";
  call.fields = {{"batches", w.batches},   {"in_h", w.in_h},         {"in_w", w.in_w},
                 {"out_h", w.out_h},       {"out_w", w.out_w},       {"channels", w.channels},
                 {"filter_h", w.filter_h}, {"filter_w", w.filter_w}, {"stride_h", w.stride.h},
                 {"stride_w", w.stride.w}, {"pad_h", w.pad_h},       {"pad_w", w.pad_w}};
  std::string_view suffix;
  if (output.type == ir::DataType::kFloat32) {
    suffix = "f32";
    FloatRange range = activation_range(activation);
    call.fields.push_back({"float_min", range.min});
    call.fields.push_back({"float_max", range.max});
  } else {
    suffix = output.type == ir::DataType::kInt8 ? "s8" : "s16";
    IntegerRange range = activation_range(activation, output);
    call.fields.push_back({"min", range.min});
    call.fields.push_back({"max", range.max});
  }
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  const int64_t lead = overlap_lead(w, static_cast<int32_t>(ir::type_bytes(output.type)));
  std::vector<Lowering> ways;
  auto add_way = [&](std::string_view file, std::string_view variant, std::string_view name) {
    call.function = fmt::format("{}_{}_{}", kernel, suffix, variant);
    call.source = fmt::format("kernels/pool/{}_{}.cc", file, variant);
    ways.push_back({.calls = {call}, .variant = std::string(name)});
    // Portable maxima keep the running maximum in the output.
    if (variant != "ref" || kernel == "average_pool")
      ways.back().overlap = Overlap{.lead_bytes = lead};
  };
  if (target.optimized && target.dsp && suffix == "s8") {
    const IntegerRange range = activation_range(activation, output);
    if (fits_whole_windows(w, kernel == "average_pool")) {
      add_way("", "whole", "whole windows");
      KernelCall& way = ways.back().calls.front();
      way.function += fmt::format("<{}, {}, {}, {}>", w.filter_h, w.filter_w, w.channels,
                                  range.min > INT8_MIN || range.max < INT8_MAX);
      way.header = "kernels/pool/whole_windows.h";
      way.source.clear();
    }
    constexpr int64_t kMostPixels = 256;  // whose sum fits in the kernel's half-words
    if (int64_t{w.filter_h} * w.filter_w <= kMostPixels) add_way("pool", "dsp", "words");
  }
  if (target.optimized && target.fpu && suffix == "f32") add_way("pool", "lanes", "lanes");
  add_way(kernel, "ref", "reference");
  return Lowerings(std::move(ways));
}

}  // namespace thimble::ops
