#include "ops/conv_packed.h"

#include <algorithm>

#include "ops/int4.h"
#include "ops/mac_lowering.h"
#include "ops/packed_lowering.h"
#include "ops/window_overlap.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::DataType;

// How the inputs of a block of pixels are laid out, see packed_blocks.h of the kernels.
enum class Kind { kColumns, kStem, kStemPairs, kPixels, kPaddedPixels, kInARow };

struct Layout {
  Kind kind = Kind::kPixels;
  int32_t run = 0;            // inputs that are extended at once
  int32_t steps = 0;          // words that a pixel reads
  int64_t column_stride = 0;  // bytes from a pixel's words to the next one's

  bool is_by_columns() const {
    return kind == Kind::kColumns || kind == Kind::kStem || kind == Kind::kStemPairs;
  }
};

constexpr int32_t kStemPairWords = 9;

int32_t pair_words(int32_t count) {
  return (count + 1) / 2;
}

// Input columns that a row of pixels reaches, padding included.
int32_t reached_columns(const ConvWindow& window) {
  return (window.out_w - 1) * window.stride.w + window.filter_w;
}

constexpr int64_t kCommonStride = 256;

// Few different distances, so that layers share code; shorter ones where they save time or memory.
// A strided 1x1 layer, the short cut of a residual block, has those of the 3x3 layers beside it,
// which go by columns of three rows of 16, 32 or 64 channels.
int64_t rounded_stride(int64_t bytes, const ConvWindow& window) {
  const bool is_1x1 = window.filter_h == 1 && window.filter_w == 1;
  const bool is_strided = window.stride.h > 1 || window.stride.w > 1;
  int64_t stride = is_1x1 ? (is_strided ? 96 : 16) : 32;
  while (stride < bytes) stride *= 2;
  // Pixels that lie in a row are extended at once. Others, unless they are small, lie at the one
  // distance that suits most layers.
  constexpr int32_t kSmall = 8;
  if (is_1x1 && !is_strided && stride != 2 * window.in_c && window.in_c > kSmall)
    stride = std::max(stride, kCommonStride);
  return stride;
}

Layout layout_by_pixels(const ConvWindow& window) {
  const int32_t run = window.filter_w * window.in_c;
  const int32_t steps = window.filter_h * pair_words(run);
  const int32_t rows = (window.out_h - 1) * window.stride.h + window.filter_h;
  const bool is_padded = window.pad_h > 0 || window.pad_w > 0 || rows > window.in_h ||
                         reached_columns(window) > window.in_w;
  const bool is_1x1 =
      window.filter_h == 1 && window.filter_w == 1 && window.stride.h == 1 && window.stride.w == 1;
  const int64_t stride = rounded_stride(int64_t{4} * steps, window);
  const bool in_a_row = is_1x1 && !is_padded && stride == 2 * window.in_c;
  const Kind kind = in_a_row ? Kind::kInARow : is_padded ? Kind::kPaddedPixels : Kind::kPixels;
  return {kind, run, steps, stride};
}

Layout layout_by_columns(const ConvWindow& window) {
  // Columns of three rows of three channels are packed more tightly.
  const bool is_stem = window.filter_h == 3 && window.in_c == 3;
  // Two columns are nine words, of which the last that a pixel reads takes five.
  if (is_stem && window.filter_w == 3 && window.stride.w == 2)
    return {Kind::kStemPairs, window.in_c, kStemPairWords + 5, 4 * kStemPairWords};
  const int32_t column_words = is_stem ? 5 : window.filter_h * pair_words(window.in_c);
  return {is_stem ? Kind::kStem : Kind::kColumns, window.in_c, window.filter_w * column_words,
          int64_t{4} * window.stride.w * column_words};
}

// Cycles of a row of output pixels: a step costs 15 for two pixels and four channels, an input
// about 1.6 to extend, a quad about 72 a pair of pixels. Pixels of different rows do not pair up
// by columns.
double row_cycles(const ConvWindow& window, const Layout& layout) {
  const bool by_columns = layout.is_by_columns();
  const double pixels = by_columns ? (window.out_w + 1) / 2 * 2 : window.out_w;
  const int32_t columns = by_columns ? window.stride.w : window.filter_w;
  return pixels * ((layout.steps * 15.0 + 72) / 8 * window.out_c +
                   1.6 * columns * window.filter_h * window.in_c);
}

