// What a run of a network on a board gives: cycles, time, energy, flash and RAM, layer by layer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "ir/graph.h"

namespace thimble::measure {

struct LayerMeasurement {
  size_t index = 0;  // of the node in the graph
  std::string op, name;
  ir::Shape output_shape;
  uint64_t maccs = 0;
  uint64_t cycles = 0;
  uint64_t instructions = 0;
  uint64_t constant_bytes = 0;  // raw bytes of its weights and biases
  std::string kernel;           // the way of executing it (ops::Lowering); empty: no code
  bool weights_in_ram = false;
  uint64_t table_bytes = 0;    // what its kernels read from flash or were copied to RAM from there
  uint64_t scratch_bytes = 0;  // part of the arena while it runs
  // Of a layer without its weights of zero. Its time relative to the fastest way that has them is
  // known if both were measured.
  bool is_sparse = false;
  bool is_fastest_by_rule = false;
  std::optional<double> sparse_time = {};
  uint64_t flops = 0;
  uint64_t activation_bytes = 0;  // inputs read and outputs written, state included
  uint64_t live_bytes = 0;        // of the arena, that hold something needed while it runs
  double latency_ms = 0;
  double energy_uj = 0;
  double flash_energy_uj = 0;  // of it: reading the flash; 0 if the board does not say

  // 0 for a layer without multiply-accumulates.
  double cycles_per_macc() const {
    return maccs == 0 ? 0 : static_cast<double>(cycles) / static_cast<double>(maccs);
  }
};

// A piece of the arena. Steps are positions in Measurement::layers.
struct ArenaBuffer {
  uint64_t offset_bytes = 0, size_bytes = 0;
  uint64_t first_step = 0, last_step = 0;  // inclusive; outputs and state: one past the last layer
  std::vector<std::string> tensors;        // empty: scratch
};

struct FlashUse {
  uint64_t weights_bytes = 0;  // raw constant tensors, as the model stores them
  uint64_t code_bytes =
      0;  // everything else: code, multiplier tables, packing overhead, .data image
  uint64_t total_bytes() const { return weights_bytes + code_bytes; }
};

struct RamUse {
  uint64_t arena_bytes = 0;    // inputs, outputs, activations, state and scratch
  uint64_t stack_bytes = 0;    // high-water mark of the whole run
  uint64_t weights_bytes = 0;  // weights that are copied to RAM when the program starts
  uint64_t static_bytes = 0;   // .data and .bss without the arena and these weights
  uint64_t total_bytes() const { return arena_bytes + stack_bytes + weights_bytes + static_bytes; }
};

// The network's outputs on the board against the host executor's.
struct OutputCheck {
  bool match = false;
  bool exact = true;  // compared bit by bit (integers); false: within the float tolerance
  double largest_difference = 0;  // |board - host|, in real units for floats, in steps for integers
  std::string
      first_difference;  // "output 0 (Identity), element 3: board 12, host 13"; empty on match
};

struct Measurement {
  std::string model, board;
  bool simulated = true;
  int timing_version = 0;          // of the core's table
  int memory_timing_version = 0;   // sim::kMemoryTimingVersion
  double uncertainty_percent = 0;  // of the cycles, either way
  std::string uncertainty_basis;   // on what that rests
  std::string compiler;            // command line of the firmware's compilation

  uint64_t maccs = 0;           // of the model as given
  uint64_t maccs_executed = 0;  // of what was built
  uint64_t cycles = 0;          // one inference
  uint64_t instructions = 0;
  double latency_ms = 0;
  double energy_uj = 0;        // active power of the board times latency
  double flash_energy_uj = 0;  // of it: reading the flash; 0 if the board does not say
  uint64_t flash_reads = 0;
  double active_mw = 0;
  std::string power_source;  // where active_mw comes from
  uint64_t clock_hz = 0;

  FlashUse flash;
  RamUse ram;
  uint64_t board_flash_bytes = 0, board_ram_bytes = 0;
  OutputCheck check;
  std::vector<base::Bytes> outputs;  // raw tensors from the board
  std::vector<LayerMeasurement> layers;
  std::vector<ArenaBuffer> buffers;
};

}  // namespace thimble::measure
