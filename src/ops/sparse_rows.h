// Weights of zero left out of the tables: what target/runtime/sparse.h reads.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ops/mac_layer.h"

namespace thimble::ops {

struct SparseRows {
  std::vector<int16_t> blocks;  // by channel
  std::vector<int32_t> words;

  size_t bytes() const { return 2 * blocks.size() + 4 * words.size(); }
};

// Nothing if that would not be smaller than the weights themselves. The weights' zero point must be
// zero.
std::optional<SparseRows> sparse_rows(const MacLayer& layer);

}  // namespace thimble::ops
