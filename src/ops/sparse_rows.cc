#include "ops/sparse_rows.h"

#include <algorithm>
#include <array>
#include <limits>

#include "ops/mac_lowering.h"

namespace thimble::ops {

namespace {

constexpr size_t kBlock = 8;  // weights
constexpr size_t kMaxStep = 15;

struct Entry {
  size_t step;
  int8_t weight;
};

std::vector<Entry> entries_of(const std::vector<int8_t>& row) {
  std::vector<Entry> entries;
  size_t at = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] == 0) continue;
    for (; i - at > kMaxStep; at += kMaxStep) entries.push_back({kMaxStep, 0});
    entries.push_back({i - at, row[i]});
    at = i;
  }
  while (entries.size() % kBlock != 0) entries.push_back({0, 0});
  return entries;
}

void append_block(std::span<const Entry> block, std::vector<int32_t>& words) {
  std::array<uint32_t, 3> packed = {};
  for (size_t i = 0; i < kBlock; ++i) {
    packed[0] |= static_cast<uint32_t>(block[i].step) << (4 * i);
    packed[1 + i / 4] |= static_cast<uint32_t>(static_cast<uint8_t>(block[i].weight))
                         << (8 * (i % 4));
  }
  for (uint32_t word : packed) words.push_back(static_cast<int32_t>(word));
}

}  // namespace

std::optional<SparseRows> sparse_rows(const MacLayer& layer) {
  SparseRows rows;
  for (int32_t channel = 0; channel < layer.channels(); ++channel) {
    const std::vector<Entry> entries = entries_of(channel_weights(layer, channel));
    const size_t blocks = entries.size() / kBlock;
    if (blocks > static_cast<size_t>(std::numeric_limits<int16_t>::max())) return {};
    rows.blocks.push_back(static_cast<int16_t>(blocks));
    for (size_t i = 0; i < entries.size(); i += kBlock)
      append_block(std::span(entries).subspan(i, kBlock), rows.words);
    if (rows.bytes() >= layer.weights.bytes()) return {};
  }
  if (rows.words.empty()) rows.words.push_back(0);  // C++ has no array of nothing
  return rows;
}

void add_sparse_way(std::optional<SparseWay> sparse, std::vector<Lowering>& ways) {
  if (!sparse) return;
  constexpr double kHardlySlower = 1.5;
  const double time = sparse->relative_time;
  // Ways with four bits, if there are any, stay the last; unless they are the fastest.
  const auto int4 = std::ranges::find_if(
      ways, [](const Lowering& way) { return way.variant.starts_with("int4"); });
  const bool is_after_dense = time < kHardlySlower || int4 - ways.begin() == 1;
  const auto at = time < 1               ? ways.begin()
                  : int4 == ways.begin() ? int4 + 1
                  : is_after_dense       ? int4
                                         : int4 - 1;
  ways.insert(at, std::move(sparse->lowering));
}

}  // namespace thimble::ops
