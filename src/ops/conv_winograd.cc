#include "ops/conv_winograd.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "ops/mac_lowering.h"
#include "ops/packed_lowering.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::DataType;

constexpr int32_t kTile = 4, kWindow = 6, kPositions = kWindow * kWindow;
constexpr size_t kPair = 2;         // output channels that are multiplied at once
constexpr int32_t kLanes = 4;       // tiles that are multiplied at once
constexpr int32_t kMaxSteps = 16;   // pairs of input channels whose weights are in registers
constexpr int32_t kOffset = 12800;  // of the first of a pair of transformed inputs

int32_t divided_up(int32_t value, int32_t by) {
  return (value + by - 1) / by;
}

// How the input channels are divided.
struct Chunks {
  int32_t count, steps;

  explicit Chunks(const ConvWindow& window) {
    const int32_t pairs = divided_up(window.in_c, 4) * 2;
    count = divided_up(pairs, kMaxSteps);
    steps = divided_up(pairs, count);
  }
  int32_t cell_words() const { return kLanes * steps + 2 * kLanes; }
};

int32_t tiles_w(const ConvWindow& window) {
  return divided_up(window.out_w, kTile);
}

int32_t tile_count(const ConvWindow& window) {
  return divided_up(window.out_h, kTile) * tiles_w(window);
}

bool is_suitable(const ConvWindow& window) {
  // Offsets of the assembly's loads and stores are 12 bits.
  constexpr int32_t kMaxRowBytes = 4095, kMaxOutC = 4095 / kTile;
  return window.filter_h == 3 && window.filter_w == 3 && window.stride.h == 1 &&
         window.stride.w == 1 && window.dilation.h == 1 && window.dilation.w == 1 &&
         window.in_c >= 4 && window.in_w * window.in_c <= kMaxRowBytes && window.out_c <= kMaxOutC;
}

// Cycles of an image: 15 a step of four tiles and two channels, 20 more for each position, about
// 170 to transform the window of a channel, 390 to transform back a tile of a channel.
double winograd_cycles(const ConvWindow& window) {
  const Chunks chunks(window);
  const int32_t tiles = divided_up(tile_count(window), kLanes) * kLanes;
  const double multiply = kPositions * chunks.count * (15.0 * chunks.steps + 20) / 8;
  return tiles * (window.out_c * (multiply + 390) + window.in_c * 170.0);
}

// The same by packed row pairs, see conv_packed.cc.
double packed_cycles(const ConvWindow& window) {
  return 1.0 * window.out_h * window.out_w *
         (window.out_c * (window.in_c * 9 * 15.0 / 16 + 13) + window.in_c * 5.0);
}

// G' g G'^T of one filter, by position; `filter` has its nine weights `stride` apart.
std::array<int32_t, kPositions> transformed(std::span<const int8_t> filter, size_t stride) {
  constexpr int32_t kG[kWindow][3] = {{6, 0, 0}, {1, 1, 1},  {1, -1, 1},
                                      {1, 2, 4}, {1, -2, 4}, {0, 0, 6}};
  std::array<int32_t, kPositions> result{};
  for (size_t i = 0; i < kWindow; ++i)
    for (size_t j = 0; j < kWindow; ++j)
      for (size_t y = 0; y < 3; ++y)
        for (size_t x = 0; x < 3; ++x)
          result[i * kWindow + j] += kG[i][y] * kG[j][x] * filter[(3 * y + x) * stride];
  return result;
}

// One output channel.
struct Channel {
  std::vector<std::array<int32_t, kPositions>> weights;  // transformed, by input channel
  PackedChannel packed;
};

