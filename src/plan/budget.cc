#include "plan/budget.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "ops/op.h"
#include "plan/banding.h"
#include "plan/conflicts.h"
#include "plan/lifetimes.h"

namespace thimble::plan {
namespace {

using base::Result;

constexpr size_t kMaxRuns = 3;    // of layers in bands
constexpr size_t kMaxTrials = 6;  // whole plans made to find one run
constexpr int32_t kBandCounts[] = {2, 3, 4, 6, 8, 12, 16, 24, 32, 48};

// A step more takes some 150 bytes of flash, a tenth of the RAM that it must save.
constexpr size_t kWorthOfStepBytes = 1536;
constexpr int32_t kWorthwhileBandCounts[] = {2, 3, 4};

size_t least_bytes(const Plan& plan, size_t step) {
  return least_bytes(plan.buffers, plan.overlaps, step);
}

class Fitter {
 public:
  Fitter(Draft& draft, const Choices& choices)
      : draft_(draft), plan_(draft.plan), choices_(choices), budget_(*choices.ram_budget_bytes) {}

  Result<> fit() {
    if (plan_.arena_bytes <= budget_) return {};
    THIMBLE_TRY(use_less_scratch(plan_));
    THIMBLE_TRY(place_buffers(plan_));
    for (size_t run = 0; run < kMaxRuns && plan_.arena_bytes > budget_; ++run) {
      THIMBLE_ASSIGN(bool is_smaller, add_run());
      if (!is_smaller) break;
    }
    if (plan_.arena_bytes <= budget_) return {};
    return base::fail(base::Error(
        base::ErrorCode::kDoesNotFit,
        fmt::format("the smallest arena found has {} B, the budget leaves {} B for it",
                    base::grouped(plan_.arena_bytes), base::grouped(budget_)),
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
                     lower_node(plan.graph, node, plan.target, choices_.sparse));
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

  // Replaces the plan by one with a run more; false when none is smaller.
  Result<bool> add_run() {
    THIMBLE_ASSIGN(std::vector<Banding> bandings, find_bandings(plan_, kBandCounts));
    auto fits = [&](const Banding& banding) { return banding.arena_bytes <= budget_; };
    const auto end = std::ranges::stable_partition(bandings, fits).begin();
    std::ranges::stable_sort(bandings.begin(), end, {}, &Banding::added_steps);
    std::ranges::stable_sort(end, bandings.end(), {}, &Banding::arena_bytes);
    std::optional<Draft> smallest;
    for (size_t i = 0; i < std::min(kMaxTrials, bandings.size()); ++i) {
      // When one run is not enough, the best of those that leave something to do is begun with.
      if (smallest && !fits(bandings[i])) break;
      THIMBLE_ASSIGN(Draft draft, in_bands(plan_, bandings[i], choices_));
      THIMBLE_TRY(use_less_scratch(draft.plan));
      THIMBLE_TRY(place_buffers(draft.plan));
      if (!smallest || draft.plan.arena_bytes < smallest->plan.arena_bytes)
        smallest = std::move(draft);
      if (smallest->plan.arena_bytes <= budget_) break;
    }
    if (!smallest || smallest->plan.arena_bytes >= plan_.arena_bytes) return false;
    draft_ = std::move(*smallest);
    return true;
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

Result<> take_worthwhile_bands(Draft& draft, const Choices& choices) {
  const auto price = [](size_t arena_bytes, size_t added_steps) {
    return arena_bytes + added_steps * kWorthOfStepBytes;
  };
  THIMBLE_ASSIGN(const std::vector<Banding> bandings,
                 find_bandings(draft.plan, kWorthwhileBandCounts));
  const auto best = std::ranges::min_element(bandings, {}, [&](const Banding& banding) {
    return price(banding.arena_bytes, banding.added_steps);
  });
  if (best == bandings.end()) return {};
  THIMBLE_ASSIGN(Draft banded, in_bands(draft.plan, *best, choices));
  THIMBLE_TRY(place_buffers(banded.plan));
  if (price(banded.plan.arena_bytes, best->added_steps) < draft.plan.arena_bytes)
    draft = std::move(banded);
  return {};
}

}  // namespace thimble::plan
