#include "ops/conv_packed.h"

#include <algorithm>

#include "ops/mac_lowering.h"
#include "ops/packed_lowering.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::DataType;

// How a block of pixels is laid out in scratch memory, see packed_blocks.h of the kernels.
struct Layout {
  bool by_columns = false;
  int32_t run = 0;            // inputs that are extended at once
  int32_t steps = 0;          // words that a pixel reads
  int32_t column_stride = 0;  // bytes
};

int32_t pair_words(int32_t count) {
  return (count + 1) / 2;
}

Layout layout_by_pixels(const ConvWindow& window) {
  const int32_t run = window.filter_w * window.in_c;
  const int32_t steps = window.filter_h * pair_words(run);
  return {false, run, steps, 4 * steps};
}

Layout layout_by_columns(const ConvWindow& window) {
  const int32_t column_words = window.filter_h * pair_words(window.in_c);
  return {true, window.in_c, window.filter_w * column_words, 4 * window.stride.w * column_words};
}

// Cycles of a row of output pixels: a step costs 15 for two pixels and four channels, an input
// about 1.6 to extend, a quad about 100 a pair of pixels. Pixels of different rows do not pair up
// by columns.
double row_cycles(const ConvWindow& window, const Layout& layout) {
  const double pixels = layout.by_columns ? (window.out_w + 1) / 2 * 2 : window.out_w;
  const int32_t columns = layout.by_columns ? window.stride.w : window.filter_w;
  return pixels * ((layout.steps * 15.0 + 100) / 8 * window.out_c +
                   1.6 * columns * window.filter_h * window.in_c);
}

Layout choose_layout(const ConvWindow& window) {
  const Layout pixels = layout_by_pixels(window), columns = layout_by_columns(window);
  return row_cycles(window, columns) < row_cycles(window, pixels) ? columns : pixels;
}

// Which weight of a channel ([filter_h][filter_w][in_c]) meets each input of the layout.
std::vector<int32_t> weight_order(const ConvWindow& window, const Layout& layout) {
  std::vector<int32_t> order;
  const int32_t row = window.filter_w * window.in_c;
  if (!layout.by_columns) {
    for (int32_t fy = 0; fy < window.filter_h; ++fy) append_run(order, fy * row, row);
    return order;
  }
  for (int32_t fx = 0; fx < window.filter_w; ++fx)
    for (int32_t fy = 0; fy < window.filter_h; ++fy)
      append_run(order, fy * row + fx * window.in_c, window.in_c);
  return order;
}

// Words of scratch that a block's inputs take.
int64_t block_words(const ConvWindow& window, const Layout& layout, int32_t block) {
  if (!layout.by_columns) return int64_t{block} * layout.steps;
  const int64_t columns = int64_t{block - 1} * window.stride.w + window.filter_w;
  return columns * layout.column_stride / 4 / window.stride.w;
}

// The first input byte that is still read from the image when the block of pixels that begins at
// (y, x) is the next one; by columns it keeps the columns that it shares with the one before.
int64_t first_needed(const ConvWindow& window, const Layout& layout, int32_t y, int32_t x) {
  const int32_t row = std::max(0, y * window.stride.h - window.pad_h);
  int32_t column = x * window.stride.w - window.pad_w;
  if (layout.by_columns && x > 0) column += std::max(0, window.filter_w - window.stride.w);
  return (int64_t{row} * window.in_w + std::max(0, column)) * window.in_c;
}

// How far below the input the output must begin so that no block overwrites what a later one reads.
int64_t overlap_lead(const ConvWindow& window, const Layout& layout, int32_t block) {
  int64_t lead = INT64_MIN;
  const int64_t pixels = int64_t{window.out_h} * window.out_w;
  const int64_t input_bytes = int64_t{window.in_h} * window.in_w * window.in_c;
  for (int64_t pixel = 0; pixel < pixels;) {
    const auto x = static_cast<int32_t>(pixel % window.out_w);
    int64_t end = std::min(pixel + block, pixels);
    if (layout.by_columns) end = std::min(end, pixel - x + window.out_w);
    int64_t needed = input_bytes;
    if (end < pixels) {
      const auto y = static_cast<int32_t>(end / window.out_w);
      needed = first_needed(window, layout, y, static_cast<int32_t>(end % window.out_w));
      if (y + 1 < window.out_h) needed = std::min(needed, first_needed(window, layout, y + 1, 0));
    }
    lead = std::max(lead, end * window.out_c - needed);
    pixel = end;
  }
  return lead;
}

