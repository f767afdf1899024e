// The memories of a board: their bytes and who may touch them.
//
// Owns the bytes; a span stays valid as long as the map. Flash starts erased (0xFF), RAM starts
// painted with kPaint so that the deepest use of the stack can be found afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "board/board.h"

namespace thimble::sim {

class MemoryMap {
 public:
  static constexpr std::byte kPaint{0xA5};

  struct Region {
    board::Memory memory;
    std::unique_ptr<std::byte[]> bytes;

    uint32_t end() const { return memory.base + memory.size_bytes; }  // 0: the top of the space
    bool contains(uint32_t address) const { return address - memory.base < memory.size_bytes; }
    bool is_ram() const { return memory.kind == board::MemoryKind::kRam; }
    std::span<std::byte> span() const { return {bytes.get(), memory.size_bytes}; }
  };

  // Errors: kUnsupported (size or base not a multiple of kPageBytes, overlapping regions).
  static base::Result<MemoryMap> create(const board::Board& board);

  const std::vector<Region>& regions() const { return regions_; }
  const Region* find(uint32_t address) const;  // nullptr: nothing is mapped there

  // The bytes [address, address + size), or an empty span when they are not in one region.
  std::span<std::byte> bytes(uint32_t address, uint64_t size) const;

  // What the memories of every part are multiples of; a mistake in a board file is often not.
  static constexpr uint32_t kPageBytes = 1024;

 private:
  std::vector<Region> regions_;
};

}  // namespace thimble::sim
