#include "ops/depthwise_conv_2d/depthwise_3x3.h"

#include <algorithm>

#include "ops/mac_lowering.h"

namespace thimble::ops {
namespace {

using base::Result;

constexpr int32_t kTaps = 3;
constexpr int32_t kBands = 3;  // the same for all layers, so that they share code
constexpr MacKernels kKernels{"depthwise", "Depthwise3x3", /*folds_zero_point=*/true};

struct Axis {
  int32_t in, out, pad;
  int32_t in_step, out_step;  // bytes
};

// The walk is along u.
struct Axes {
  Axis u, v;
  bool u_is_rows;
};

Axes axes(const ConvWindow& w, bool u_is_rows) {
  const Axis rows{w.in_h, w.out_h, w.pad_h, w.in_w * w.in_c, w.out_w * w.out_c};
  const Axis columns{w.in_w, w.out_w, w.pad_w, w.in_c, w.out_c};
  return u_is_rows ? Axes{rows, columns, true} : Axes{columns, rows, false};
}

// Roughly how long a channel takes.
int64_t cycles(const Axes& a) {
  constexpr int64_t kFour = 67, kTwo = 50, kBand = 25;
  const int64_t pairs = a.v.out / 2, rest = a.v.out % 2;
  return pairs * (a.u.out / 2 * kFour + a.u.out % 2 * kTwo + kBand) +
         rest * (a.u.out * kTwo / 2 + kBand);
}

size_t scratch_bytes(const Axes& a, int32_t bands) {
  constexpr size_t kPositionBytes = 16;  // of a line: four channels, two halfwords each
  return kPositionBytes * static_cast<size_t>(a.u.out + kTaps - 1) * static_cast<size_t>(bands + 1);
}

// Weights by channel, taps in v fastest.
std::vector<int8_t> pack_filters(const MacLayer& layer, bool u_is_rows) {
  std::vector<int8_t> packed;
  for (int32_t c = 0; c < layer.channels(); ++c) {
    const std::vector<int8_t> taps = channel_weights(layer, c);
    for (size_t u = 0; u < kTaps; ++u)
      for (size_t v = 0; v < kTaps; ++v)
        packed.push_back(taps[u_is_rows ? u * kTaps + v : v * kTaps + u]);
  }
  return packed;
}

}  // namespace

bool fits_depthwise_3x3(const ConvWindow& w) {
  return w.filter_h == kTaps && w.filter_w == kTaps && w.stride.h == 1 && w.stride.w == 1 &&
         w.dilation.h == 1 && w.dilation.w == 1 && w.in_c == w.out_c;
}

Result<Lowering> lower_depthwise_3x3(const ir::Graph& graph, const ir::Node& node,
                                     const MacTraits& traits, const ConvWindow& window) {
  const MacLayer layer = MacLayer::of(graph, node, traits);
  const Axes down = axes(window, true), across = axes(window, false);
  const Axes& a = cycles(down) < cycles(across) ? down : across;
  THIMBLE_ASSIGN(KernelCall call,
                 lower_mac_dsp(graph, node, traits, kKernels, pack_filters(layer, a.u_is_rows)));

  call.scratch_bytes = scratch_bytes(a, kBands);
  call.function = fmt::format("depthwise_3x3_s1<{}, {}>", kBands, layer.output.zero_point() == -128);
  call.params_type = "Depthwise3x3Params";
  call.header = "kernels/depthwise/depthwise_3x3.h";
  call.source.clear();
  const Field fields[] = {{"batches", window.batches},
                          {"count", window.in_c},
                          {"in_u", a.u.in},
                          {"in_v", a.v.in},
                          {"out_u", a.u.out},
                          {"out_v", a.v.out},
                          {"pad_u", a.u.pad},
                          {"pad_v", a.v.pad},
                          {"in_u_step", a.u.in_step},
                          {"in_v_step", a.v.in_step},
                          {"out_u_step", a.u.out_step},
                          {"out_v_step", a.v.out_step},
                          {"bands", kBands},
                          {"input_zero_point", layer.input.zero_point()}};
  call.fields.insert(call.fields.end(), std::begin(fields), std::end(fields));
  Lowering lowering{.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "stripes"};
  if (layer.input.shape == layer.output.shape)
    lowering.overlap = Overlap{.input = traits.input_index, .lead_bytes = 0, .exact = true};
  return lowering;
}

}  // namespace thimble::ops
