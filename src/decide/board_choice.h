// Which boards meet a budget, and the smallest of them: every board is simulated.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "board/board.h"
#include "measure/bench.h"

namespace thimble::decide {

// What is not set does not count.
struct Budget {
  std::optional<double> latency_ms, energy_uj;
  std::optional<uint64_t> flash_bytes, ram_bytes;  // that the program takes
};

// What comes first among the boards that meet the budget.
enum class Order {
  kSize,  // flash and RAM of the part, together: what its price follows most
  kEnergy,
  kLatency,
};

struct Candidate {
  board::Board board;
  std::optional<measure::Measurement> measurement;  // none: the network does not run there,
  std::string reason;                               // because of this
  std::vector<std::string> misses;                  // "energy 3.20 mJ": what is above the budget

  bool meets() const { return measurement && misses.empty(); }
  uint64_t part_bytes() const;
};

// Boards of the catalog that are real parts.
base::Result<std::vector<board::Board>> real_boards();

// Simulates one inference on each board, several at once, and sorts: first those that meet the
// budget, then those that run, then the others, each in the order asked for. A board on which the
// network does not fit is a candidate with a reason; other errors are returned. `on_done` is called
// from several threads, one at a time.
base::Result<std::vector<Candidate>> compare_boards(
    const ir::Graph& graph, std::span<const base::Bytes> inputs, std::vector<board::Board> boards,
    const measure::BenchOptions& options, const Budget& budget, Order order,
    const std::function<void(size_t done)>& on_done);

}  // namespace thimble::decide
