#include "tune/measure_candidates.h"

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>

#include "base/check.h"

namespace thimble::tune {
namespace {

using base::ErrorCode;
using base::Result;

// The board with more memory, where its map has room: what is measured need not fit together.
board::Board with_room(board::Board board) {
  constexpr uint64_t kRoom = uint64_t{4} << 20, kGap = 4096;
  for (board::Memory& memory : board.memories) {
    if (memory.name != board.code_memory && memory.name != board.data_memory) continue;
    uint64_t end = uint64_t{memory.base} + memory.size_bytes + kRoom;
    for (const board::Memory& other : board.memories)
      if (other.base > memory.base) end = std::min(end, uint64_t{other.base} - kGap);
    memory.size_bytes = std::max(memory.size_bytes, static_cast<uint32_t>(end - memory.base));
  }
  return board;
}

// One run of the network: of each layer the index of the candidate that it measures, if any.
using Assignment = std::vector<std::optional<size_t>>;

class Measurer {
 public:
  Measurer(const ir::Graph& graph, const board::Board& board, const board::Core& core,
           std::span<const base::Bytes> inputs, const Options& options, const Cache& cache,
           std::vector<Layer>& layers)
      : graph_(graph),
        board_(with_room(board)),
        core_(core),
        inputs_(inputs),
        options_(options),
        cache_(cache),
        layers_(layers) {}

  Result<Effort> run() {
    for (Layer& layer : layers_)
      for (Candidate& candidate : layer)
        candidate.cycles = candidate.has_code() ? cache_.find(candidate.signature) : 0;
    THIMBLE_TRY(measure([](const Candidate& c) { return !c.choice.weights_in_ram; }));
    for (Layer& layer : layers_) keep_fastest_ways_in_ram(layer);
    THIMBLE_TRY(measure([](const Candidate&) { return true; }));
    for (size_t i = 0; i < layers_.size(); ++i) {
      std::erase_if(layers_[i], [](const Candidate& c) { return !c.cycles; });
      if (layers_[i].empty())
        return base::fail(ErrorCode::kDoesNotFit, "layer {} ({}) does not fit {} in any way", i,
                          graph_.nodes[i].op, board_.name);
    }
    return effort_;
  }

 private:
  // RAM makes slow ways no better than fast ones.
  static void keep_fastest_ways_in_ram(Layer& layer) {
    constexpr size_t kWays = 3;
    std::vector<const Candidate*> in_flash;
    for (const Candidate& candidate : layer)
      if (!candidate.choice.weights_in_ram && candidate.cycles) in_flash.push_back(&candidate);
    std::ranges::stable_sort(in_flash, {}, [](const Candidate* c) { return *c->cycles; });
    if (in_flash.size() > kWays) in_flash.resize(kWays);
    std::vector<std::string> kept;
    for (const Candidate* candidate : in_flash) kept.push_back(candidate->choice.variant);
    std::erase_if(layer, [&](const Candidate& candidate) {
      return candidate.choice.weights_in_ram &&
             std::ranges::find(kept, candidate.choice.variant) == kept.end();
    });
  }

  // Measures the candidates that `wanted` names and that are not known.
  template <typename F>
  Result<> measure(F wanted) {
    std::vector<Assignment> assignments;
    for (size_t layer = 0; layer < layers_.size(); ++layer) {
      size_t run = 0;
      for (size_t i = 0; i < layers_[layer].size(); ++i) {
        if (layers_[layer][i].cycles || !wanted(layers_[layer][i])) continue;
        if (run == assignments.size()) assignments.emplace_back(layers_.size());
        assignments[run++][layer] = i;
      }
    }
    all_runs_ = done_runs_ + assignments.size();
    report();
    const size_t workers = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::future<Result<>>> running;
    for (size_t worker = 0; worker < workers; ++worker)
      running.push_back(std::async(std::launch::async, [&, worker]() -> Result<> {
        for (size_t i = worker; i < assignments.size(); i += workers) {
          THIMBLE_TRY(execute(assignments[i]));
          const std::lock_guard lock(mutex_);
          ++done_runs_;
          report();
        }
        return {};
      }));
    Result<> outcome;
    for (auto& worker : running) {
      Result<> result = worker.get();
      if (outcome && !result) outcome = std::move(result);
    }
    return outcome;
  }

  void report() const {
    if (options_.on_run && all_runs_ > 0) options_.on_run(done_runs_, all_runs_);
  }

  // Layers that have nothing to measure take the way that needs the least memory.
  plan::LayerChoice choice_of(size_t layer, const Assignment& assignment) const {
    if (assignment[layer]) return layers_[layer][*assignment[layer]].choice;
    return std::ranges::min_element(
               layers_[layer], {},
               [](const Candidate& c) { return std::tuple(c.weights_bytes, c.scratch_bytes); })
        ->choice;
  }

  // Halves what does not fit together; what does not fit alone stays without cycles.
  Result<> execute(const Assignment& assignment) {
    measure::BenchOptions bench = options_.bench;
    bench.passes = false;
    bench.keep.clear();
    bench.on_stage = nullptr;
    bench.choices.layers.clear();
    bench.choices.whole_layers = true;
    for (size_t layer = 0; layer < layers_.size(); ++layer)
      bench.choices.layers.push_back(choice_of(layer, assignment));
    auto measured = measure::bench(graph_, board_, core_, inputs_, bench);
    if (measured) return keep(assignment, *measured);
    if (measured.error().code != ErrorCode::kDoesNotFit)
      return base::fail(std::move(measured).error());
    std::vector<size_t> assigned;
    for (size_t layer = 0; layer < layers_.size(); ++layer)
      if (assignment[layer]) assigned.push_back(layer);
    if (assigned.size() < 2) return {};
    Assignment first = assignment, second = assignment;
    for (size_t i = 0; i < assigned.size(); ++i)
      (i < assigned.size() / 2 ? second : first)[assigned[i]].reset();
    THIMBLE_TRY(execute(first));
    return execute(second);
  }

  Result<> keep(const Assignment& assignment, const measure::Measurement& measured) {
    if (!measured.check.match)
      return base::fail(ErrorCode::kFault, "while tuning the outputs differed from the host's: {}",
                        measured.check.first_difference);
    for (const measure::LayerMeasurement& layer : measured.layers) {
      if (!assignment[layer.index]) continue;
      Candidate& candidate = layers_[layer.index][*assignment[layer.index]];
      CHECK(layer.kernel == candidate.choice.variant, "{} instead of {}", layer.kernel,
            candidate.choice.variant);
      candidate.cycles = layer.cycles;
      THIMBLE_TRY(cache_.store(candidate.signature, layer.cycles));
    }
    const std::lock_guard lock(mutex_);
    effort_.measured += static_cast<size_t>(
        std::ranges::count_if(assignment, [](const auto& index) { return index.has_value(); }));
    ++effort_.runs;
    return {};
  }

  const ir::Graph& graph_;
  const board::Board board_;
  const board::Core& core_;
  const std::span<const base::Bytes> inputs_;
  const Options& options_;
  const Cache& cache_;
  std::vector<Layer>& layers_;  // runs at the same time write different candidates
  std::mutex mutex_;            // guards what follows
  Effort effort_;
  size_t done_runs_ = 0, all_runs_ = 0;
};

}  // namespace

Result<Effort> measure_candidates(const ir::Graph& graph, const board::Board& board,
                                  const board::Core& core, std::span<const base::Bytes> inputs,
                                  const Options& options, const Cache& cache,
                                  std::vector<Layer>& layers) {
  return Measurer(graph, board, core, inputs, options, cache, layers).run();
}

}  // namespace thimble::tune