std::optional<std::vector<Channel>> channels_of(const MacLayer& layer, const OutputStage& stage,
                                                const ConvWindow& window) {
  constexpr int64_t kSumLimit = int64_t{1} << 25;
  const auto in_c = static_cast<size_t>(window.in_c);
  std::vector<int32_t> order(9 * in_c);
  std::iota(order.begin(), order.end(), 0);
  const std::vector<int64_t> biases = folded_bias(layer);
  std::vector<Channel> channels;
  for (int32_t i = 0; i < window.out_c; ++i) {
    auto packed = packed_channel(layer, stage, order, i, biases[static_cast<size_t>(i)]);
    if (!packed || packed->largest_sum >= kSumLimit) return std::nullopt;
    Channel channel;
    for (size_t c = 0; c < in_c; ++c)
      channel.weights.push_back(transformed(std::span(packed->weights).subspan(c), in_c));
    channel.packed = std::move(*packed);
    channels.push_back(std::move(channel));
  }
  return channels;
}

// The input channels lie in memory by fours c to c + 3, of which c and c + 2 share the first word;
// the last four may overlap those before, and then count nothing a second time. Nothing when the
// half of the word (0: low) has no channel.
std::optional<size_t> channel_in_word(int32_t in_c, int32_t pair, int32_t half) {
  const int32_t first = pair / 2 * 4, from = std::min(first, in_c - 4);
  const int32_t channel = from + pair % 2 + 2 * half;
  if (first >= in_c || channel < first) return std::nullopt;
  return static_cast<size_t>(channel);
}

// Transformed weights for a pair of input channels.
int32_t weight(const Channel& channel, int32_t pair, int32_t half, size_t position) {
  const auto in_c = static_cast<int32_t>(channel.weights.size());
  const auto index = channel_in_word(in_c, pair, half);
  return index ? channel.weights[*index][position] : 0;
}

// What the sums of a position begin with, modulo 2^32: minus the offset of the low inputs; and at
// position (1, 1), which counts the same in all outputs, 36 times the bias. The kernel takes inputs
// as 0 to 255.
uint32_t initial_sum(const Channel& channel, const Chunks& chunks, size_t position) {
  constexpr size_t kBiasPosition = kWindow + 1;
  int64_t sum = 0;
  for (int32_t pair = 0; pair < chunks.count * chunks.steps; ++pair)
    sum -= int64_t{kOffset} * weight(channel, pair, 0, position);
  if (position == kBiasPosition) {
    const std::vector<int8_t>& weights = channel.packed.weights;
    const int64_t weight_sum = std::accumulate(weights.begin(), weights.end(), int64_t{0});
    sum += 36 * (channel.packed.bias - 128 * weight_sum);
  }
  return static_cast<uint32_t>(sum);
}

std::vector<int32_t> packed_weights(std::span<const Channel> channels, const Chunks& chunks) {
  std::vector<int32_t> words;
  auto append = [&](uint32_t word) { words.push_back(static_cast<int32_t>(word)); };
  for (size_t first = 0; first < channels.size(); first += kPair)
    for (int32_t chunk = 0; chunk < chunks.count; ++chunk)
      for (size_t position = 0; position < kPositions; ++position) {
        // A channel that is missing in the last pair repeats the other one.
        auto of_pair = [&](size_t i) -> const Channel& {
          return channels[std::min(first + i, channels.size() - 1)];
        };
        if (chunk == 0)
          for (size_t i = 0; i < kPair; ++i) append(initial_sum(of_pair(i), chunks, position));
        for (int32_t step = 0; step < chunks.steps; ++step)
          for (size_t i = 0; i < kPair; ++i) {
            const int32_t pair = chunk * chunks.steps + step;
            const auto low = static_cast<uint32_t>(weight(of_pair(i), pair, 0, position));
            const auto high = static_cast<uint32_t>(weight(of_pair(i), pair, 1, position));
            append((low & 0xFFFF) | high << 16);
          }
      }
  return words;
}

std::vector<int32_t> table_of(std::span<const Channel> channels, const OutputStage& stage) {
  std::vector<int32_t> table;
  for (const Channel& channel : channels) {
    const int32_t shift = channel.packed.shift;
    table.insert(table.end(),
                 {channel.packed.multiplier, shift, (2 * stage.zero_point + 1) * (1 << shift)});
  }
  return table;
}

