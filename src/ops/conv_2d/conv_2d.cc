// CONV_2D: a convolution over NHWC images, optionally grouped.
//
// inputs: [N, H, W, C], weights [O, FH, FW, C / groups], [bias of O]; attributes: padding,
// stride_h, stride_w, dilation_h, dilation_w, activation. Each group of C / groups input channels
// feeds O / groups output channels.
#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "ops/checks.h"
#include "ops/conv_2d/sparse.h"
#include "ops/conv_lowering.h"
#include "ops/conv_packed.h"
#include "ops/conv_pairs.h"
#include "ops/conv_pointwise.h"
#include "ops/conv_window.h"
#include "ops/conv_winograd.h"
#include "ops/depthwise_3x3.h"
#include "ops/float_lowering.h"
#include "ops/mac_execute.h"
#include "ops/op.h"
#include "ops/window_overlap.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::Result;
using ir::Graph;
using ir::Node;

constexpr const MacTraits& kTraits = kConv2dTraits;

struct Convolution : ConvWindow {
  int32_t groups, group_in_c;

  static Result<Convolution> read(const Graph& graph, const Node& node) {
    const MacLayer layer = MacLayer::of(graph, node, kTraits);
    THIMBLE_ASSIGN(ConvWindow window, ConvWindow::of_convolution(node, layer));
    const int32_t group_in_c = layer.weights.shape[3];
    if (group_in_c < 1 || window.in_c % group_in_c != 0 ||
        window.out_c % (window.in_c / group_in_c) != 0)
      return base::fail(ErrorCode::kMalformed, "weights of {} do not fit an input of {}",
                        ir::shape_text(layer.weights.shape), ir::shape_text(layer.input.shape));
    return Convolution{window, window.in_c / group_in_c, group_in_c};
  }

  static Convolution of(const Graph& graph, const Node& node) {
    auto convolution = read(graph, node);
    CHECK(convolution, "{}", convolution.error().to_string());
    return *convolution;
  }
};

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(verify_mac(graph, node, kTraits));
  THIMBLE_TRY(Convolution::read(graph, node));
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  const Convolution c = Convolution::of(graph, node);
  return std::vector<ir::Shape>{{c.batches, c.out_h, c.out_w, c.out_c}};
}

// The estimate is equation 4 of Heim 2021, appendix A, with the layer's real output size: one more
// operation than there are taps, per input and output channel.
Cost cost(const Graph& graph, const Node& node) {
  const Convolution c = Convolution::of(graph, node);
  const uint64_t channel_pairs =
      static_cast<uint64_t>(c.group_in_c) * static_cast<uint64_t>(c.out_c);
  const uint64_t positions = c.output_pixels() * channel_pairs;
  return mac_cost(MacLayer::of(graph, node, kTraits), node, positions * c.taps(),
                  static_cast<double>(positions * (c.taps() + 1)));
}

Result<> execute(const ExecContext& context) {
  const Convolution c = Convolution::of(context.graph, context.node);
  const int32_t group_out_c = c.out_c / c.groups;
  return execute_mac(
      context, kTraits, c.batches,
      [&](auto zero_sum, const auto* in, auto in_zero, const auto* weights, auto store) {
        using Sum = decltype(zero_sum);
        c.for_each_pixel([&](int64_t pixel, int32_t y, int32_t x) {
          for (int32_t channel = 0; channel < c.out_c; ++channel) {
            const auto* group_in = in + int64_t{channel / group_out_c} * c.group_in_c;
            const auto* filter = weights + static_cast<int64_t>(channel * c.taps()) * c.group_in_c;
            Sum sum{};
            c.for_each_tap(y, x, [&](int64_t in_pixel, int64_t tap) {
              sum += dot<Sum>(group_in + in_pixel * c.in_c, in_zero, filter + tap * c.group_in_c,
                              {}, c.group_in_c);
            });
            store(pixel * c.out_c + channel, channel, sum);
          }
        });
      });
}

// Adds the way without weights of zero, if there is one, where its time belongs.
Result<Lowerings> with_sparse(const Graph& graph, const Node& node, const Convolution& c,
                              bool has_dsp, std::vector<Lowering> ways) {
  THIMBLE_ASSIGN(std::optional<SparseWay> sparse, lower_conv_sparse(graph, node, c, has_dsp));
  add_sparse_way(std::move(sparse), ways);
  return Lowerings(std::move(ways));
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget& target) {
  const Convolution c = Convolution::of(graph, node);
  const MacLayer layer = MacLayer::of(graph, node, kTraits);
  if (c.groups == 1 && fits_dsp(layer, target)) {
    std::vector<Lowering> ways;
    if (!target.small_code) {
      THIMBLE_ASSIGN(ways, lower_conv_winograd(graph, node, kTraits, c));
    }
    if (target.fpu && !target.small_code) {  // whose registers these need
      THIMBLE_ASSIGN(std::optional<Lowering> plane, lower_plane_3x3(graph, node, kTraits, c));
      if (plane) ways.push_back(std::move(*plane));
      THIMBLE_ASSIGN(auto pointwise, lower_conv_pointwise(graph, node, kTraits, c));
      if (pointwise) ways.push_back(std::move(*pointwise));
    }
    THIMBLE_ASSIGN(std::vector<Lowering> packed,
                   lower_conv_packed(graph, node, kTraits, c, target));
    if (packed.empty()) {
      THIMBLE_ASSIGN(KernelCall call, lower_conv_dsp(graph, node, kTraits, c));
      packed.push_back({.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "dsp"});
    }
    std::ranges::move(packed, std::back_inserter(ways));
    return with_sparse(graph, node, c, /*has_dsp=*/true, std::move(ways));
  }
  if (c.groups == 1 && fits_staged(layer, target)) {
    THIMBLE_ASSIGN(std::vector<Lowering> ways, lower_conv_pairs(graph, node, kTraits, c));
    if (!ways.empty()) return with_sparse(graph, node, c, /*has_dsp=*/false, std::move(ways));
  }
  if (c.groups == 1 && fits_float_unit(layer, target)) {
    THIMBLE_ASSIGN(std::vector<Lowering> ways, lower_conv_f32(graph, node, kTraits, c));
    return Lowerings(std::move(ways));
  }
  THIMBLE_ASSIGN(KernelCall call, lower_mac(graph, node, kTraits, kConvKernels));
  c.add_fields(call);
  call.fields.push_back({"groups", c.groups});
  if (layer.mode() == MacMode::kInt8)
    call.fields.push_back({"input_zero_point", layer.input.zero_point()});
  if (c.groups == 1 && fits_mve(layer, target)) {
    call.scratch_bytes = c.taps() * static_cast<size_t>(c.in_c);  // what a pixel reads
    Lowering rows = with_mve(std::move(call), kConvKernels);
    rows.overlap =
        Overlap{.lead_bytes = lead_of_window_walk(walk_of(c, 1, 1), WindowReads::kWindow)};
    return rows;
  }
  if (layer.mode() == MacMode::kHybrid)  // one quantized batch
    call.scratch_bytes = static_cast<size_t>(layer.input.elements() / c.batches);
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt};
}

}  // namespace

extern const OpInfo k_conv_2d{"CONV_2D", verify, infer_shapes,    cost,
                              execute,   lower,  with_weights({})};

}  // namespace thimble::ops
