#include "ops/conv_pointwise.h"

#include <algorithm>

#include "ops/mac_lowering.h"
#include "ops/packed_lowering.h"

namespace thimble::ops {
namespace {

using base::Result;

constexpr int32_t kInputs = 8;
constexpr int32_t kBlock = 64;  // pixels

bool fits(const ConvWindow& w) {
  constexpr int32_t kMaxOutC = 2000;  // that immediates reach twice
  return w.filter_h == 1 && w.filter_w == 1 && w.stride.h == 1 && w.stride.w == 1 &&
         w.in_c == kInputs && w.out_c >= kQuad && w.out_c <= kMaxOutC && w.out_h == w.in_h &&
         w.out_w == w.in_w && w.output_pixels() >= 2;
}

// The kernel's table, from the weights and factors for packed row pairs; sums are 256-fold.
std::vector<int32_t> table_of(std::span<const PackedChannel> channels,
                              std::span<const int32_t> steady, int32_t count) {
  auto scaled = [](int32_t value) { return static_cast<uint32_t>(value) * 256; };
  std::vector<int32_t> table;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    const PackedChannel& channel = channels[i];
    for (size_t k = 0; k < kInputs; k += 2)
      table.push_back(static_cast<int32_t>((scaled(channel.weights[k]) & 0xFFFF) |
                                           scaled(channel.weights[k + 1]) << 16));
    table.push_back(static_cast<int32_t>(scaled(channel.bias)));
    const size_t factor = i / kQuad * kSteadyWords + 4 + 2 * (i % kQuad);
    table.insert(table.end(), {steady[factor], steady[factor + 1]});
  }
  return table;
}

// How far the outputs of a block may get ahead of its first input.
int64_t lead_of(const ConvWindow& window) {
  const auto pixels = static_cast<int64_t>(window.output_pixels());
  int64_t lead = INT64_MIN;
  for (int64_t first = 0; first < pixels;) {
    const int64_t end = pixels - first > kBlock + 1 ? first + kBlock : pixels;
    lead = std::max(lead, end * window.out_c - first * kInputs);
    first = end;
  }
  return lead;
}

}  // namespace

Result<std::optional<Lowering>> lower_conv_pointwise(const ir::Graph& graph, const ir::Node& node,
                                                     const MacTraits& traits,
                                                     const ConvWindow& window) {
  if (!fits(window)) return std::nullopt;
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  std::vector<int32_t> order;
  append_run(order, 0, kInputs);
  const auto packed = pack_row_pairs(layer, stage, order, kQuad / 2);
  const auto steady = packed ? steady_table(stage, packed->channels) : std::nullopt;
  if (!steady) return std::nullopt;

  KernelCall call;
  call.function = fmt::format("conv_s8_pointwise_8<{}>", window.out_c);
  call.params_type = "ConvS8Pointwise8Params";
  call.header = "kernels/conv/pointwise_8.h";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  add_table<int32_t>(call, "table", ir::DataType::kInt32,
                     table_of(packed->channels, *steady, window.out_c));
  call.constants.back().is_weights = true;
  const bool is_clamped = stage.range.min > -128 || stage.range.max < 127;
  const std::pair<const char*, int64_t> fields[] = {
      {"pixels", static_cast<int64_t>(window.output_pixels())},
      {"block", kBlock},
      {"out_c", window.out_c},
      {"min", stage.range.min},
      {"max", stage.range.max},
      {"is_clamped", is_clamped}};
  for (const auto& [name, value] : fields) call.fields.push_back({name, value});
  Lowering lowering{.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "pointwise8"};
  lowering.overlap = Overlap{.lead_bytes = lead_of(window)};
  return lowering;
}

}  // namespace thimble::ops
