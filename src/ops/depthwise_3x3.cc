#include "ops/depthwise_3x3.h"

#include <algorithm>
#include <cstdlib>

#include "ops/int4.h"
#include "ops/mac_lowering.h"

namespace thimble::ops {
namespace {

using base::Result;

constexpr int32_t kTaps = 3;
constexpr int32_t kStripe = 4;  // channels that depthwise layers do at a time

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

// How far the rows of output written by the kernel at stride 2 get ahead of the input that it still
// reads: two rows at a time are written channel by channel, of an odd number the last but one
// twice.
int64_t lead_at_stride_2(const Axes& a) {
  int64_t lead = INT64_MIN, first_read = INT64_MAX;
  const int32_t rows = std::min(2, a.v.out);
  for (int32_t next = (a.v.out - 1) / rows * rows; next >= 0; next -= rows) {
    const int32_t v = std::min(next, a.v.out - rows);
    first_read = std::min(first_read, int64_t{std::max(0, 2 * v - a.v.pad)} * a.v.in_step);
    lead = std::max(lead, int64_t{v + rows} * a.v.out_step - first_read);
  }
  return lead;
}

// Weights by channel, taps in v fastest, in nine bytes or five.
std::vector<int8_t> pack_filters(const MacLayer& layer, bool u_is_rows, bool has_four_bits) {
  std::vector<int8_t> packed;
  for (int32_t c = 0; c < layer.channels(); ++c) {
    const std::vector<int8_t> taps = channel_weights(layer, c);
    std::vector<int8_t> filter;
    for (size_t u = 0; u < kTaps; ++u)
      for (size_t v = 0; v < kTaps; ++v)
        filter.push_back(taps[u_is_rows ? u * kTaps + v : v * kTaps + u]);
    if (has_four_bits) filter = nibble_bytes(filter);
    packed.insert(packed.end(), filter.begin(), filter.end());
  }
  return packed;
}

// The kernels' table of channels, see filter_3x3.h there.
struct ChannelTable {
  std::vector<int32_t> words;
  bool is_quick = true;  // all channels
};

// Nothing where a bias has too many bits. From what the other DSP kernels know of a channel.
std::optional<ChannelTable> pack_channels(const std::vector<DspChannel>& channels) {
  constexpr int32_t kMaxQuick = 22, kCodes = 128, kAnyShift = 64;
  constexpr int32_t kMaxBias = (1 << 24) - 1;
  // A quick channel that leads to a clamp whatever its inputs are still does with this bias: the
  // products of nine taps are below 2^19, so the output is beyond 2^(23 + 30 - 31 - exponent).
  constexpr int32_t kFar = (1 << 23) + (1 << 19), kMaxFarExponent = 12;
  ChannelTable table;
  for (auto [bias, multiplier, exponent] : channels) {
    const bool is_quick = exponent >= 1 && exponent <= kMaxQuick;
    table.is_quick = table.is_quick && is_quick;
    if (is_quick && exponent <= kMaxFarExponent) bias = std::clamp(bias, -kFar, kFar);
    if (std::abs(int64_t{bias}) > kMaxBias) return std::nullopt;
    const int32_t shift = exponent < 0 ? -(exponent + kDspGeneral) : -exponent;
    const int32_t code = is_quick ? exponent : shift + kAnyShift;
    table.words.insert(table.words.end(), {multiplier, bias * kCodes + code});
  }
  return table;
}

// At stride 1. The same for all layers, so that they share code.
constexpr int32_t kBands = 3;

// Kernels at stride 1: those of depthwise_3x3_s1.h with four words of every line in scratch, or
// that of plane_3x3_s1.h with one.
void set_stride_1(KernelCall& call, std::string_view header, std::string_view kernel,
                  int32_t line_words, const Axes& a, std::string_view flags) {
  constexpr int32_t kMaxFixedStep = 2000;  // that immediates reach twice
  auto with_steps = [&](int32_t u, int32_t v) {
    return fmt::format("{}<{}, {}, {}, {}>", kernel, kBands, flags, u, v);
  };
  call.function = with_steps(0, 0);
  call.shared_functions = {call.function};
  // Steps that are known save time, but layers of another shape cannot share the code.
  if (std::max(a.u.out_step, a.v.out_step) <= kMaxFixedStep)
    call.function = with_steps(a.u.out_step, a.v.out_step);
  call.header = fmt::format("kernels/depthwise/{}.h", header);
  call.fields.push_back({"bands", kBands});
  call.scratch_bytes = static_cast<size_t>((a.u.out + 2) * (kBands + 1) * line_words * 4);
}

void set_stride_2(KernelCall& call, std::string_view kernel, const Axes& a,
                  std::string_view flags) {
  constexpr int32_t kPositionBytes = 20;
  call.function = fmt::format("{}<{}>", kernel, flags);
  call.header = "kernels/depthwise/depthwise_3x3_s2.h";
  call.scratch_bytes = static_cast<size_t>((2 * a.u.out + 1) * kPositionBytes);
}

// Undilated 3x3 windows at equal strides whose numbers the parameters can hold.
bool fits_parameters(const ConvWindow& w) {
  constexpr int32_t kMaxPad = UINT8_MAX;
  constexpr int64_t kMaxExtent = UINT16_MAX;
  const int64_t row_bytes = std::max(int64_t{w.in_w} * w.in_c, int64_t{w.out_w} * w.out_c);
  if (std::max({int64_t{w.batches}, int64_t{w.in_h}, int64_t{w.out_h}, row_bytes}) > kMaxExtent ||
      std::max(w.pad_h, w.pad_w) > kMaxPad)
    return false;
  return w.filter_h == kTaps && w.filter_w == kTaps && w.stride.h == w.stride.w &&
         w.dilation.h == 1 && w.dilation.w == 1 && w.out_h >= 2 && w.out_w >= 2 && w.in_h >= 2 &&
         w.in_w >= 2;
}

// A layer whose every output channel reads one input channel.
struct Layer3x3 {
  KernelCall call;    // without what depends on the kernel
  std::string flags;  // of the templates
};

Result<std::optional<Layer3x3>> begin_layer(const ir::Node& node, const MacTraits& traits,
                                            const MacLayer& layer, const Axes& a, int32_t batches,
                                            bool has_four_bits) {
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  const std::optional<ChannelTable> channels = pack_channels(dsp_channels(layer, stage));
  if (!channels) return std::nullopt;
  KernelCall call;
  call.params_type = "Depthwise3x3Params";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  add_table<int8_t>(call, "weights", ir::DataType::kInt8,
                    pack_filters(layer, a.u_is_rows, has_four_bits));
  call.constants.back().is_weights = true;
  add_table<int32_t>(call, "channels", ir::DataType::kInt32, channels->words);
  const Field fields[] = {{"batches", batches},
                          {"count", layer.channels()},
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
                          {"input_zero_point", layer.input.zero_point()},
                          {"output_zero_point", stage.zero_point},
                          {"min", stage.range.min},
                          {"max", stage.range.max}};
  call.fields.insert(call.fields.end(), std::begin(fields), std::end(fields));
  const bool is_clamped = stage.range.min > -128 || stage.range.max < 127;
  return Layer3x3{std::move(call), fmt::format("{}, {}", stage.zero_point == -128,
                                               channels->is_quick && !is_clamped)};
}

// How far the outputs of a plane get ahead of the rows that are still read: those of a block are
// written when its inputs, and the rows that the next block shares with it, are in scratch.
int64_t lead_of_plane(const Axes& a) {
  int64_t lead = INT64_MIN;
  for (int32_t v = 0; v < a.v.out; v += 2 * kBands) {
    const int32_t end = std::min(v + 2 * kBands, a.v.out);
    const int32_t read = end < a.v.out ? end + 2 - a.v.pad : a.v.in;
    lead = std::max(
        lead, int64_t{end} * a.v.out_step - int64_t{std::clamp(read, 0, a.v.in)} * a.v.in_step);
  }
  return lead;
}

}  // namespace

bool fits_depthwise_3x3(const ConvWindow& w) {
  return fits_parameters(w) && w.stride.h <= 2 && w.in_c == w.out_c && w.in_c >= 4;
}

Result<std::optional<Lowering>> lower_depthwise_3x3(const ir::Graph& graph, const ir::Node& node,
                                                    const MacTraits& traits,
                                                    const ConvWindow& window) {
  const MacLayer layer = MacLayer::of(graph, node, traits);
  const bool is_stride_1 = window.stride.h == 1;
  const Axes down = axes(window, true), across = axes(window, false);
  const bool has_four_bits = fits_int4(layer);
  const std::string_view family = has_four_bits ? "depthwise_s4_3x3" : "depthwise_3x3";
  const Axes& a = is_stride_1 && cycles(down) < cycles(across) ? down : across;
  THIMBLE_ASSIGN(std::optional<Layer3x3> begun,
                 begin_layer(node, traits, layer, a, window.batches, has_four_bits));
  if (!begun) return std::nullopt;
  Lowering lowering{
      .calls = {}, .overlap = std::nullopt, .variant = has_four_bits ? "int4" : "stripes"};
  if (is_stride_1) {
    set_stride_1(begun->call, "depthwise_3x3_s1", fmt::format("{}_s1", family), kStripe, a,
                 begun->flags);
    if (layer.input.shape == layer.output.shape)
      lowering.overlap = Overlap{.input = traits.input_index, .lead_bytes = 0, .exact = true};
  } else {
    set_stride_2(begun->call, fmt::format("{}_s2", family), a, begun->flags);
    lowering.overlap = Overlap{.input = traits.input_index, .lead_bytes = lead_at_stride_2(a)};
  }
  lowering.calls.push_back(std::move(begun->call));
  return lowering;
}

Result<std::optional<Lowering>> lower_plane_3x3(const ir::Graph& graph, const ir::Node& node,
                                                const MacTraits& traits, const ConvWindow& window) {
  constexpr int32_t kLeastColumns = 4;  // which are extended at once
  if (!fits_parameters(window) || window.stride.h != 1 || window.in_c != 1 ||
      window.in_w < kLeastColumns)
    return std::nullopt;
  const Axes a = axes(window, false);
  THIMBLE_ASSIGN(std::optional<Layer3x3> begun,
                 begin_layer(node, traits, MacLayer::of(graph, node, traits), a, window.batches,
                             /*has_four_bits=*/false));
  if (!begun) return std::nullopt;
  set_stride_1(begun->call, "plane_3x3_s1", "plane_3x3_s1", 1, a, begun->flags);
  Lowering lowering{.calls = {std::move(begun->call)}, .overlap = std::nullopt, .variant = "plane"};
  if (window.batches == 1)
    lowering.overlap = Overlap{.input = traits.input_index, .lead_bytes = lead_of_plane(a)};
  return lowering;
}

}  // namespace thimble::ops
