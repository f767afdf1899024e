#include "sim/elf/elf.h"

#include <cxxabi.h>
#include <elf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "sim/elf/call_frames.h"
#include "sim/elf/line_table.h"
#include "sim/run/thumb.h"

namespace thimble::sim {
namespace {

using base::ErrorCode;

// The object at `offset`, copied out because nothing in a file need be aligned.
template <typename T>
base::Result<T> read_at(std::span<const std::byte> bytes, uint64_t offset, const char* what) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
    return base::fail(ErrorCode::kMalformed,
                      "ELF: {} at offset {} lies outside the file of {} bytes", what, offset,
                      bytes.size());
  T object;
  std::memcpy(&object, bytes.data() + offset, sizeof(T));
  return object;
}

base::Result<std::span<const std::byte>> slice(std::span<const std::byte> bytes, uint64_t offset,
                                               uint64_t size, const char* what) {
  if (offset > bytes.size() || size > bytes.size() - offset)
    return base::fail(ErrorCode::kMalformed,
                      "ELF: {} of {} bytes at offset {} lies outside the file of {} bytes", what,
                      size, offset, bytes.size());
  return bytes.subspan(offset, size);
}

base::Result<std::string> string_at(std::span<const std::byte> table, uint32_t offset) {
  if (offset >= table.size())
    return base::fail(ErrorCode::kMalformed, "ELF: name at offset {} of a string table of {} bytes",
                      offset, table.size());
  const char* begin = reinterpret_cast<const char*>(table.data()) + offset;
  return std::string(begin, strnlen(begin, table.size() - offset));
}

bool belongs_to(std::string_view section, std::string_view group) {
  return section == group || (section.starts_with(group) && section[group.size()] == '.');
}

}  // namespace

std::string demangle(const std::string& name) {
  if (!name.starts_with("_Z")) return name;
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : name;
}

Elf::Elf() = default;
Elf::Elf(Elf&&) noexcept = default;
Elf& Elf::operator=(Elf&&) noexcept = default;
Elf::~Elf() = default;

base::Result<Elf> Elf::load(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(base::Bytes bytes, base::read_file(path));
  base::Result<Elf> elf = parse(std::move(bytes));
  if (!elf) return base::fail(std::move(elf).error().in(path.string()));
  return elf;
}

base::Result<Elf> Elf::parse(base::Bytes bytes) {
  Elf elf;
  elf.bytes_ = std::move(bytes);
  if (elf.bytes_.size() < SELFMAG || std::memcmp(elf.bytes_.data(), ELFMAG, SELFMAG) != 0)
    return base::fail(
        {ErrorCode::kMalformed, "not an ELF file", "take the .elf that the linker wrote"});
  THIMBLE_ASSIGN(const Elf32_Ehdr header, read_at<Elf32_Ehdr>(elf.bytes_, 0, "header"));
  if (header.e_ident[EI_CLASS] != ELFCLASS32 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != EM_ARM)
    return base::fail({ErrorCode::kUnsupported,
                       "an ELF file, but not of a 32-bit little-endian Arm processor",
                       "build it with a cross compiler, such as arm-none-eabi-gcc"});
  if (header.e_type == ET_REL)
    return base::fail({ErrorCode::kUnsupported, "an object file that was not linked",
                       "link it for the board's memories, with start-up code and vector table"});
  if (header.e_type != ET_EXEC)
    return base::fail({ErrorCode::kUnsupported,
                       fmt::format("ELF type {} is not a linked program", header.e_type),
                       "link it statically, for the board's memories"});
  elf.entry_ = header.e_entry;
  THIMBLE_TRY(elf.read_segments());
  THIMBLE_TRY(elf.read_sections());
  return elf;
}

Elf Elf::from_chunks(const std::map<uint32_t, base::Bytes>& chunks) {
  Elf elf;
  size_t size_bytes = 0;
  for (const auto& [address, chunk] : chunks) size_bytes += chunk.size();
  elf.bytes_.reserve(size_bytes);  // the segments point into it
  for (const auto& [address, chunk] : chunks) {
    const size_t offset = elf.bytes_.size();
    elf.bytes_.insert(elf.bytes_.end(), chunk.begin(), chunk.end());
    elf.segments_.push_back({address, std::span(elf.bytes_).subspan(offset, chunk.size())});
  }
  return elf;
}

base::Result<> Elf::read_segments() {
  THIMBLE_ASSIGN(const Elf32_Ehdr header, read_at<Elf32_Ehdr>(bytes_, 0, "header"));
  for (uint32_t i = 0; i < header.e_phnum; ++i) {
    THIMBLE_ASSIGN(const auto entry,
                   read_at<Elf32_Phdr>(bytes_, header.e_phoff + uint64_t{i} * sizeof(Elf32_Phdr),
                                       "program header"));
    if (entry.p_type != PT_LOAD || entry.p_filesz == 0) continue;
    THIMBLE_ASSIGN(const auto content, slice(bytes_, entry.p_offset, entry.p_filesz, "segment"));
    if (uint64_t{entry.p_paddr} + entry.p_filesz > uint64_t{1} << 32)
      return base::fail(ErrorCode::kMalformed, "ELF: segment {} wraps around the address space", i);
    segments_.push_back({entry.p_paddr, content});
  }
  if (segments_.empty()) return base::fail(ErrorCode::kMalformed, "ELF: nothing to load");
  return {};
}

