// A place in the program, for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/elf/elf.h"

namespace thimble::sim {

struct CodeLocation {
  uint32_t address = 0;
  std::string function;            // demangled; empty: not known
  std::optional<SourceLine> line;  // needs -g

  std::string to_string() const;  // "conv (conv.cc:12)", or the address
};

// Names an address of the program.
CodeLocation locate(const Elf& elf, uint32_t address);

}  // namespace thimble::sim
