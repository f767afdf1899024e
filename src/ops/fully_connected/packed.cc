#include "ops/fully_connected/packed.h"

#include <algorithm>

#include "ops/mac_lowering.h"
#include "ops/packed_lowering.h"

namespace thimble::ops {
namespace {

using base::Result;

constexpr size_t kQuadWords = 9;  // of PackedLayer::table: four first sums, multipliers, shifts

// The factor of all channels, if they have the same.
std::optional<QuantizedMultiplier> shared_factor(const OutputStage& stage) {
  const QuantizedMultiplier first = stage.multipliers.front();
  for (const QuantizedMultiplier& m : stage.multipliers)
    if (m.multiplier != first.multiplier || m.shift != first.shift) return std::nullopt;
  return first;
}

// Whether the packed channels have that factor still: those that are always clamped may have got
// another one.
bool has_factor(std::span<const int32_t> table, const QuantizedMultiplier& factor) {
  for (size_t quad = 0; quad < table.size(); quad += kQuadWords)
    for (size_t i = 0; i < kQuad; ++i) {
      const int32_t multiplier = table[quad + kQuad + i];
      const auto shifts = static_cast<uint32_t>(table[quad + 2 * kQuad]);
      const auto shift = static_cast<int32_t>((shifts >> (8 * i)) & 0xFF);
      const bool fills_up = multiplier == 0;
      if (!fills_up && (multiplier != factor.multiplier || shift != -factor.shift - 1))
        return false;
    }
  return true;
}

// The kernel's table, see target/runtime/packed_row.h.
std::vector<int32_t> row_table(std::span<const int32_t> table, size_t group_quads,
                               bool per_channel) {
  std::vector<int32_t> result;
  auto append = [&](size_t group, size_t first, size_t count) {
    for (size_t quad = 0; quad < group_quads; ++quad) {
      auto words = table.subspan(group + quad * kQuadWords + first, count);
      result.insert(result.end(), words.begin(), words.end());
    }
  };
  for (size_t group = 0; group < table.size(); group += group_quads * kQuadWords) {
    append(group, 0, kQuad);
    if (!per_channel) continue;
    append(group, kQuad, kQuad);
    append(group, 2 * kQuad, 1);
  }
  return result;
}

// How many channels are computed in groups of four: what is left over from groups of eight, and all
// of a small layer, where a few cycles are worth less than the code for eight.
int32_t channels_by_four(int32_t channels) {
  constexpr int32_t kFew = 16;
  if (channels <= kFew) return channels;
  return channels % 8 <= 4 ? channels % 8 : 0;
}

// The kernel's GroupsOf.
std::string_view groups_of(int32_t channels, int32_t by_four) {
  if (by_four == 0) return "kGroupsOfEight";
  return by_four == channels ? "kGroupsOfFour" : "kBothGroups";
}

// The output may take the input's place as soon as its row was read.
Overlap overlap_of(int64_t rows, int64_t in, int64_t out) {
  if (rows == 1) return {.lead_bytes = -in};
  return {.lead_bytes = std::max(out - in, (rows - 1) * (out - in))};
}

}  // namespace

Result<std::optional<Lowering>> lower_fully_connected_packed(const ir::Graph& graph,
                                                             const ir::Node& node,
                                                             const MacTraits& traits, int32_t rows,
                                                             int32_t in) {
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  std::vector<int32_t> order;
  append_run(order, 0, in);
  while (order.size() % 4 != 0) order.push_back(kNoWeight);

  const int32_t out = layer.channels();
  const int32_t by_four = channels_by_four(out);
  const auto eights = pack_row_pairs(layer, stage, order, 4, 0, out - by_four);
  const auto fours = pack_row_pairs(layer, stage, order, 2, out - by_four, out);
  if (!eights || !fours) return std::optional<Lowering>();
  std::optional<QuantizedMultiplier> factor = shared_factor(stage);
  if (factor && !(has_factor(eights->table, *factor) && has_factor(fours->table, *factor)))
    factor.reset();

  std::vector<int32_t> weights = eights->weights;
  weights.insert(weights.end(), fours->weights.begin(), fours->weights.end());
  std::vector<int32_t> table = row_table(eights->table, 2, !factor);
  const std::vector<int32_t> rest = row_table(fours->table, 1, !factor);
  table.insert(table.end(), rest.begin(), rest.end());

  KernelCall call;
  call.function =
      fmt::format("fully_connected_s8_packed<{}, {}>", groups_of(out, by_four), !factor);
  call.params_type = "FullyConnectedS8PackedParams";
  call.header = "kernels/fully_connected/fully_connected_packed.h";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  add_table<int32_t>(call, "weights", ir::DataType::kInt32, weights);
  call.constants.back().is_weights = true;
  add_table<int32_t>(call, "table", ir::DataType::kInt32, table);
  const int32_t shift = factor ? -factor->shift - 1 : 0;
  const bool is_clamped = stage.range.min > -128 || stage.range.max < 127;
  const std::pair<const char*, int64_t> fields[] = {
      {"rows", rows},
      {"in", in},
      {"out", out},
      {"by_four", by_four},
      {"per_channel", factor ? 0 : 1},
      {"multiplier", factor ? factor->multiplier : 0},
      {"shift", shift},
      {"rounding", (2 * int64_t{stage.zero_point} + 1) * (1 << shift)},
      {"min", stage.range.min},
      {"max", stage.range.max},
      {"is_clamped", is_clamped ? 1 : 0}};
  for (const auto& [name, value] : fields) call.fields.push_back({name, value});
  call.scratch_bytes = 8 + 2 * order.size();
  Lowering lowering{
      .calls = {std::move(call)}, .overlap = overlap_of(rows, in, out), .variant = "packed"};
  // A single row is extended from its beginning, each input to twice its bytes: when it lies at the
  // end of what it becomes, nothing is overwritten before it is read.
  if (rows == 1) lowering.scratch_overlap = Overlap{.lead_bytes = 8 + in};
  return lowering;
}

}  // namespace thimble::ops