base::Result<> Elf::read_sections() {
  THIMBLE_ASSIGN(const Elf32_Ehdr header, read_at<Elf32_Ehdr>(bytes_, 0, "header"));
  std::vector<Elf32_Shdr> table;
  for (uint32_t i = 0; i < header.e_shnum; ++i) {
    THIMBLE_ASSIGN(const auto entry,
                   read_at<Elf32_Shdr>(bytes_, header.e_shoff + uint64_t{i} * sizeof(Elf32_Shdr),
                                       "section header"));
    table.push_back(entry);
  }
  if (table.empty()) return {};  // stripped of sections: it still runs, without names
  if (header.e_shstrndx >= table.size())
    return base::fail(ErrorCode::kMalformed, "ELF: no section {} for section names",
                      header.e_shstrndx);
  const Elf32_Shdr& names = table[header.e_shstrndx];
  THIMBLE_ASSIGN(const auto strings,
                 slice(bytes_, names.sh_offset, names.sh_size, "section name table"));
  for (const Elf32_Shdr& entry : table) {
    if (entry.sh_flags & SHF_ALLOC) {
      THIMBLE_ASSIGN(std::string name, string_at(strings, entry.sh_name));
      sections_.push_back(
          {std::move(name), entry.sh_addr, entry.sh_size, entry.sh_type != SHT_NOBITS});
    }
    if (entry.sh_type == SHT_SYMTAB) {
      if (entry.sh_link >= table.size())
        return base::fail(ErrorCode::kMalformed, "ELF: no section {} for symbol names",
                          entry.sh_link);
      const Elf32_Shdr& link = table[entry.sh_link];
      THIMBLE_ASSIGN(const auto symbol_names,
                     slice(bytes_, link.sh_offset, link.sh_size, "symbol name table"));
      THIMBLE_TRY(read_symbols(entry.sh_offset, entry.sh_size, entry.sh_entsize, symbol_names));
    }
  }
  return {};
}

base::Result<> Elf::read_symbols(uint32_t offset, uint32_t size_bytes, uint32_t entry_bytes,
                                 std::span<const std::byte> strings) {
  if (entry_bytes != sizeof(Elf32_Sym))
    return base::fail(ErrorCode::kMalformed, "ELF: symbols of {} bytes", entry_bytes);
  THIMBLE_ASSIGN(const auto table, slice(bytes_, offset, size_bytes, "symbol table"));
  for (uint32_t at = 0; at + sizeof(Elf32_Sym) <= table.size(); at += sizeof(Elf32_Sym)) {
    THIMBLE_ASSIGN(const auto entry, read_at<Elf32_Sym>(table, at, "symbol"));
    const int type = ELF32_ST_TYPE(entry.st_info);
    if (entry.st_shndx == SHN_UNDEF || entry.st_name == 0) continue;
    if (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE) continue;
    THIMBLE_ASSIGN(std::string name, string_at(strings, entry.st_name));
    // $t, $d, $a mark where code and data begin; they are no names.
    if (name.starts_with('$')) continue;
    Symbol symbol{std::move(name), entry.st_value, entry.st_size, SymbolKind::kLabel};
    if (type == STT_OBJECT) symbol.kind = SymbolKind::kObject;
    if (type == STT_FUNC) {
      symbol.kind = SymbolKind::kFunction;
      symbol.address &= ~kThumbBit;
    }
    symbols_.push_back(std::move(symbol));
  }
  std::stable_sort(symbols_.begin(), symbols_.end(),
                   [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
  symbol_by_name_.clear();
  for (size_t i = 0; i < symbols_.size(); ++i) symbol_by_name_.try_emplace(symbols_[i].name, i);
  return {};
}

uint32_t Elf::flash_image_bytes() const {
  uint32_t total = 0;
  for (const Segment& segment : segments_) total += static_cast<uint32_t>(segment.bytes.size());
  return total;
}

uint32_t Elf::static_ram_bytes() const {
  uint32_t total = 0;
  for (const Section& section : sections_)
    if (belongs_to(section.name, ".data") || belongs_to(section.name, ".bss"))
      total += section.size_bytes;
  return total;
}

uint32_t Elf::section_bytes(std::string_view name) const {
  uint32_t total = 0;
  for (const Section& section : sections_)
    if (section.name == name) total += section.size_bytes;
  return total;
}

const Symbol* Elf::find_symbol(std::string_view name) const {
  const auto found = symbol_by_name_.find(name);
  return found == symbol_by_name_.end() ? nullptr : &symbols_[found->second];
}

const Symbol* Elf::function_at(uint32_t address) const {
  const auto section =
      std::find_if(sections_.begin(), sections_.end(), [&](const Section& candidate) {
        return address >= candidate.address && address - candidate.address < candidate.size_bytes;
      });
  if (section == sections_.end()) return nullptr;
  auto after =
      std::upper_bound(symbols_.begin(), symbols_.end(), address,
                       [](uint32_t value, const Symbol& symbol) { return value < symbol.address; });
  while (after != symbols_.begin()) {
    const Symbol& candidate = *--after;
    if (candidate.address < section->address) return nullptr;
    if (candidate.kind == SymbolKind::kObject) continue;
    if (candidate.size_bytes == 0) return &candidate;
    if (address - candidate.address < candidate.size_bytes) return &candidate;
  }
  return nullptr;
}

std::optional<SourceLine> Elf::source_line(uint32_t address) const {
  if (!lines_) lines_ = std::make_unique<LineTable>(bytes_);
  return lines_->find(address);
}

const CallFrames& Elf::call_frames() const {
  if (!call_frames_) call_frames_ = std::make_unique<CallFrames>(bytes_);
  return *call_frames_;
}

}  // namespace thimble::sim
