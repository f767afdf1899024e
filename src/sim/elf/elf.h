// A linked Arm firmware image (ELF32, little endian): what to load where, symbols and source lines.
//
// The bytes are untrusted: every offset is checked and a wrong one is an Error. The object owns a
// copy of the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace thimble::sim {

// Bytes that a programmer writes into the part: at the load address (LMA), where a start-up code
// expects the initial values of .data, not at the run address.
struct Segment {
  uint32_t load_address = 0;
  std::span<const std::byte> bytes;  // points into the Elf
};

struct Section {
  std::string name;
  uint32_t address = 0;
  uint32_t size_bytes = 0;
  bool has_bytes = false;  // false: only reserves memory (.bss, .stack)
};

enum class SymbolKind { kFunction, kObject, kLabel };

struct Symbol {
  std::string name;      // as in the symbol table: C++ names are mangled
  uint32_t address = 0;  // of a function: without the Thumb bit
  uint32_t size_bytes = 0;
  SymbolKind kind = SymbolKind::kLabel;
};

struct SourceLine {
  std::string file;
  int line = 0;
};

class CallFrames;
class LineTable;

class Elf {
 public:
  // Errors: kNotFound, kIo; kMalformed (what is wrong and at which offset); kUnsupported (not
  // 32-bit little-endian Arm, or not linked).
  static base::Result<Elf> load(const std::filesystem::path& path);
  static base::Result<Elf> parse(base::Bytes bytes);
  // A program without names: only bytes by load address.
  static Elf from_chunks(const std::map<uint32_t, base::Bytes>& chunks);

  Elf(Elf&&) noexcept;
  Elf& operator=(Elf&&) noexcept;
  ~Elf();

  uint32_t entry() const { return entry_; }
  const std::vector<Segment>& segments() const { return segments_; }
  const std::vector<Section>& sections() const { return sections_; }  // allocated ones only
  const std::vector<Symbol>& symbols() const { return symbols_; }     // by address

  // Bytes that occupy flash: code, constants and the load image of .data.
  uint32_t flash_image_bytes() const;
  // .data and .bss with their subsections; not the stack.
  uint32_t static_ram_bytes() const;
  // Sum over the sections with this name; 0 when there is none.
  uint32_t section_bytes(std::string_view name) const;

  const Symbol* find_symbol(std::string_view name) const;  // nullptr: no such symbol
  // The function that contains the address: by its size, or for hand-written assembly without
  // sizes the nearest label before it in the same section. nullptr: none.
  const Symbol* function_at(uint32_t address) const;
  // Needs -g. nullopt: no line is known.
  std::optional<SourceLine> source_line(uint32_t address) const;
  // To unwind the stack.
  const CallFrames& call_frames() const;

 private:
  Elf();
  base::Result<> read_segments();
  base::Result<> read_sections();
  base::Result<> read_symbols(uint32_t offset, uint32_t size_bytes, uint32_t entry_bytes,
                              std::span<const std::byte> strings);

  base::Bytes bytes_;
  uint32_t entry_ = 0;
  std::vector<Segment> segments_;
  std::vector<Section> sections_;
  std::vector<Symbol> symbols_;
  std::map<std::string, size_t, std::less<>> symbol_by_name_;
  mutable std::unique_ptr<LineTable> lines_;         // opened when first asked
  mutable std::unique_ptr<CallFrames> call_frames_;  // likewise
};

// "void ns::f(int)" for a mangled C++ name; any other name unchanged.
std::string demangle(const std::string& name);

}  // namespace thimble::sim
