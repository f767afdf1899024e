#include "plan/budget.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "ops/op.h"
#include "plan/bands.h"
#include "plan/conflicts.h"
#include "plan/lifetimes.h"

namespace thimble::plan {
namespace {

using base::Result;

constexpr size_t kMaxRuns = 3;        // of layers in bands
constexpr size_t kMaxRunLayers = 16;  // of one run
constexpr size_t kMaxTrials = 6;      // whole plans made to find one run
constexpr int32_t kBandCounts[] = {2, 3, 4, 6, 8, 12, 16, 24, 32, 48};

uint64_t maccs_of(const ir::Graph& graph) {
  uint64_t maccs = 0;
  for (const ir::Node& node : graph.nodes) maccs += ops::find_op(node.op)->cost(graph, node).maccs;
  return maccs;
}

size_t least_bytes(const Plan& plan, size_t step) {
  return least_bytes(plan.buffers, plan.overlaps, step);
}

// The step that needs most.
size_t peak_step(const Plan& plan) {
  size_t peak = 0;
  for (size_t step = 1; step < plan.steps.size(); ++step)
    if (least_bytes(plan, step) > least_bytes(plan, peak)) peak = step;
  return peak;
}

// The plan's network with its nodes in order of execution.
BandedNetwork network_of(const Plan& plan) {
  BandedNetwork network{plan.graph, {}, plan.views, plan.runs};
  network.graph.nodes.clear();
  for (const Step& step : plan.steps) {
    network.graph.nodes.push_back(plan.graph.nodes[step.node]);
    network.layer_of.push_back(step.layer);
  }
  return network;
}

class Fitter {
 public:
  Fitter(Draft& draft, const Choices& choices)
      : draft_(draft), plan_(draft.plan), choices_(choices), budget_(*choices.ram_budget_bytes) {}

  Result<> fit() {
    if (plan_.arena_bytes <= budget_) return {};
    const uint64_t maccs = maccs_of(plan_.graph);
    THIMBLE_TRY(use_less_scratch(plan_));
    THIMBLE_TRY(place_buffers(plan_));
    for (size_t run = 0; run < kMaxRuns && plan_.arena_bytes > budget_; ++run) {
      THIMBLE_ASSIGN(bool is_smaller, add_run());
      if (!is_smaller) break;
    }
    // Bands leave out rows that a pooling does not read, so there may even be fewer.
    const uint64_t maccs_in_bands = maccs_of(plan_.graph);
    plan_.repeated_maccs = maccs_in_bands - std::min(maccs, maccs_in_bands);
    if (plan_.arena_bytes <= budget_) return {};
    return base::fail(base::Error(
        base::ErrorCode::kDoesNotFit,
        fmt::format("the smallest arena found has {} B, {} B more than the budget",
                    base::grouped(plan_.arena_bytes), base::grouped(plan_.arena_bytes - budget_)),
        "the inputs of a layer and its outputs must fit at once, but for layers in bands"));
  }

 private:
  // Where a step needs more than the budget: its fastest way that does not, or the one that needs
  // least.
  Result<> use_less_scratch(Plan& plan) const {
    THIMBLE_TRY(find_buffers(plan));
    for (size_t i = 0; i < plan.steps.size(); ++i) {
      Step& step = plan.steps[i];
      if (least_bytes(plan, i) <= budget_ || is_chosen(step.layer)) continue;
      const ir::Node& node = plan.graph.nodes[step.node];
      THIMBLE_ASSIGN(const ops::Lowerings ways,
                     ops::find_op(node.op)->lower(plan.graph, node, plan.target));
      ops::Lowering best = step.lowering;
      size_t best_bytes = least_bytes(plan, i);
      for (const ops::Lowering* way : allowed_ways(ways, plan.graph, choices_.prefer)) {
        step.lowering = *way;
        THIMBLE_TRY(find_buffers(plan));
        const size_t bytes = least_bytes(plan, i);
        if (bytes >= best_bytes) continue;
        best_bytes = bytes;
        best = step.lowering;
        if (bytes <= budget_) break;
      }
      step.lowering = std::move(best);
      THIMBLE_TRY(find_buffers(plan));
    }
    return {};
  }

  bool is_chosen(size_t layer) const {
    return layer < choices_.layers.size() && !choices_.layers[layer].variant.empty();
  }

