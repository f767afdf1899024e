// DEPTHWISE_CONV_2D: every channel has filters of its own.
//
// inputs: [N, H, W, C], weights [1, FH, FW, C * depth_multiplier], [bias]; attributes: padding,
// stride_h, stride_w, dilation_h, dilation_w, depth_multiplier, activation. Output channel o reads
// input channel o / depth_multiplier.
#include "base/check.h"
#include "ops/checks.h"
#include "ops/conv_lowering.h"
#include "ops/conv_packed.h"
#include "ops/conv_pairs.h"
#include "ops/conv_window.h"
#include "ops/depthwise_3x3.h"
#include "ops/depthwise_pairs.h"
#include "ops/float_lowering.h"
#include "ops/mac_execute.h"
#include "ops/mac_lowering.h"
#include "ops/op.h"
#include "ops/staged_lowering.h"
#include "ops/window_overlap.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::Result;
using ir::Graph;
using ir::Node;

constexpr const MacTraits& kTraits = kDepthwiseTraits;
constexpr MacKernels kKernels{"depthwise", "Depthwise", /*folds_zero_point=*/false};

struct Depthwise : ConvWindow {
  int32_t multiplier;

  static Result<Depthwise> read(const Graph& graph, const Node& node) {
    const MacLayer layer = MacLayer::of(graph, node, kTraits);
    THIMBLE_ASSIGN(ConvWindow window, ConvWindow::of_convolution(node, layer));
    THIMBLE_ASSIGN(int64_t multiplier, node.attributes.get_int("depth_multiplier"));
    if (multiplier < 1 || multiplier * window.in_c != window.out_c || layer.weights.shape[0] != 1)
      return base::fail(
          ErrorCode::kMalformed, "weights of {} and depth multiplier {} do not fit an input of {}",
          ir::shape_text(layer.weights.shape), multiplier, ir::shape_text(layer.input.shape));
    return Depthwise{window, static_cast<int32_t>(multiplier)};
  }

  static Depthwise of(const Graph& graph, const Node& node) {
    auto depthwise = read(graph, node);
    CHECK(depthwise, "{}", depthwise.error().to_string());
    return *depthwise;
  }
};

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(verify_mac(graph, node, kTraits));
  THIMBLE_TRY(Depthwise::read(graph, node));
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  const Depthwise d = Depthwise::of(graph, node);
  return std::vector<ir::Shape>{{d.batches, d.out_h, d.out_w, d.out_c}};
}

// The estimate is equation 7 of Heim 2021, appendix A, with the layer's real output size.
Cost cost(const Graph& graph, const Node& node) {
  const Depthwise d = Depthwise::of(graph, node);
  const uint64_t outputs = d.output_pixels() * static_cast<uint64_t>(d.out_c);
  return mac_cost(MacLayer::of(graph, node, kTraits), node, outputs * d.taps(),
                  static_cast<double>(outputs * (d.taps() + 1)));
}

Result<> execute(const ExecContext& context) {
  const Depthwise d = Depthwise::of(context.graph, context.node);
  return execute_mac(
      context, kTraits, d.batches,
      [&](auto zero_sum, const auto* in, auto in_zero, const auto* weights, auto store) {
        using Sum = decltype(zero_sum);
        d.for_each_pixel([&](int64_t pixel, int32_t y, int32_t x) {
          for (int32_t channel = 0; channel < d.out_c; ++channel) {
            Sum sum{};
            d.for_each_tap(y, x, [&](int64_t in_pixel, int64_t tap) {
              sum += dot<Sum>(in + in_pixel * d.in_c + channel / d.multiplier, in_zero,
                              weights + tap * d.out_c + channel, {}, 1);
            });
            store(pixel * d.out_c + channel, channel, sum);
          }
        });
      });
}

