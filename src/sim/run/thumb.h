// The little that must be known of the Thumb encoding outside a decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace thimble::sim {

inline constexpr uint32_t kThumbBit = 1;  // of a code address in a register or vector

// Offset of the first floating-point instruction in straight-line code.
std::optional<size_t> find_floating_point(std::span<const std::byte> code);

// The instruction that ends at the end of `code` is BL or BLX.
bool ends_with_call(std::span<const std::byte> code);

}  // namespace thimble::sim