struct Block {
  const char* variant;
  int32_t pixels;
  bool copies_weights;  // to scratch, so that they are read from flash once a block
};
constexpr Block kBlocks[] = {{"packed16-copy", 16, true},
                             {"packed16", 16, false},
                             {"packed8-copy", 8, true},
                             {"packed8", 8, false},
                             {"packed4", 4, false}};

void add_fields(KernelCall& call, const ConvWindow& window, const MacLayer& layer,
                const OutputStage& stage, const Layout& layout) {
  window.add_fields(call);
  const bool is_clamped = stage.range.min > -128 || stage.range.max < 127;
  const std::pair<const char*, int64_t> fields[] = {{"input_zero_point", layer.input.zero_point()},
                                                    {"output_zero_point", stage.zero_point},
                                                    {"min", stage.range.min},
                                                    {"max", stage.range.max},
                                                    {"is_clamped", is_clamped},
                                                    {"steps", layout.steps},
                                                    {"column_stride", layout.column_stride}};
  for (const auto& [name, value] : fields) call.fields.push_back({name, value});
}

std::string function_name(const ConvWindow& window, const Layout& layout, bool is_signed) {
  constexpr int32_t kStepsPerTurn = 8;
  const std::string arguments =
      fmt::format("{}, {}, {}", layout.column_stride, layout.steps % kStepsPerTurn, is_signed);
  const bool in_a_row = window.filter_h == 1 && window.filter_w == 1 && window.stride.h == 1 &&
                        window.stride.w == 1 && window.in_c % 4 == 0;
  if (in_a_row) return fmt::format("conv_s8_packed_row<{}>", arguments);
  constexpr int32_t kShortRun = 16;  // whose length is worth knowing when compiling
  return fmt::format("conv_s8_packed_{}<{}, {}>", layout.by_columns ? "columns" : "pixels",
                     arguments, layout.run <= kShortRun ? layout.run : 0);
}

}  // namespace

Result<std::vector<Lowering>> lower_conv_packed(const ir::Graph& graph, const ir::Node& node,
                                                const MacTraits& traits, const ConvWindow& window) {
  // Offsets of the assembly's loads are 12 bits.
  constexpr int32_t kMaxColumnStride = 4064;
  std::vector<Lowering> ways;
  const Layout layout = choose_layout(window);
  if (window.dilation.h != 1 || window.dilation.w != 1 || layout.column_stride > kMaxColumnStride)
    return ways;
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  const auto packed = pack_row_pairs(layer, stage, weight_order(window, layout), kQuad / 2);
  if (!packed) return ways;

  KernelCall call;
  call.function = function_name(window, layout, stage.zero_point != -128);
  call.params_type = "ConvS8PackedParams";
  call.header = "kernels/conv/conv_packed.h";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  add_table<int32_t>(call, "weights", DataType::kInt32, packed->weights);
  call.constants.back().is_weights = true;
  add_table<int32_t>(call, "table", DataType::kInt32, packed->table);
  add_fields(call, window, layer, stage, layout);

  const int64_t pixels = layout.by_columns ? window.out_w : int64_t{window.out_h} * window.out_w;
  for (const Block& block : kBlocks) {
    // Half of the smallest block that holds everything is still worth while.
    const bool is_last = &block == std::end(kBlocks) - 1;
    if (!is_last && block.pixels >= 2 * pixels) continue;
    Lowering way;
    way.variant = block.variant;
    way.calls = {call};
    const int32_t tile_bytes = block.copies_weights ? 8 * layout.steps : 0;
    way.calls[0].fields.push_back({"block", block.pixels});
    way.calls[0].fields.push_back({"tile_bytes", tile_bytes});
    way.calls[0].scratch_bytes = static_cast<size_t>(tile_bytes + kQuad * block.pixels +
                                                     4 * block_words(window, layout, block.pixels));
    if (window.batches == 1)
      way.overlap = Overlap{.lead_bytes = overlap_lead(window, layout, block.pixels)};
    ways.push_back(std::move(way));
  }
  return ways;
}

}  // namespace thimble::ops
