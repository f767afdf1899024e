#include "sim/run/code_location.h"

#include <fmt/format.h>

namespace thimble::sim {

std::string CodeLocation::to_string() const {
  const std::string name = function.empty() ? fmt::format("{:#010x}", address) : function;
  return line ? fmt::format("{} ({}:{})", name, line->file, line->line) : name;
}

CodeLocation locate(const Elf& elf, uint32_t address) {
  const Symbol* function = elf.function_at(address);
  return {address, function ? demangle(function->name) : "", elf.source_line(address)};
}

}  // namespace thimble::sim