// The one that the most layers have in common: a copy for every pixel at the same distance, or
// where that is too much, columns, which lie at that distance too for three rows of 64 channels.
Layout shared_layout(const ConvWindow& window) {
  constexpr int64_t kSharedStride = 384;
  Layout pixels = layout_by_pixels(window);
  if (pixels.kind == Kind::kInARow) pixels.kind = Kind::kPixels;
  pixels.column_stride = kSharedStride;
  return int64_t{4} * pixels.steps <= kSharedStride ? pixels : layout_by_columns(window);
}

Layout choose_layout(const ConvWindow& window, const LowerTarget& target) {
  if (target.small_code) return shared_layout(window);
  const Layout pixels = layout_by_pixels(window), columns = layout_by_columns(window);
  return row_cycles(window, columns) < row_cycles(window, pixels) ? columns : pixels;
}

// Which weight of a channel ([filter_h][filter_w][in_c]) meets each input of the layout.
std::vector<int32_t> weight_order(const ConvWindow& window, const Layout& layout) {
  std::vector<int32_t> order;
  const int32_t row = window.filter_w * window.in_c;
  if (!layout.is_by_columns()) {
    for (int32_t fy = 0; fy < window.filter_h; ++fy) append_run(order, fy * row, row);
    return order;
  }
  if (layout.kind == Kind::kStemPairs) {
    const int32_t n = kNoWeight, rows[] = {0, row, 2 * row};
    for (int32_t r : rows) order.insert(order.end(), {r, r + 2});
    order.insert(order.end(), {1, 1 + row, 1 + 2 * row, 4 + 2 * row});
    for (int32_t r : rows) order.insert(order.end(), {r + 3, r + 5});
    order.insert(order.end(), {4, 4 + row});
    for (int32_t r : rows) order.insert(order.end(), {r + 6, r + 8});
    order.insert(order.end(), {7, 7 + row, 7 + 2 * row, n});
    return order;
  }
  if (layout.kind == Kind::kStem) {
    for (int32_t fx = 0; fx < window.filter_w; ++fx) {
      const int32_t a = 3 * fx, b = a + row, c = b + row;
      order.insert(order.end(), {a, a + 2, b, b + 2, c, c + 2, a + 1, b + 1, c + 1, kNoWeight});
    }
    return order;
  }
  for (int32_t fx = 0; fx < window.filter_w; ++fx)
    for (int32_t fy = 0; fy < window.filter_h; ++fy)
      append_run(order, fy * row + fx * window.in_c, window.in_c);
  return order;
}

// The blocks of pixels that a way works by.
struct Blocks {
  int32_t pixels = 0;  // by columns a part of a row or whole rows
  int32_t run = 0;     // pixels whose words lie at equal distances
  int64_t run_words = 0, words = 0;
  int64_t ring_row_bytes = 0;
};

Blocks blocks_of(const ConvWindow& window, const Layout& layout, int32_t pixels) {
  Blocks blocks;
  if (layout.is_by_columns()) {
    blocks.pixels = pixels < window.out_w ? pixels : pixels / window.out_w * window.out_w;
    blocks.run = std::min(blocks.pixels, window.out_w);
    const int64_t columns = int64_t{blocks.run - 1} * window.stride.w + window.filter_w;
    blocks.run_words = layout.kind == Kind::kStemPairs ? int64_t{blocks.run + 1} * kStemPairWords
                                                       : columns * (layout.steps / window.filter_w);
    // The last pixel of a run of odd length is computed with the words of one that is none.
    const int64_t spill = blocks.run % 2 != 0 ? layout.column_stride / 4 : 0;
    blocks.words = blocks.pixels / blocks.run * blocks.run_words + spill;
  } else {
    blocks.pixels = blocks.run = pixels;
    blocks.run_words = blocks.words = int64_t{pixels} * layout.column_stride / 4;
  }
  if (layout.kind == Kind::kPaddedPixels)
    blocks.ring_row_bytes =
        int64_t{std::max(reached_columns(window), window.pad_w + window.in_w)} * window.in_c;
  return blocks;
}

// The first input byte that is still read from the image when the output pixel (y, x) is the next
// one. By columns a part of a row keeps the columns that it shares with the part before; padded
// rows are copied to the ring ahead of their first pixel.
int64_t first_needed(const ConvWindow& window, const Layout& layout, int32_t y, int32_t x) {
  int32_t row = y * window.stride.h - window.pad_h;
  int32_t column = x * window.stride.w - window.pad_w;
  if (layout.is_by_columns() && x > 0) column += std::max(0, window.filter_w - window.stride.w);
  if (layout.kind == Kind::kPaddedPixels) row += window.filter_h, column = 0;
  return (int64_t{std::max(0, row)} * window.in_w + std::max(0, column)) * window.in_c;
}

