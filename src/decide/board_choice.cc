#include "decide/board_choice.h"

#include <algorithm>
#include <mutex>

#include "base/parallel.h"
#include "base/text.h"
#include "tune/by_rule.h"

namespace thimble::decide {
namespace {

using base::grouped;
using measure::Measurement;

std::vector<std::string> misses_of(const Measurement& m, const Budget& budget) {
  std::vector<std::string> misses;
  if (budget.latency_ms && m.latency_ms > *budget.latency_ms)
    misses.push_back(fmt::format("latency {:.3g} ms", m.latency_ms));
  if (budget.energy_uj && m.energy_uj > *budget.energy_uj)
    misses.push_back(fmt::format("energy {:.3g} mJ", m.energy_uj / 1e3));
  if (budget.flash_bytes && m.flash.total_bytes() > *budget.flash_bytes)
    misses.push_back(fmt::format("flash {} B", grouped(m.flash.total_bytes())));
  if (budget.ram_bytes && m.ram.total_bytes() > *budget.ram_bytes)
    misses.push_back(fmt::format("RAM {} B", grouped(m.ram.total_bytes())));
  return misses;
}

// What a board cannot do is an answer; what the machine cannot do (no compiler) is an error.
bool is_answer(const base::Error& error) {
  return error.code == base::ErrorCode::kDoesNotFit || error.code == base::ErrorCode::kLimit ||
         error.code == base::ErrorCode::kUnsupported;
}

base::Result<Candidate> simulate(board::Board board, const ir::Graph& graph,
                                 std::span<const base::Bytes> inputs,
                                 const measure::BenchOptions& options, const Budget& budget) {
  Candidate candidate;
  candidate.board = std::move(board);
  THIMBLE_ASSIGN(const board::Core core, board::load_core(candidate.board.core));
  auto fits = measure::check_fits_at_least(graph, candidate.board, core, options);
  tune::Options tuning;
  tuning.bench = options;
  auto ruled = fits ? tune::bench_by_rule(graph, candidate.board, core, inputs, tuning)
                    : base::Unexpected(std::move(fits).error());
  if (!ruled) {
    if (!is_answer(ruled.error()))
      return base::fail(std::move(ruled).error().in("board " + candidate.board.name));
    candidate.reason = ruled.error().message;
    return candidate;
  }
  candidate.measurement = std::move(ruled->measurement);
  if (!candidate.measurement->check.match)
    return base::fail(base::ErrorCode::kFault, "board {}: outputs differ from the host's: {}",
                      candidate.board.name, candidate.measurement->check.first_difference);
  candidate.misses = misses_of(*candidate.measurement, budget);
  return candidate;
}

double sort_value(const Candidate& candidate, Order order) {
  if (order == Order::kSize || !candidate.measurement)
    return static_cast<double>(candidate.part_bytes());
  return order == Order::kEnergy ? candidate.measurement->energy_uj
                                 : candidate.measurement->latency_ms;
}

}  // namespace

uint64_t Candidate::part_bytes() const {
  return uint64_t{board.flash().size_bytes} + board.ram().size_bytes;
}

base::Result<std::vector<board::Board>> real_boards() {
  std::vector<board::Board> boards;
  for (const std::string& name : board::board_names()) {
    THIMBLE_ASSIGN(board::Board board, board::load_board(name));
    if (board.real) boards.push_back(std::move(board));
  }
  return boards;
}

base::Result<std::vector<Candidate>> compare_boards(
    const ir::Graph& graph, std::span<const base::Bytes> inputs, std::vector<board::Board> boards,
    const measure::BenchOptions& options, const Budget& budget, Order order,
    const std::function<void(size_t done)>& on_done) {
  std::vector<base::Result<Candidate>> results(boards.size(), Candidate{});
  std::mutex mutex;
  size_t done = 0;
  base::for_each_index(boards.size(), 0, [&](size_t i) {
    results[i] = simulate(std::move(boards[i]), graph, inputs, options, budget);
    const std::lock_guard lock(mutex);
    if (on_done) on_done(++done);
  });
  std::vector<Candidate> candidates;
  for (base::Result<Candidate>& result : results) {
    THIMBLE_ASSIGN(Candidate candidate, std::move(result));
    candidates.push_back(std::move(candidate));
  }
  std::ranges::stable_sort(candidates, std::less{}, [&](const Candidate& c) {
    const int rank = c.meets() ? 0 : c.measurement ? 1 : 2;
    // Parts of one size are told apart by what an inference costs.
    return std::tuple(rank, sort_value(c, order), c.measurement ? c.measurement->energy_uj : 0.0);
  });
  return candidates;
}

}  // namespace thimble::decide
