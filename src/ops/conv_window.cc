#include "ops/conv_window.h"

#include <algorithm>

#include "ops/checks.h"

namespace thimble::ops {

using base::ErrorCode;
using base::Result;

namespace {

Result<> check_spatial(const MacLayer& layer) {
  THIMBLE_TRY(check_rank(layer.input, "input", 4));
  return check_rank(layer.weights, "weights", 4);
}

struct Window2d {
  WindowAxis h, w;
};

Result<Window2d> read_window(const ir::Node& node, const ir::Shape& in, int32_t filter_h,
                             int32_t filter_w, Stride stride, Stride dilation) {
  if (node.attributes.get_string("padding").value_or("") == "explicit") {
    THIMBLE_ASSIGN(const std::vector<int64_t> pads, node.attributes.get_ints("pads"));
    constexpr int64_t kMaxPad = 1 << 16;
    if (pads.size() != 4 ||
        !std::ranges::all_of(pads, [](int64_t pad) { return pad >= 0 && pad <= kMaxPad; }))
      return base::fail(ErrorCode::kMalformed, "pads must be four numbers from 0 to {}", kMaxPad);
    auto axis = [&](int32_t input, size_t first, int32_t filter, int32_t step, int32_t spread) {
      return explicit_window_axis(input, static_cast<int32_t>(pads[first]),
                                  static_cast<int32_t>(pads[first + 1]), filter, step, spread);
    };
    return Window2d{axis(in[1], 0, filter_h, stride.h, dilation.h),
                    axis(in[2], 2, filter_w, stride.w, dilation.w)};
  }
  THIMBLE_ASSIGN(Padding padding, read_padding(node));
  return Window2d{window_axis(padding, in[1], filter_h, stride.h, dilation.h),
                  window_axis(padding, in[2], filter_w, stride.w, dilation.w)};
}

}  // namespace

Result<ConvWindow> ConvWindow::of_convolution(const ir::Node& node, const MacLayer& layer) {
  THIMBLE_TRY(check_spatial(layer));
  THIMBLE_ASSIGN(Stride stride, read_stride(node));
  THIMBLE_ASSIGN(Stride dilation, read_dilation(node));
  const ir::Shape& in = layer.input.shape;
  const int32_t filter_h = layer.weights.shape[1], filter_w = layer.weights.shape[2];
  THIMBLE_TRY(check_reach(in[1], filter_h, dilation.h));
  THIMBLE_TRY(check_reach(in[2], filter_w, dilation.w));
  THIMBLE_ASSIGN(const Window2d window,
                 read_window(node, in, filter_h, filter_w, stride, dilation));
  const auto& [h, w] = window;
  if (h.output < 1 || w.output < 1)
    return base::fail(ErrorCode::kMalformed, "a {}x{} filter does not fit into an input of {}",
                      filter_h, filter_w, ir::shape_text(in));
  return ConvWindow{.batches = in[0],
                    .in_h = in[1],
                    .in_w = in[2],
                    .in_c = in[3],
                    .out_h = h.output,
                    .out_w = w.output,
                    .out_c = layer.channels(),
                    .filter_h = filter_h,
                    .filter_w = filter_w,
                    .pad_h = h.pad_before,
                    .pad_w = w.pad_before,
                    .stride = stride,
                    .dilation = dilation};
}

Result<ConvWindow> ConvWindow::of_transposed(const ir::Node& node, const MacLayer& layer,
                                             int32_t out_h, int32_t out_w) {
  THIMBLE_TRY(check_spatial(layer));
  THIMBLE_ASSIGN(Padding padding, read_padding(node));
  THIMBLE_ASSIGN(Stride stride, read_stride(node));
  const ir::Shape& in = layer.input.shape;
  const int32_t filter_h = layer.weights.shape[1], filter_w = layer.weights.shape[2];
  THIMBLE_TRY(check_reach(out_h, filter_h));
  THIMBLE_TRY(check_reach(out_w, filter_w));
  const WindowAxis h = window_axis(padding, out_h, filter_h, stride.h);
  const WindowAxis w = window_axis(padding, out_w, filter_w, stride.w);
  if (out_h < 1 || out_w < 1 || h.output != in[1] || w.output != in[2])
    return base::fail(ErrorCode::kMalformed,
                      "a transposed {}x{} filter does not lead from an input of {} to {}x{}",
                      filter_h, filter_w, ir::shape_text(in), out_h, out_w);
  return ConvWindow{.batches = in[0],
                    .in_h = in[1],
                    .in_w = in[2],
                    .in_c = in[3],
                    .out_h = out_h,
                    .out_w = out_w,
                    .out_c = layer.channels(),
                    .filter_h = filter_h,
                    .filter_w = filter_w,
                    .pad_h = h.pad_before,
                    .pad_w = w.pad_before,
                    .stride = stride,
                    .dilation = {}};
}

void ConvWindow::add_fields(KernelCall& call) const {
  add_undilated_fields(call);
  call.fields.push_back({"dilation_h", dilation.h});
  call.fields.push_back({"dilation_w", dilation.w});
}

void ConvWindow::add_undilated_fields(KernelCall& call) const {
  const Field fields[] = {{"batches", batches},   {"in_h", in_h},         {"in_w", in_w},
                          {"in_c", in_c},         {"out_h", out_h},       {"out_w", out_w},
                          {"out_c", out_c},       {"filter_h", filter_h}, {"filter_w", filter_w},
                          {"stride_h", stride.h}, {"stride_w", stride.w}, {"pad_h", pad_h},
                          {"pad_w", pad_w}};
  call.fields.insert(call.fields.end(), std::begin(fields), std::end(fields));
}

}  // namespace thimble::ops
