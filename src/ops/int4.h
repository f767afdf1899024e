// Weights of four bits for the kernels (target/runtime/int4.h): two to a byte in flash. In the
// graph they are int8 like others; what counts is that all of them lie between -8 and 7.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ops/mac_layer.h"

namespace thimble::ops {

// Whether all weights are so small, and none has a zero point.
bool fits_int4(const MacLayer& layer);

// The words hold each weight plus 8. For decode_steps: from the words of PackedLayer for quads
// (packed_lowering.h), the two of each step as one. Nothing when a weight does not fit: packing may
// have replaced some.
std::optional<std::vector<int32_t>> nibble_words(std::span<const int32_t> pair_words);

// Two to a byte, the lower half first.
std::vector<int8_t> nibble_bytes(std::span<const int8_t> weights);

// For multiply_nibbles: quad after quad a word for every two inputs in this order (append_run).
std::vector<int32_t> quad_nibbles(const MacLayer& layer, std::span<const int32_t> order);

}  // namespace thimble::ops