  struct Candidate {
    size_t first, last;  // nodes of network_of(plan_)
    int32_t bands;
    size_t bytes;  // estimated
    uint64_t maccs;
  };

  // Replaces the plan by one with a run more; false when none is smaller.
  Result<bool> add_run() {
    THIMBLE_ASSIGN(std::vector<Candidate> candidates, find_candidates());
    auto fits = [&](const Candidate& candidate) { return candidate.bytes <= budget_; };
    const auto end = std::ranges::stable_partition(candidates, fits).begin();
    std::ranges::stable_sort(candidates.begin(), end, {}, &Candidate::maccs);
    std::ranges::stable_sort(end, candidates.end(), {}, &Candidate::bytes);
    std::optional<Draft> smallest;
    for (size_t i = 0; i < std::min(kMaxTrials, candidates.size()); ++i) {
      // When one run is not enough, the best of those that leave something to do is begun with.
      if (smallest && !fits(candidates[i])) break;
      THIMBLE_ASSIGN(Draft draft, realize(candidates[i]));
      if (!smallest || draft.plan.arena_bytes < smallest->plan.arena_bytes)
        smallest = std::move(draft);
      if (smallest->plan.arena_bytes <= budget_) break;
    }
    if (!smallest || smallest->plan.arena_bytes >= plan_.arena_bytes) return false;
    draft_ = std::move(*smallest);
    return true;
  }

  // Runs that hold the peak, in any number of bands.
  Result<std::vector<Candidate>> find_candidates() const {
    std::vector<Candidate> candidates;
    const BandedNetwork network = network_of(plan_);
    const size_t peak = peak_step(plan_);
    const size_t steps = plan_.steps.size();
    for (size_t first = peak + 1 - std::min(peak + 1, kMaxRunLayers); first <= peak; ++first)
      for (size_t last = peak; last < std::min(steps, first + kMaxRunLayers); ++last)
        for (int32_t bands : kBandCounts) {
          auto banded = split_into_bands(network, first, last, bands);
          if (!banded) continue;
          THIMBLE_ASSIGN(const size_t bytes, estimate(*banded));
          if (bytes >= least_bytes(plan_, peak)) continue;
          candidates.push_back({first, last, bands, bytes, maccs_of(banded->graph)});
        }
    return candidates;
  }

  // Like the plan's arena if every band had the scratch memory and overlap of its whole layer.
  Result<size_t> estimate(const BandedNetwork& network) const {
    Plan sketch;
    sketch.graph = network.graph;
    sketch.views = network.views;
    sketch.runs = network.runs;
    for (size_t node = 0; node < network.graph.nodes.size(); ++node) {
      Step step;
      step.node = node;
      const ops::Lowering& whole = step_of_layer(network.layer_of[node]).lowering;
      step.lowering.overlap = whole.overlap;
      for (const ops::KernelCall& call : whole.calls) {
        step.lowering.calls.emplace_back();
        step.lowering.calls.back().scratch_bytes = call.scratch_bytes;
      }
      sketch.steps.push_back(std::move(step));
    }
    THIMBLE_TRY(find_buffers(sketch));
    return sketch.least_arena_bytes();
  }

  const Step& step_of_layer(size_t layer) const {
    return *std::ranges::find(plan_.steps, layer, &Step::layer);
  }

  Result<Draft> realize(const Candidate& candidate) const {
    BandedNetwork network =
        *split_into_bands(network_of(plan_), candidate.first, candidate.last, candidate.bands);
    Draft draft;
    draft.plan.graph = std::move(network.graph);
    draft.plan.views = std::move(network.views);
    draft.plan.runs = std::move(network.runs);
    draft.plan.target = plan_.target;
    for (size_t layer : network.layer_of) THIMBLE_TRY(add_step(draft, layer, choices_));
    THIMBLE_TRY(use_less_scratch(draft.plan));
    THIMBLE_TRY(place_buffers(draft.plan));
    return draft;
  }

  Draft& draft_;
  Plan& plan_;  // the draft's
  const Choices& choices_;
  const size_t budget_;
};

}  // namespace

Result<> fit_to_budget(Draft& draft, const Choices& choices) {
  return Fitter(draft, choices).fit();
}

}  // namespace thimble::plan