// How far below the input the output must begin so that no block overwrites what a later one reads;
// whole words, in which the kernel copies rows.
int64_t overlap_lead(const ConvWindow& window, int32_t block) {
  const int32_t tiles = tile_count(window), in_row = tiles_w(window);
  const int64_t input_bytes = int64_t{window.in_h} * window.in_w * window.in_c;
  int64_t lead = INT64_MIN;
  for (int32_t first = 0; first < tiles; first += block) {
    const int32_t end = std::min(first + block, tiles), last = end - 1;
    const int64_t last_row = std::min((last / in_row + 1) * kTile, window.out_h) - 1;
    const int64_t end_column = std::min((last % in_row + 1) * kTile, window.out_w);
    const int64_t written = (last_row * window.out_w + end_column) * window.out_c;
    int64_t needed = input_bytes;
    if (end < tiles) {
      const int64_t row = std::max(0, end / in_row * kTile - window.pad_h);
      const int64_t column = std::max(0, end % in_row * kTile - window.pad_w);
      needed = (row * window.in_w + column) * window.in_c;
    }
    lead = std::max(lead, written - needed);
  }
  constexpr int64_t kWordBytes = 4;
  return lead + (kWordBytes - lead % kWordBytes) % kWordBytes;
}

// The cells, the columns of a row of tiles, six rows of the input, a tile of the output.
size_t scratch_bytes(const ConvWindow& window, const Chunks& chunks, int32_t groups) {
  const int64_t cells = int64_t{kPositions} * chunks.count * groups * chunks.cell_words();
  const int64_t columns = kTile * std::min(groups * kLanes, tiles_w(window)) + 2;
  return static_cast<size_t>(4 * cells + 4 * 2 * kWindow * columns +
                             int64_t{kWindow} * window.in_w * window.in_c +
                             int64_t{kTile} * kTile * window.out_c);
}

}  // namespace

Result<std::vector<Lowering>> lower_conv_winograd(const ir::Graph& graph, const ir::Node& node,
                                                  const MacTraits& traits,
                                                  const ConvWindow& window) {
  std::vector<Lowering> ways;
  if (!is_suitable(window) || winograd_cycles(window) >= packed_cycles(window)) return ways;
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  const auto channels = channels_of(layer, stage, window);
  if (!channels) return ways;

  const Chunks chunks(window);
  KernelCall call;
  call.params_type = "ConvS8WinogradParams";
  call.header = "kernels/conv/conv_winograd.h";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  add_table<int32_t>(call, "weights", DataType::kInt32, packed_weights(*channels, chunks));
  call.constants.back().is_weights = true;
  add_table<int32_t>(call, "table", DataType::kInt32, table_of(*channels, stage));
  window.add_fields(call);
  const bool is_clamped = stage.range.min > -128 || stage.range.max < 127;
  const std::pair<const char*, int64_t> fields[] = {{"input_zero_point", layer.input.zero_point()},
                                                    {"min", stage.range.min},
                                                    {"max", stage.range.max},
                                                    {"is_clamped", is_clamped},
                                                    {"steps", chunks.steps},
                                                    {"chunks", chunks.count}};
  for (const auto& [name, value] : fields) call.fields.push_back({name, value});

  const int32_t all_groups = divided_up(tile_count(window), kLanes);
  int32_t groups = 0;
  for (const int32_t most : {4, 2, 1}) {
    const int32_t blocks = divided_up(all_groups, most);
    if (groups == divided_up(all_groups, blocks)) continue;
    groups = divided_up(all_groups, blocks);
    Lowering way;
    way.variant = fmt::format("winograd{}", groups * kLanes);
    way.calls = {call};
    KernelCall& sized = way.calls[0];
    sized.function =
        fmt::format("conv_s8_winograd<{}, {}, {}, {}, {}, {}>", chunks.steps, groups, window.in_c,
                    window.in_w * window.in_c, window.out_c, stage.zero_point != -128);
    sized.fields.push_back({"groups", groups});
    sized.scratch_bytes = scratch_bytes(window, chunks, groups);
    if (window.batches == 1)
      way.overlap = Overlap{.lead_bytes = overlap_lead(window, groups * kLanes)};
    ways.push_back(std::move(way));
  }
  return ways;
}

}  // namespace thimble::ops
