#include "sim/soc/memory_timing.h"

#include <algorithm>
#include <bit>

namespace thimble::sim {

using base::ErrorCode;

namespace {

uint32_t log2_of(uint32_t power_of_two) {
  return static_cast<uint32_t>(std::countr_zero(power_of_two));
}

uint32_t sets_of(const board::Cache& cache) {
  return cache.size_bytes / cache.line_bytes / cache.ways;
}

base::Result<> check(const board::Board& board, const board::Cache& cache) {
  const uint64_t set_bytes = uint64_t{cache.line_bytes} * cache.ways;
  if (cache.line_bytes < 4 || !std::has_single_bit(cache.line_bytes) || cache.ways == 0 ||
      cache.size_bytes == 0 || cache.size_bytes % set_bytes != 0 ||
      !std::has_single_bit(cache.size_bytes / set_bytes))
    return base::fail(ErrorCode::kMalformed,
                      "board {}: a cache of {} bytes in lines of {} bytes and {} ways: the line "
                      "must be a power of two from 4, and so must be size / line / ways",
                      board.name, cache.size_bytes, cache.line_bytes, cache.ways);
  for (size_t memory : cache.memories)
    if (memory >= board.memories.size())
      return base::fail(ErrorCode::kMalformed, "board {}: a cache in front of memory {} of {}",
                        board.name, memory, board.memories.size());
  return {};
}

}  // namespace

base::Result<MemoryTiming> MemoryTiming::create(const board::Board& board) {
  MemoryTiming timing;
  THIMBLE_TRY(timing.add_ports(board));
  for (const board::Cache& cache : board.caches) THIMBLE_TRY(timing.add_cache(board, cache));
  timing.connect_caches();
  return timing;
}

base::Result<> MemoryTiming::add_ports(const board::Board& board) {
  uint32_t code_line_bytes = 0;  // without a cache, that of the narrowest memory
  for (const board::Memory& memory : board.memories) {
    if (!std::has_single_bit(memory.read_bytes) || memory.read_bytes < 4)
      return base::fail(ErrorCode::kMalformed,
                        "board {}: memory {} is read by {} bytes: must be a power of two from 4",
                        board.name, memory.name, memory.read_bytes);
    Port& port = ports_.emplace_back();
    port.base = memory.base;
    port.size_bytes = memory.size_bytes;
    port.wait_cycles = memory.wait_states + memory.bus_cycles;
    port.bus_cycles = memory.bus_cycles;
    port.read_bytes = memory.read_bytes;
    port.tightly_coupled_bytes = memory.tightly_coupled_bytes;
    port.prefetch = memory.prefetch;
    port.reads_cost = port.wait_cycles > 0;
    if (!port.reads_cost) continue;
    if (code_line_bytes == 0 || memory.read_bytes < code_line_bytes)
      code_line_bytes = memory.read_bytes;
    prefetch_ = prefetch_ || memory.prefetch;
  }
  code_shift_ = log2_of(std::max(code_line_bytes, 4u));
  number_lines(&Port::first_code_line, 1u << code_shift_, 1);
  number_lines(&Port::first_data_line, 1u << data_shift_, 1);
  return {};
}

base::Result<> MemoryTiming::add_cache(const board::Board& board, const board::Cache& cache) {
  THIMBLE_TRY(check(board, cache));
  const bool for_code = cache.serves != board::CacheServes::kData;
  const bool for_data = cache.serves != board::CacheServes::kInstructions;
  if ((for_code && instruction_cache_) || (for_data && data_cache_))
    return base::fail(ErrorCode::kMalformed, "board {}: two caches for the same accesses",
                      board.name);
  uint32_t line_count = 0;
  if (for_code) line_count = number_lines(&Port::first_code_line, cache.line_bytes, sets_of(cache));
  if (for_data) line_count = number_lines(&Port::first_data_line, cache.line_bytes, sets_of(cache));
  const auto replacement = cache.replacement == board::Replacement::kLeastRecentlyUsed
                               ? SetCache::Replacement::kLeastRecentlyUsed
                               : SetCache::Replacement::kPseudoRandom;
  const auto lines =
      std::make_shared<SetCache>(line_count, sets_of(cache), cache.ways, replacement);
  if (for_code) {
    instruction_cache_ = lines;
    instruction_cache_on_ = cache.enabled;
    code_shift_ = log2_of(cache.line_bytes);
  }
  if (for_data) {
    data_cache_ = lines;
    data_cache_on_ = cache.enabled;
    data_shift_ = log2_of(cache.line_bytes);
    eviction_cycles_ = cache.eviction_cycles;
  }
  shared_cache_ = shared_cache_ || (for_code && for_data);
  for (size_t memory : cache.memories) {
    Port& port = ports_[memory];
    if (!port.reads_cost) continue;  // it is as fast as the cache
    if (for_code) port.code_cached = true;
    if (for_data) port.data_cached = true;
    if (for_data && cache.write_back && board.memories[memory].kind == board::MemoryKind::kRam)
      port.writes_cost = true;
  }
  return {};
}

// Numbers the lines of all memories that cost anything, so that a line's number modulo the sets is
// that of its address. Returns how many numbers there are.
uint32_t MemoryTiming::number_lines(uint32_t Port::*first_line, uint32_t line_bytes,
                                    uint32_t sets) {
  uint32_t next = 0;
  for (Port& port : ports_) {
    if (!port.reads_cost) continue;
    const uint32_t base_line = port.base / line_bytes;
    next += (base_line - next) & (sets - 1);
    port.*first_line = next;
    // One more, so that the first line of a memory never follows the last of another.
    next += (port.size_bytes - 1) / line_bytes + 1 + 1;
  }
  return next;
}

std::optional<MemoryTiming::Code> MemoryTiming::code(uint32_t address, uint32_t end) const {
  for (size_t i = 0; i < ports_.size(); ++i) {
    const Port& port = ports_[i];
    const uint32_t offset = address - port.base;
    if (offset >= port.size_bytes) continue;
    const uint32_t last = end - 1 - port.base;
    if (!port.reads_cost || offset < port.tightly_coupled_bytes || last < offset ||
        last >= port.size_bytes)
      return std::nullopt;
    return Code{static_cast<uint32_t>(i), port.first_code_line + (offset >> code_shift_),
                port.first_code_line + (last >> code_shift_)};
  }
  return std::nullopt;
}

uint32_t MemoryTiming::fetch_lines(const Code& code, uint32_t block_cycles) {
  Port& port = ports_[code.memory];
  if (!port.instruction_cache) return fetch_uncached(port, code, block_cycles);
  const uint32_t cycles_per_line = block_cycles / (code.last_line - code.first_line + 1);
  uint32_t stall_cycles = 0;
  bool all_hit = true;
  for (uint32_t line = code.first_line; line <= code.last_line; ++line) {
    const SetCache::Outcome outcome = port.instruction_cache->read(line);
    if (outcome != SetCache::Outcome::kHit) {
      stall_cycles += wait_for_code(port, line, cycles_per_line);
      port.reads += reads_per_line(port, code_shift_);
      if (outcome == SetCache::Outcome::kMissDirty) stall_cycles += eviction_cycles_;
      all_hit = false;
    }
    current_line_ = line;
  }
  resident_first_ = all_hit ? code.first_line : kNoLine;
  resident_last_ = all_hit ? code.last_line : kNoLine;
  if (shared_cache_) newest_data_line_ = newest_dirty_line_ = kNoLine;
  return stall_cycles;
}

uint32_t MemoryTiming::fetch_uncached(Port& port, const Code& code, uint32_t block_cycles) {
  const uint32_t cycles_per_line = block_cycles / (code.last_line - code.first_line + 1);
  const uint32_t reads = reads_per_line(port, code_shift_);
  uint32_t stall_cycles = 0;
  for (uint32_t line = code.first_line; line <= code.last_line; ++line) {
    if (line == current_line_) continue;  // still in the read buffer of the memory
    stall_cycles += wait_for_code(port, line, cycles_per_line) * reads;
    port.reads += reads;
    current_line_ = line;
  }
  resident_first_ = resident_last_ = current_line_;
  return stall_cycles;
}

uint32_t MemoryTiming::wait_for_code(const Port& port, uint32_t line,
                                     uint32_t cycles_per_line) const {
  const bool prefetched = prefetch_ && port.prefetch && line == current_line_ + 1;
  // The prefetch of this line ran while the line before it was executed.
  return prefetched ? port.wait_cycles - std::min(port.wait_cycles, cycles_per_line)
                    : port.wait_cycles;
}

uint32_t MemoryTiming::reads_per_line(const Port& port, uint32_t line_shift) {
  return std::max(1u, (1u << line_shift) / port.read_bytes);
}

uint32_t MemoryTiming::read_lines(Port& port, uint32_t address, uint32_t bytes, uint32_t first,
                                  uint32_t last) {
  if (!port.data_cache) {
    const uint32_t words = ((address + bytes - 1) >> 2) - (address >> 2) + 1;
    port.reads += words;
    return words * port.wait_cycles;
  }
  last = std::min(last, last_data_line(port));
  uint32_t stall_cycles = 0;
  for (uint32_t line = first; line <= last; ++line) {
    const SetCache::Outcome outcome = port.data_cache->read(line);
    if (outcome == SetCache::Outcome::kHit) continue;
    stall_cycles += port.wait_cycles;
    port.reads += reads_per_line(port, data_shift_);
    if (outcome == SetCache::Outcome::kMissDirty) stall_cycles += eviction_cycles_;
  }
  note_data(last, kNoLine);
  return stall_cycles;
}

uint32_t MemoryTiming::write_lines(const Port& port, uint32_t first, uint32_t last) {
  if (!port.data_cache) return 0;  // the store buffer waits
  last = std::min(last, last_data_line(port));
  uint32_t stall_cycles = 0;
  for (uint32_t line = first; line <= last; ++line)
    if (port.data_cache->write(line) == SetCache::Outcome::kMissDirty)
      stall_cycles += eviction_cycles_;
  note_data(last, last);
  return stall_cycles;
}

void MemoryTiming::set_instruction_cache(bool on) {
  if (!instruction_cache_) return;
  if (!on) instruction_cache_->invalidate();
  instruction_cache_on_ = on;
  if (shared_cache_) data_cache_on_ = on;
  connect_caches();
}

void MemoryTiming::set_data_cache(bool on) {
  if (!data_cache_ || shared_cache_) return;
  if (!on) data_cache_->invalidate();
  data_cache_on_ = on;
  connect_caches();
}

void MemoryTiming::set_accelerator(bool instruction_cache, bool data_cache, bool prefetch) {
  set_instruction_cache(instruction_cache);
  set_data_cache(data_cache);
  set_prefetch(prefetch);
}

void MemoryTiming::set_wait_states(size_t memory, uint32_t wait_states) {
  Port& port = ports_[memory];
  if (port.reads_cost) port.wait_cycles = wait_states + port.bus_cycles;
}

void MemoryTiming::invalidate() {
  if (instruction_cache_) instruction_cache_->invalidate();
  if (data_cache_) data_cache_->invalidate();
  connect_caches();
}

// After a switch: whatever was known about resident lines may be wrong.
void MemoryTiming::connect_caches() {
  for (Port& port : ports_) {
    port.instruction_cache =
        port.code_cached && instruction_cache_on_ ? instruction_cache_.get() : nullptr;
    port.data_cache = port.data_cached && data_cache_on_ ? data_cache_.get() : nullptr;
  }
  current_line_ = resident_first_ = resident_last_ = kNoLine;
  newest_data_line_ = newest_dirty_line_ = kNoLine;
}

}  // namespace thimble::sim
