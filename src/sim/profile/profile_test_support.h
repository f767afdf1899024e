// An ELF file without code, for tests that need nothing but names of addresses.
#pragma once

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "sim/elf/elf.h"

namespace thimble::sim::testing_support {

struct NamedFunction {
  std::string name;
  uint32_t address = 0;
};

// Functions of `size_bytes` each, in one section from 0 to 64 KiB.
inline Elf elf_with_functions(const std::vector<NamedFunction>& functions, uint32_t size_bytes) {
  std::string names("\0text", 6);
  std::vector<Elf32_Sym> symbols(1);
  for (const NamedFunction& function : functions) {
    Elf32_Sym symbol{};
    symbol.st_name = static_cast<Elf32_Word>(names.size());
    symbol.st_value = function.address | 1;
    symbol.st_size = size_bytes;
    symbol.st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol.st_shndx = 1;
    symbols.push_back(symbol);
    names += function.name + '\0';
  }
  base::Bytes bytes(sizeof(Elf32_Ehdr));
  auto append = [&](const void* data, size_t size) {
    const size_t at = bytes.size();
    bytes.resize(at + size);
    std::memcpy(bytes.data() + at, data, size);
    return static_cast<uint32_t>(at);
  };
  const uint32_t names_at = append(names.data(), names.size());
  const auto symbol_bytes = static_cast<uint32_t>(symbols.size() * sizeof(Elf32_Sym));
  const uint32_t symbols_at = append(symbols.data(), symbol_bytes);
  Elf32_Shdr sections[4]{};
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_PROGBITS;
  sections[1].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
  sections[1].sh_size = 0x10000;
  sections[2].sh_type = SHT_SYMTAB;
  sections[2].sh_offset = symbols_at;
  sections[2].sh_size = symbol_bytes;
  sections[2].sh_entsize = sizeof(Elf32_Sym);
  sections[2].sh_link = 3;
  sections[3].sh_type = SHT_STRTAB;
  sections[3].sh_offset = names_at;
  sections[3].sh_size = static_cast<Elf32_Word>(names.size());
  Elf32_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_offset = names_at;
  segment.p_filesz = 4;
  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = EM_ARM;
  header.e_type = ET_EXEC;
  header.e_phoff = append(&segment, sizeof(segment));
  header.e_phnum = 1;
  header.e_shoff = append(sections, sizeof(sections));
  header.e_shnum = 4;
  header.e_shstrndx = 3;
  std::memcpy(bytes.data(), &header, sizeof(header));
  auto elf = Elf::parse(std::move(bytes));
  EXPECT_TRUE(elf) << (elf ? "" : elf.error().to_string());
  return std::move(*elf);
}

}  // namespace thimble::sim::testing_support
