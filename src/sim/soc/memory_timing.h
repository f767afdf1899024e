// What the memories of a board cost beyond the core's own cycles: wait states, the prefetch buffer
// of the flash, and the caches between the core and its memories. docs/memories.md says what is
// modelled, what is not, and on what the figures rest.
//
// Only residence of lines is simulated, never bytes. Time is not an argument: what is hidden behind
// other work is a rule (docs/memories.md), so figures do not depend on where blocks are cut.
// Memories are named by their index in board::Board::memories.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "board/board.h"
#include "sim/soc/set_cache.h"

namespace thimble::sim {

class MemoryTiming {
 public:
  // Errors: kMalformed (a cache or read width that is no power of two, two caches for the same
  // accesses, a cache in front of a memory that does not exist).
  static base::Result<MemoryTiming> create(const board::Board& board);

  MemoryTiming(MemoryTiming&&) noexcept = default;
  MemoryTiming& operator=(MemoryTiming&&) noexcept = default;
  MemoryTiming(const MemoryTiming&) = delete;
  MemoryTiming& operator=(const MemoryTiming&) = delete;

  // Could a load from, or a store to, the memory ever stall? If not, there is no need to ask.
  bool reads_cost(size_t memory) const { return ports_[memory].reads_cost; }
  bool writes_cost(size_t memory) const { return ports_[memory].writes_cost; }

  // Where a block of code lies, for fetch().
  struct Code {
    uint32_t memory = 0;
    uint32_t first_line = 0;
    uint32_t last_line = 0;
  };
  // Of the bytes [address, end). Nothing: fetching them costs nothing.
  std::optional<Code> code(uint32_t address, uint32_t end) const;

  // Stall cycles of executing the block once, which takes `block_cycles` by itself.
  uint32_t fetch(const Code& code, uint32_t block_cycles) {
    // The end of the stretch of lines fetched last: all of them are resident, and using them again
    // in the same order changes nothing, not even which line is the oldest.
    if (code.last_line == resident_last_ && code.first_line >= resident_first_) return 0;
    return fetch_lines(code, block_cycles);
  }

  // Stall cycles of a load or store of `bytes` (at least 1) that starts in the memory.
  uint32_t read(size_t memory, uint32_t address, uint32_t bytes) {
    Port& port = ports_[memory];
    const uint32_t offset = address - port.base;
    if (offset < port.tightly_coupled_bytes) return 0;
    const uint32_t first = port.first_data_line + (offset >> data_shift_);
    const uint32_t last = port.first_data_line + ((offset + bytes - 1) >> data_shift_);
    if (first != last) return read_lines(port, address, bytes, first, last);
    if (first == newest_data_line_) return 0;
    if (!port.data_cache || !port.data_cache->read_resident(first))
      return read_lines(port, address, bytes, first, last);
    note_data(first, kNoLine);
    return 0;
  }
  uint32_t write(size_t memory, uint32_t address, uint32_t bytes) {
    const Port& port = ports_[memory];
    const uint32_t offset = address - port.base;
    if (offset < port.tightly_coupled_bytes) return 0;
    const uint32_t first = port.first_data_line + (offset >> data_shift_);
    const uint32_t last = port.first_data_line + ((offset + bytes - 1) >> data_shift_);
    if (first != last) return write_lines(port, first, last);
    if (first == newest_dirty_line_) return 0;
    if (!port.data_cache || !port.data_cache->write_resident(first))
      return write_lines(port, first, last);
    note_data(first, first);
    return 0;
  }

  // How often the memory itself was read, read_bytes at a time: by fetches and loads that no cache
  // or buffer answered. Not counted for a memory without wait states.
  uint64_t reads(size_t memory) const { return ports_[memory].reads; }

  // What device registers switch. A cache that the board does not have stays absent; switching one
  // off empties it. A cache for instructions and data alike follows set_instruction_cache.
  void set_instruction_cache(bool on);
  void set_data_cache(bool on);
  void set_prefetch(bool on) { prefetch_ = on; }
  // The three bits of a flash accelerator at once.
  void set_accelerator(bool instruction_cache, bool data_cache, bool prefetch);
  // The memory was told to wait longer or shorter; cycles on the bus stay. Ignored for a memory
  // that never costs anything.
  void set_wait_states(size_t memory, uint32_t wait_states);
  void invalidate();  // empties caches and buffers

 private:
  static constexpr uint32_t kNoLine = 0xFFFFFFFF;

  struct Port {
    uint32_t base = 0;
    uint32_t size_bytes = 0;
    uint32_t wait_cycles = 0;  // wait states, and cycles on the bus
    uint32_t bus_cycles = 0;
    uint32_t read_bytes = 4;
    uint32_t tightly_coupled_bytes = 0;  // at the start; neither cached nor waited for
    uint32_t first_code_line = 0;        // number of the memory's first line
    uint32_t first_data_line = 0;
    bool code_cached = false;
    bool data_cached = false;
    // The caches above if they are on, else null.
    SetCache* instruction_cache = nullptr;
    SetCache* data_cache = nullptr;
    bool prefetch = false;
    bool reads_cost = false;
    bool writes_cost = false;
    uint64_t reads = 0;
  };

  MemoryTiming() = default;
  base::Result<> add_ports(const board::Board& board);
  base::Result<> add_cache(const board::Board& board, const board::Cache& cache);
  uint32_t number_lines(uint32_t Port::*first_line, uint32_t line_bytes, uint32_t sets);
  uint32_t fetch_lines(const Code& code, uint32_t block_cycles);
  uint32_t fetch_uncached(Port& port, const Code& code, uint32_t block_cycles);
  static uint32_t reads_per_line(const Port& port, uint32_t line_shift);
  uint32_t wait_for_code(const Port& port, uint32_t line, uint32_t cycles_per_line) const;
  uint32_t read_lines(Port& port, uint32_t address, uint32_t bytes, uint32_t first, uint32_t last);
  uint32_t write_lines(const Port& port, uint32_t first, uint32_t last);
  // An access that runs out of the memory is about to fault, and costs what lies inside.
  uint32_t last_data_line(const Port& port) const {
    return port.first_data_line + ((port.size_bytes - 1) >> data_shift_);
  }
  void note_data(uint32_t newest, uint32_t newest_dirty) {
    newest_data_line_ = newest;
    newest_dirty_line_ = newest_dirty;
    // The data's use makes lines of code older, so those must be used anew.
    if (shared_cache_) resident_last_ = kNoLine;
  }
  void connect_caches();

  std::vector<Port> ports_;
  // Null: there is none. The same one if it is for both.
  std::shared_ptr<SetCache> instruction_cache_;
  std::shared_ptr<SetCache> data_cache_;
  bool shared_cache_ = false;
  bool instruction_cache_on_ = false;
  bool data_cache_on_ = false;
  bool prefetch_ = false;
  uint32_t code_shift_ = 2;  // log2 of the bytes of a line
  uint32_t data_shift_ = 2;
  uint32_t eviction_cycles_ = 0;
  uint32_t current_line_ = kNoLine;    // of code, executed from last
  uint32_t resident_first_ = kNoLine;  // lines of code that the last block used without a miss
  uint32_t resident_last_ = kNoLine;
  uint32_t newest_data_line_ = kNoLine;   // in the data cache, used last
  uint32_t newest_dirty_line_ = kNoLine;  // the same, if it was written to as well
};

}  // namespace thimble::sim
