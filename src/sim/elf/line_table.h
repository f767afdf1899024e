// DWARF line table of an ELF file in memory: address to source line, by libdw.
//
// `image` must outlive the object. A file without debug information is an empty table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "sim/elf/elf.h"

namespace thimble::sim {

class LineTable {
 public:
  explicit LineTable(std::span<const std::byte> image);
  ~LineTable();
  LineTable(const LineTable&) = delete;
  LineTable& operator=(const LineTable&) = delete;

  std::optional<SourceLine> find(uint32_t address) const;

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

}  // namespace thimble::sim
