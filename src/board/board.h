// A microcontroller board as boards/*.toml describes it, checked.
//
// Adding a board is adding one file; docs/boards.md describes the format. Every figure in a board
// file names its source (manual and section, data sheet, or paper).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::board {

enum class MemoryKind { kFlash, kRam };

// One region of the memory map, as the linker script and the simulator see it.
struct Memory {
  std::string name;  // "flash", "sram1", "dtcm"
  MemoryKind kind;
  uint32_t base = 0;
  uint32_t size_bytes = 0;
  uint32_t wait_states = 0;  // extra cycles of an access that misses every buffer, at clock_hz
  std::string source;
  uint32_t bus_cycles = 0;  // the same, lost on the way there and back whatever the clock
  uint32_t read_bytes = 4;  // bytes that one access to the memory delivers
  bool prefetch = false;    // of code: the next read runs while this one's bytes are executed
  uint32_t tightly_coupled_bytes = 0;  // at the start of the region: no wait states, no cache
};

enum class CacheServes { kInstructions, kData, kBoth };
enum class Replacement { kLeastRecentlyUsed, kRandom };

// A cache, or the lines of a flash accelerator, between the core and some memories.
struct Cache {
  CacheServes serves = CacheServes::kBoth;
  std::vector<size_t> memories;  // what lies behind it: indices into Board::memories
  uint32_t size_bytes = 0;
  uint32_t line_bytes = 0;
  uint32_t ways = 0;  // lines of a set; size_bytes / line_bytes: fully associative
  Replacement replacement = Replacement::kLeastRecentlyUsed;
  bool write_back = false;       // keeps written lines; otherwise stores pass it by
  uint32_t eviction_cycles = 0;  // what the core waits when a written line is replaced
  bool enabled = true;           // when the program starts; the device's registers may switch it
  std::string source;
};

struct Power {
  double active_mw = 0;  // whole board while inferring, the firmware's clock set-up
  double sleep_mw = 0;
  double supply_v = 0;  // at which these were measured; turns power into current
  std::string source;
  // Energy of reading the code memory once, read_bytes of it; part of active_mw. 0: not known, and
  // energy is not split.
  double flash_read_nj = 0;
};

struct Board {
  std::string name;         // "nucleo-l4r5zi"
  std::string description;  // "ST NUCLEO-L4R5ZI, STM32L4R5ZI"
  std::string core;         // name of a file in cores/: "cortex-m4"
  bool real = true;         // false: idealized, for comparison; not to be chosen
  bool fpu = true;          // the part has the core's floating-point unit
  uint64_t clock_hz = 0;
  std::string family = "generic";  // whose peripherals the simulator models: "stm32l4"
  std::vector<Memory> memories;
  std::string code_memory;    // name of the flash that holds vectors, code and constants
  std::string data_memory;    // name of the RAM that holds stack, statics and arena
  std::vector<Cache> caches;  // at most one for instructions and one for data
  Power power;
  std::string toml;  // the whole file

  const Memory& flash() const { return memory(code_memory); }
  const Memory& ram() const { return memory(data_memory); }
  const Memory& memory(std::string_view memory_name) const;  // must exist
};

// How far simulated cycles may be from those of the hardware, for whole programs, and on what that
// rests: docs/simulator-accuracy.md.
struct Uncertainty {
  double percent = 0;
  std::string basis;
};

// A processor core as cores/*.toml describes it.
struct Core {
  std::string name;         // "cortex-m4"
  std::string description;  // "Arm Cortex-M4F (Armv7E-M with DSP ...), r0p1"
  std::string cpu;          // -mcpu= of GCC: "cortex-m4"
  std::string fpu;          // -mfpu= of GCC with the unit present: "fpv4-sp-d16"; empty: none
  bool dsp = false;         // Armv7E-M DSP instructions (SMLAD, SXTB16, ...)
  int timing_version = 0;   // raised with every change of a figure in the table
  std::string timing_toml;  // the whole file; sim/timing reads its own tables from it
  Uncertainty without_wait_states;
  Uncertainty with_wait_states;  // or caches

  // What holds for this board's memories.
  const Uncertainty& uncertainty(const Board& board) const;
};

// `name_or_path`: a name that `board_names()` lists, or a path that ends in .toml.
// Errors: kNotFound (with the nearest names in the hint), kMalformed (key, line, what was
// expected).
base::Result<Board> load_board(std::string_view name_or_path);
base::Result<Core> load_core(std::string_view name);

// Boards and cores compiled into the program, sorted.
std::vector<std::string> board_names();
std::vector<std::string> core_names();

// Parses a board or core file's text; `origin` is named in errors. The core of a board must be one
// of `core_names()`.
base::Result<Board> parse_board(std::string_view toml, std::string_view origin);
base::Result<Core> parse_core(std::string_view toml, std::string_view origin);

}  // namespace thimble::board
