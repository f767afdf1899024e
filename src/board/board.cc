#include "board/board.h"

#include <algorithm>
#include <bit>
#include <set>

#include "base/check.h"
#include "board/toml.h"

namespace thimble::board {
namespace {

// Everything from here up belongs to the processor (System Control Space, debug).
constexpr int64_t kSystemSpace = 0xE0000000;
// Memories start and end on pages of the simulator's processor.
constexpr int64_t kPageBytes = 1024;

uint32_t read_power_of_two(TomlTable& table, std::string_view key) {
  const auto value = static_cast<uint32_t>(table.integer(key, 4, 256));
  if (!std::has_single_bit(value)) table.reject(key, "must be a power of two");
  return value;
}

Memory read_memory(TomlTable& table) {
  Memory memory;
  memory.name = table.string("name");
  memory.kind =
      table.choice("kind", {"flash", "ram"}) == "flash" ? MemoryKind::kFlash : MemoryKind::kRam;
  memory.base = static_cast<uint32_t>(table.integer("base", 0, kSystemSpace - 1));
  memory.size_bytes = static_cast<uint32_t>(table.integer("size_bytes", kPageBytes, kSystemSpace));
  memory.wait_states = static_cast<uint32_t>(table.integer("wait_states", 0, 100));
  memory.source = table.string("source");
  if (table.has("bus_cycles"))
    memory.bus_cycles = static_cast<uint32_t>(table.integer("bus_cycles", 0, 100));
  // What an access to the memory delivers matters only if somebody waits for it.
  if (memory.wait_states + memory.bus_cycles > 0 || table.has("read_bytes"))
    memory.read_bytes = read_power_of_two(table, "read_bytes");
  if (table.has("prefetch")) memory.prefetch = table.boolean("prefetch");
  if (table.has("tightly_coupled_bytes"))
    memory.tightly_coupled_bytes =
        static_cast<uint32_t>(table.integer("tightly_coupled_bytes", 0, memory.size_bytes));
  if (memory.base % kPageBytes != 0) table.reject("base", "must be a multiple of 1024");
  if (memory.size_bytes % kPageBytes != 0) table.reject("size_bytes", "must be a multiple of 1024");
  if (int64_t{memory.base} + memory.size_bytes > kSystemSpace)
    table.reject("size_bytes", "the memory reaches into the processor's own 0xE0000000");
  table.close();
  return memory;
}

void reject_clash(TomlTable& table, const Memory& memory, const std::vector<Memory>& others) {
  for (const Memory& other : others) {
    if (memory.name == other.name)
      table.reject("name", fmt::format("there are two memories '{}'", memory.name));
    if (uint64_t{memory.base} < uint64_t{other.base} + other.size_bytes &&
        uint64_t{other.base} < uint64_t{memory.base} + memory.size_bytes) {
      table.reject("base", fmt::format("memory '{}' overlaps '{}', which is 0x{:08x} to 0x{:08x}",
                                       memory.name, other.name, other.base,
                                       uint64_t{other.base} + other.size_bytes - 1));
    }
  }
}

std::vector<Memory> read_memories(TomlTable& root) {
  std::vector<Memory> memories;
  for (TomlTable& table : root.tables("memory")) {
    Memory memory = read_memory(table);
    reject_clash(table, memory, memories);
    memories.push_back(std::move(memory));
  }
  return memories;
}

// The name of a memory of the given kind, as `key` says it.
std::string read_memory_name(TomlTable& root, std::string_view key, MemoryKind kind,
                             const std::vector<Memory>& memories) {
  std::vector<std::string> names;
  for (const Memory& memory : memories) {
    if (memory.kind == kind) names.push_back(memory.name);
  }
  return root.choice(key, names);
}

CacheServes read_serves(TomlTable& table) {
  const std::string serves = table.choice("serves", {"instructions", "data", "both"});
  if (serves == "instructions") return CacheServes::kInstructions;
  return serves == "data" ? CacheServes::kData : CacheServes::kBoth;
}

void reject_geometry(TomlTable& table, const Cache& cache) {
  const uint32_t set_bytes = cache.line_bytes * cache.ways;
  if (set_bytes == 0) return;  // already a problem
  if (cache.size_bytes % set_bytes != 0 || !std::has_single_bit(cache.size_bytes / set_bytes))
    table.reject("size_bytes",
                 fmt::format("{} bytes are no power of two of sets of {} bytes (line_bytes x ways)",
                             cache.size_bytes, set_bytes));
}

Cache read_cache(TomlTable& table, const std::vector<std::string>& memory_names) {
  Cache cache;
  cache.serves = read_serves(table);
  cache.memories = table.choices("memories", memory_names);
  cache.size_bytes = static_cast<uint32_t>(table.integer("size_bytes", 4, 1 << 24));
  cache.line_bytes = read_power_of_two(table, "line_bytes");
  cache.ways = static_cast<uint32_t>(table.integer("ways", 1, 1024));
  cache.replacement = table.choice("replacement", {"lru", "random"}) == "lru"
                          ? Replacement::kLeastRecentlyUsed
                          : Replacement::kRandom;
  if (cache.serves != CacheServes::kInstructions) {
    cache.write_back = table.boolean("write_back");
    if (cache.write_back)
      cache.eviction_cycles = static_cast<uint32_t>(table.integer("eviction_cycles", 0, 1000));
  }
  cache.enabled = table.boolean("enabled");
  cache.source = table.string("source");
  reject_geometry(table, cache);
  table.close();
  return cache;
}

bool overlap(CacheServes a, CacheServes b) {
  return a == b || a == CacheServes::kBoth || b == CacheServes::kBoth;
}

// [[cache]], or nothing: a board without caches has no such table.
std::vector<Cache> read_caches(TomlTable& root, const std::vector<Memory>& memories) {
  std::vector<Cache> caches;
  if (!root.has("cache")) return caches;
  std::vector<std::string> names;
  for (const Memory& memory : memories) names.push_back(memory.name);
  for (TomlTable& table : root.tables("cache")) {
    Cache cache = read_cache(table, names);
    for (const Cache& other : caches)
      if (overlap(cache.serves, other.serves))
        table.reject("serves", "an earlier [[cache]] already serves these accesses");
    caches.push_back(std::move(cache));
  }
  return caches;
}

Power read_power(TomlTable table) {
  Power power;
  power.active_mw = table.number("active_mw", 0, 1e6);
  power.sleep_mw = table.number("sleep_mw", 0, 1e6);
  if (table.has("flash_read_nj")) power.flash_read_nj = table.number("flash_read_nj", 0, 1e6);
  power.supply_v = table.number("supply_v", 0.1, 1000);
  power.source = table.string("source");
  table.close();
  return power;
}

Uncertainty read_uncertainty(TomlTable table) {
  Uncertainty uncertainty;
  uncertainty.percent = table.number("percent", 0.1, 100);
  uncertainty.basis = table.string("basis");
  table.close();
  return uncertainty;
}

}  // namespace

const Memory& Board::memory(std::string_view memory_name) const {
  auto found = std::find_if(memories.begin(), memories.end(),
                            [&](const Memory& memory) { return memory.name == memory_name; });
  CHECK(found != memories.end(), "board {} has no memory '{}'", name, memory_name);
  return *found;
}

base::Result<Board> parse_board(std::string_view toml, std::string_view origin) {
  THIMBLE_ASSIGN(auto document, TomlDocument::parse(toml, origin));
  TomlTable root = document.root();
  Board board;
  board.toml = toml;
  board.name = root.string("name");
  board.description = root.string("description");
  board.core = root.choice("core", core_names());
  if (root.has("real")) board.real = root.boolean("real");
  board.fpu = root.boolean("fpu");
  board.clock_hz = static_cast<uint64_t>(root.integer("clock_hz", 1'000, 10'000'000'000));
  if (root.has("family"))
    board.family = root.choice("family", {"generic", "stm32l4", "stm32f4", "stm32f7", "stm32h7",
                                          "stm32u5", "stm32g0", "nrf52", "nrf53"});
  board.memories = read_memories(root);
  board.code_memory = read_memory_name(root, "code_memory", MemoryKind::kFlash, board.memories);
  board.data_memory = read_memory_name(root, "data_memory", MemoryKind::kRam, board.memories);
  board.caches = read_caches(root, board.memories);
  board.power = read_power(root.table("power"));
  root.close();
  THIMBLE_TRY(document.status());

  THIMBLE_ASSIGN(const Core core, load_core(board.core));
  if (board.fpu && core.fpu.empty())
    root.reject("fpu", fmt::format("the core {} has no floating-point unit", board.core));
  THIMBLE_TRY(document.status());
  return board;
}

const Uncertainty& Core::uncertainty(const Board& board) const {
  const bool plain =
      board.caches.empty() && board.flash().wait_states == 0 && board.ram().wait_states == 0;
  return plain ? without_wait_states : with_wait_states;
}

base::Result<Core> parse_core(std::string_view toml, std::string_view origin) {
  THIMBLE_ASSIGN(auto document, TomlDocument::parse(toml, origin));
  TomlTable root = document.root();
  Core core;
  core.name = root.string("name");
  core.description = root.string("description");
  core.cpu = root.string("cpu");
  core.fpu = root.string("fpu");
  if (core.fpu == "none") core.fpu.clear();
  core.dsp = root.boolean("dsp");
  core.timing_version = static_cast<int>(root.integer("timing_version", 1, 1'000'000));
  core.timing_toml = toml;
  root.table("timing");  // sim/timing reads it
  TomlTable uncertainty = root.table("uncertainty");
  core.without_wait_states = read_uncertainty(uncertainty.table("without_wait_states"));
  core.with_wait_states = read_uncertainty(uncertainty.table("with_wait_states"));
  uncertainty.close();
  root.close();
  THIMBLE_TRY(document.status());
  return core;
}

}  // namespace thimble::board