// How far below the input the output must begin so that no block overwrites what a later one reads.
int64_t overlap_lead(const ConvWindow& window, const Layout& layout, const Blocks& blocks) {
  int64_t lead = INT64_MIN;
  const int64_t pixels = int64_t{window.out_h} * window.out_w;
  if (pixels > kMostWalkSteps) return pixels * window.out_c;  // beside it
  for (int64_t pixel = 0; pixel < pixels;) {
    const auto x = static_cast<int32_t>(pixel % window.out_w);
    int64_t end = std::min(pixel + blocks.pixels, pixels);
    if (layout.is_by_columns() && blocks.pixels < window.out_w)
      end = std::min(end, pixel - x + window.out_w);
    int64_t needed = int64_t{window.in_h} * window.in_w * window.in_c;
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

// Those worth trying, the fastest first. Weights of a quad that the flash's cache holds are read
// from there as fast as from scratch; others cost more with each pair of pixels than the largest
// block saves.
std::vector<Block> blocks_to_try(const Layout& layout, const LowerTarget& target) {
  constexpr uint32_t kLineBytes = 32;  // the weights may begin in mid-line
  constexpr Block kCopying[] = {
      {"packed32-copy", 32, true}, {"packed16-copy", 16, true}, {"packed8-copy", 8, true}};
  constexpr Block kPlain[] = {
      {"packed32", 32, false}, {"packed16", 16, false}, {"packed8", 8, false}};
  const bool is_cached =
      8 * static_cast<uint64_t>(layout.steps) + kLineBytes <= target.fast_flash_bytes;
  std::vector<Block> blocks;
  if (is_cached) {
    for (size_t i = 0; i < std::size(kPlain); ++i) {
      blocks.push_back(kPlain[i]);
      blocks.push_back(kCopying[i]);
    }
  } else {
    blocks.assign(std::begin(kCopying), std::end(kCopying));
    blocks.insert(blocks.end(), std::begin(kPlain), std::end(kPlain));
  }
  blocks.push_back({"packed4", 4, false});
  return blocks;
}

void add_fields(KernelCall& call, const ConvWindow& window, const MacLayer& layer,
                const OutputStage& stage, const Layout& layout) {
  window.add_undilated_fields(call);
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

// `steps`: 0 for any number. `run`: see packed_blocks.h.
std::string function_name(const Layout& layout, int32_t steps, bool is_steady, int32_t run) {
  const std::string arguments = fmt::format("{}, {}, {}", layout.column_stride, steps, is_steady);
  if (layout.kind == Kind::kInARow) return fmt::format("conv_s8_packed_row<{}>", arguments);
  if (layout.kind == Kind::kStem) return fmt::format("conv_s8_packed_stem<{}>", arguments);
  if (layout.kind == Kind::kStemPairs)
    return fmt::format("conv_s8_packed_stem_pairs<{}>", arguments);
  const char* kind = layout.kind == Kind::kColumns  ? "columns"
                     : layout.kind == Kind::kPixels ? "pixels"
                                                    : "padded";
  return fmt::format("conv_s8_packed_{}<{}, {}>", kind, arguments, run);
}

// The instance for this layer alone, and one that more layers can use.
void name_functions(KernelCall& call, const ConvWindow& window, const Layout& layout,
                    bool is_steady, bool small_code) {
  constexpr int32_t kAnySteps = 0, kAnyRun = 0;
  // The longest whose length is worth knowing when compiling; columns share what they extend.
  const int32_t short_run = layout.is_by_columns() ? 8 : window.filter_w > 1 ? 32 : 0;
  const int32_t run = layout.run <= short_run ? layout.run : kAnyRun;
  call.function = function_name(layout, is_steady ? layout.steps : kAnySteps, is_steady, run);
  // A stem's run stays: it would hardly be shared, and saves much time.
  const int32_t shared_run = layout.is_by_columns() ? kAnyRun : run;
  call.shared_functions = {function_name(layout, kAnySteps, is_steady, shared_run)};
  if (small_code) call.function = call.shared_functions.front();
}

// Whether the parameters, of 16 bits, can hold the layer.
bool fits_parameters(const ConvWindow& w, const Layout& layout) {
  const int64_t largest =
      std::max<int64_t>({w.batches, w.in_h, w.in_w, w.in_c, w.out_h, w.out_w, w.out_c, w.filter_h,
                         w.filter_w, w.stride.h, w.stride.w, w.pad_h, w.pad_w, layout.steps});
  return largest <= UINT16_MAX;
}

// Completes the call with what depends on the block.
Lowering way_of(const ConvWindow& window, const Layout& layout, const Block& block,
                const KernelCall& call) {
  const Blocks blocks = blocks_of(window, layout, block.pixels);
  const int64_t tile_bytes = block.copies_weights ? 8 * layout.steps : 0;
  Lowering way{.calls = {call}, .overlap = std::nullopt, .variant = block.variant};
  const std::pair<const char*, int64_t> fields[] = {{"block", blocks.pixels},
                                                    {"run", blocks.run},
                                                    {"run_words", blocks.run_words},
                                                    {"ring_row_bytes", blocks.ring_row_bytes},
                                                    {"tile_bytes", tile_bytes}};
  for (const auto& [name, value] : fields) way.calls[0].fields.push_back({name, value});
  constexpr int64_t kSpareBytes = 2 * kQuad;
  way.calls[0].scratch_bytes = static_cast<size_t>(tile_bytes + kSpareBytes + 4 * blocks.words +
                                                   window.filter_h * blocks.ring_row_bytes);
  if (window.batches == 1)
    way.overlap = Overlap{.lead_bytes = overlap_lead(window, layout, blocks)};
  return way;
}

// With weights of four bits, from the call for those of eight: every block decodes them again. They
// take the least flash, so they come last.
void add_int4_ways(const ConvWindow& window, const Layout& layout, const PackedLayer& packed,
                   KernelCall call, std::vector<Lowering>& ways) {
  const auto words = nibble_words(packed.weights);
  if (!words) return;
  const auto bytes = std::as_bytes(std::span(*words));
  call.constants[0].bytes.assign(bytes.begin(), bytes.end());
  const auto rename = [](std::string& function) {
    constexpr std::string_view kEightBits = "conv_s8_";
    function.replace(0, kEightBits.size(), "conv_s4_");
  };
  rename(call.function);
  for (std::string& function : call.shared_functions) rename(function);
  constexpr Block kInt4Blocks[] = {
      {"int4x32", 32, true}, {"int4x16", 16, true}, {"int4x8", 8, true}, {"int4x4", 4, true}};
  const int64_t pixels = int64_t{window.out_h} * window.out_w;
  for (const Block& block : kInt4Blocks) {
    const bool is_last = &block == std::end(kInt4Blocks) - 1;
    if (is_last || block.pixels < 2 * pixels) ways.push_back(way_of(window, layout, block, call));
  }
}

}  // namespace

Result<std::vector<Lowering>> lower_conv_packed(const ir::Graph& graph, const ir::Node& node,
                                                const MacTraits& traits, const ConvWindow& window,
                                                const LowerTarget& target) {
  // Offsets of the assembly's loads are 12 bits.
  constexpr int64_t kMaxColumnStride = 4064;
  std::vector<Lowering> ways;
  const Layout layout = choose_layout(window, target);
  if (window.dilation.h != 1 || window.dilation.w != 1 || layout.column_stride > kMaxColumnStride ||
      !fits_parameters(window, layout))
    return ways;
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  const auto packed = pack_row_pairs(layer, stage, weight_order(window, layout), kQuad / 2);
  if (!packed) return ways;

  KernelCall call;
  // With many steps a tile's last one hardly counts, and the general table is smaller.
  const int32_t most_steady_steps = target.small_code ? 0 : 64;
  const auto steady =
      layout.steps > most_steady_steps ? std::nullopt : steady_table(stage, packed->channels);
  name_functions(call, window, layout, steady.has_value(), target.small_code);
  call.params_type = "ConvS8PackedParams";
  call.header = "kernels/conv/conv_packed.h";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  add_table<int32_t>(call, "weights", DataType::kInt32, packed->weights);
  call.constants.back().is_weights = true;
  add_table<int32_t>(call, "table", DataType::kInt32, steady ? *steady : packed->table);
  call.fields.push_back({"is_steady", int64_t{steady.has_value()}});
  call.fields.push_back({"table_words", int64_t{steady ? kSteadyWords : kQuadWords}});
  add_fields(call, window, layer, stage, layout);

  const int64_t pixels = int64_t{window.out_h} * window.out_w;
  const std::vector<Block> blocks = blocks_to_try(layout, target);
  for (const Block& block : blocks) {
    // A block that holds everything is enough; the smallest is always there.
    const bool is_last = &block == &blocks.back();
    if (is_last || block.pixels < 2 * pixels) ways.push_back(way_of(window, layout, block, call));
  }
  // Not for depthwise layers of one channel, which have few weights.
  if (traits.channel_axis == 0 && fits_int4(layer))
    add_int4_ways(window, layout, *packed, std::move(call), ways);
  return ways;
}

}  // namespace thimble::ops