// For kernels that write one output after another, each after the channel's window was read.
Overlap overlap_of(const Depthwise& d, const ir::Tensor& input, const ir::Tensor& output) {
  const WindowWalk walk = walk_of(d, static_cast<int32_t>(ir::type_bytes(input.type)),
                                  static_cast<int32_t>(ir::type_bytes(output.type)));
  return {.input = kTraits.input_index,
          .lead_bytes = lead_of_window_walk(walk, WindowReads::kOwnChannel)};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget& target) {
  const Depthwise d = Depthwise::of(graph, node);
  const MacLayer layer = MacLayer::of(graph, node, kTraits);
  const bool use_dsp = fits_dsp(layer, target);
  if (use_dsp && fits_depthwise_3x3(d)) {
    THIMBLE_ASSIGN(std::optional<Lowering> stripes, lower_depthwise_3x3(graph, node, kTraits, d));
    if (stripes) return std::move(*stripes);
  }
  // Where there is one input channel, a convolution means the same.
  if (use_dsp && d.in_c == 1) {
    std::vector<Lowering> ways;
    if (target.fpu) {  // whose registers the walks need
      THIMBLE_ASSIGN(std::optional<Lowering> plane, lower_plane_3x3(graph, node, kTraits, d));
      if (plane) ways.push_back(std::move(*plane));
    }
    THIMBLE_ASSIGN(std::vector<Lowering> packed, lower_conv_packed(graph, node, kTraits, d));
    std::ranges::move(packed, std::back_inserter(ways));
    if (!ways.empty()) return Lowerings(std::move(ways));
    THIMBLE_ASSIGN(KernelCall call, lower_conv_dsp(graph, node, kTraits, d));
    return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "dsp"};
  }
  if (use_dsp && d.multiplier == 1 && d.in_c >= 4) {
    THIMBLE_ASSIGN(KernelCall call,
                   lower_mac_dsp(graph, node, kTraits, kKernels, pack_quads(layer)));
    d.add_fields(call);
    call.fields.push_back({"input_zero_point", layer.input.zero_point()});
    Lowering taps{.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "taps"};
    // Otherwise some channels are computed, and read, twice.
    if (d.in_c % 4 == 0) taps.overlap = overlap_of(d, layer.input, layer.output);
    return taps;
  }
  if (fits_float_unit(layer, target)) {
    THIMBLE_ASSIGN(std::optional<Lowering> taps, lower_depthwise_f32(graph, node, kTraits, d));
    if (taps) return std::move(*taps);
  }
  if (fits_staged(layer, target) && d.in_c == 1) {
    THIMBLE_ASSIGN(std::vector<Lowering> ways, lower_conv_pairs(graph, node, kTraits, d));
    if (!ways.empty()) return Lowerings(std::move(ways));
  }
  if (fits_staged(layer, target)) {
    THIMBLE_ASSIGN(std::optional<Lowering> pairs, lower_depthwise_pairs(graph, node, kTraits, d));
    if (pairs) return std::move(*pairs);
  }
  THIMBLE_ASSIGN(KernelCall call, lower_mac(graph, node, kTraits, kKernels));
  d.add_fields(call);
  if (layer.mode() == MacMode::kInt8)
    call.fields.push_back({"input_zero_point", layer.input.zero_point()});
  Lowering reference{.calls = {}, .overlap = overlap_of(d, layer.input, layer.output)};
  if (d.multiplier == 1 && fits_mve(layer, target)) {
    Lowering lanes = with_mve(std::move(call), kKernels);
    lanes.overlap = reference.overlap;
    return lanes;
  }
  if (layer.mode() == MacMode::kHybrid) {  // one quantized batch
    call.scratch_bytes = static_cast<size_t>(layer.input.elements() / d.batches);
    reference.overlap.reset();
  }
  reference.calls.push_back(std::move(call));
  return reference;
}

}  // namespace

extern const OpInfo k_depthwise_conv_2d{"DEPTHWISE_CONV_2D",
                                        verify,
                                        infer_shapes,
                                        cost,
                                        execute,
                                        lower,
                                        with_weights({.channel_axis = 3})};

}  // namespace thimble::ops
