// Benchmarks one network on one simulated board: plan, emit, build, run, compare.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "board/board.h"
#include "firmware/firmware.h"
#include "ir/graph.h"
#include "measure/measurement.h"
#include "plan/choice.h"

namespace thimble::measure {

struct BenchOptions {
  bool optimized_kernels = true;
  bool passes = true;     // rewrite the network with passes::optimize first
  plan::Choices choices;  // for the network as it is after that
  firmware::BuildOptions build;
  uint64_t max_cycles = 100'000'000'000;  // ends an endless loop; at 120 MHz a quarter of an hour
  std::filesystem::path keep;  // when set, the firmware's sources and ELF are copied there
  std::function<void(std::string_view stage)> on_stage;  // for the progress line
};

// What the generated code may use on the board.
ops::LowerTarget lower_target(const board::Board& board, const board::Core& core,
                              const BenchOptions& options);

// Every program is taken to need so much, until it has run.
inline constexpr uint32_t kMinStackBytes = 1024;

// Whether the weights and the arena alone fit: known before anything is compiled. Errors: as
// bench's.
base::Result<> check_fits_at_least(const ir::Graph& graph, const board::Board& board,
                                   const board::Core& core, const BenchOptions& options);

// `inputs`: raw tensors of Graph::inputs. The graph must pass ops::verify.
// Errors: kDoesNotFit (by how many bytes, and the layers to blame), kFault and kLimit from the run,
// kToolFailed and kNotFound from the compiler.
base::Result<Measurement> bench(const ir::Graph& graph, const board::Board& board,
                                const board::Core& core, std::span<const base::Bytes> inputs,
                                const BenchOptions& options);

}  // namespace thimble::measure
