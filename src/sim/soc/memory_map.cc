#include "sim/soc/memory_map.h"

#include <algorithm>

namespace thimble::sim {

using base::ErrorCode;

base::Result<MemoryMap> MemoryMap::create(const board::Board& board) {
  constexpr std::byte kErased{0xFF};
  MemoryMap map;
  for (const board::Memory& memory : board.memories) {
    if (memory.size_bytes == 0 || memory.base % kPageBytes || memory.size_bytes % kPageBytes ||
        uint64_t{memory.base} + memory.size_bytes > uint64_t{1} << 32)
      return base::fail(
          ErrorCode::kUnsupported,
          "memory {} ({} bytes at {:#x}) of board {}: base and size must be multiples "
          "of {} and lie in 32 bits",
          memory.name, memory.size_bytes, memory.base, board.name, kPageBytes);
    for (const Region& other : map.regions_)
      if (other.contains(memory.base) ||
          memory.base + uint64_t{memory.size_bytes} - 1 - other.memory.base <
              other.memory.size_bytes)
        return base::fail(ErrorCode::kUnsupported, "memories {} and {} of board {} overlap",
                          other.memory.name, memory.name, board.name);
    Region region{memory, std::make_unique_for_overwrite<std::byte[]>(memory.size_bytes)};
    std::ranges::fill(region.span(), region.is_ram() ? kPaint : kErased);
    map.regions_.push_back(std::move(region));
  }
  return map;
}

const MemoryMap::Region* MemoryMap::find(uint32_t address) const {
  for (const Region& region : regions_)
    if (region.contains(address)) return &region;
  return nullptr;
}

std::span<std::byte> MemoryMap::bytes(uint32_t address, uint64_t size) const {
  const Region* region = find(address);
  if (!region) return {};
  const uint32_t offset = address - region->memory.base;
  if (size > region->memory.size_bytes - offset) return {};
  return region->span().subspan(offset, size);
}

}  // namespace thimble::sim
