#include "sim/elf/line_table.h"

#include <elfutils/libdw.h>
#include <libelf.h>

#include <vector>

namespace thimble::sim {

struct LineTable::Handles {
  std::vector<char> image;  // libelf wants memory it may write to
  ::Elf* elf = nullptr;
  Dwarf* dwarf = nullptr;
};

LineTable::LineTable(std::span<const std::byte> image) : handles_(std::make_unique<Handles>()) {
  elf_version(EV_CURRENT);
  const char* begin = reinterpret_cast<const char*>(image.data());
  handles_->image.assign(begin, begin + image.size());
  handles_->elf = elf_memory(handles_->image.data(), handles_->image.size());
  if (handles_->elf) handles_->dwarf = dwarf_begin_elf(handles_->elf, DWARF_C_READ, nullptr);
}

LineTable::~LineTable() {
  if (handles_->dwarf) dwarf_end(handles_->dwarf);
  if (handles_->elf) elf_end(handles_->elf);
}

std::optional<SourceLine> LineTable::find(uint32_t address) const {
  if (!handles_->dwarf) return std::nullopt;
  // Bare-metal toolchains do not always write .debug_aranges, so every unit is asked.
  Dwarf_Off offset = 0;
  Dwarf_Off next = 0;
  size_t header_bytes = 0;
  while (dwarf_nextcu(handles_->dwarf, offset, &next, &header_bytes, nullptr, nullptr, nullptr) ==
         0) {
    Dwarf_Die unit;
    if (dwarf_offdie(handles_->dwarf, offset + header_bytes, &unit)) {
      int line_number = 0;
      Dwarf_Line* line = dwarf_getsrc_die(&unit, address);
      const char* file = line ? dwarf_linesrc(line, nullptr, nullptr) : nullptr;
      if (file && dwarf_lineno(line, &line_number) == 0 && line_number > 0)
        return SourceLine{file, line_number};
    }
    if (next <= offset) break;
    offset = next;
  }
  return std::nullopt;
}

}  // namespace thimble::sim
