// Weights of zero left out of the tables: what target/runtime/sparse.h reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ops/lowering.h"
#include "ops/mac_layer.h"

namespace thimble::ops {

// Lowering::variant of the ways that read them.
inline constexpr std::string_view kSparseVariant = "sparse";

struct SparseRows {
  std::vector<int16_t> blocks;  // by channel
  std::vector<int32_t> words;

  size_t bytes() const { return 2 * blocks.size() + 4 * words.size(); }
};

// Nothing if that would not be smaller than the weights themselves. The weights' zero point must be
// zero.
std::optional<SparseRows> sparse_rows(const MacLayer& layer);

// A way, and its expected time relative to that of the fastest way that has all weights.
struct SparseWay {
  Lowering lowering;
  double relative_time;
};

// Puts it where its time belongs: first if it is faster, last, as the one with the least flash, if
// it is hardly slower, before that if it is much slower.
void add_sparse_way(std::optional<SparseWay> sparse, std::vector<Lowering>& ways);

}  // namespace thimble::ops
