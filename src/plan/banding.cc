#include "plan/banding.h"

#include <algorithm>

#include "plan/bands.h"
#include "plan/conflicts.h"
#include "plan/lifetimes.h"

namespace thimble::plan {
namespace {

using base::Result;

constexpr size_t kMaxRunLayers = 16;
constexpr size_t kMaxWork = 50'000'000;  // buffers looked at, over all estimates: about a second

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
    network.parts.push_back({step.layer, step.carries_rows});
  }
  return network;
}

// What a band is estimated with: scratch memory and overlap of its whole layer.
ops::Lowering sketched(const Plan& plan, Part part) {
  if (part.carries_rows) return {.calls = {{}}, .overlap = ops::Overlap{}};
  const ops::Lowering& whole = std::ranges::find(plan.steps, part.layer, &Step::layer)->lowering;
  ops::Lowering sketch{.calls = {}, .overlap = whole.overlap};
  for (const ops::KernelCall& call : whole.calls) {
    sketch.calls.emplace_back();
    sketch.calls.back().scratch_bytes = call.scratch_bytes;
  }
  return sketch;
}

Result<size_t> estimate(const Plan& plan, const BandedNetwork& network) {
  Plan sketch;
  sketch.graph = network.graph;
  sketch.views = network.views;
  sketch.runs = network.runs;
  for (size_t node = 0; node < network.graph.nodes.size(); ++node)
    sketch.steps.push_back({.node = node,
                            .layer = network.parts[node].layer,
                            .lowering = sketched(plan, network.parts[node])});
  THIMBLE_TRY(find_buffers(sketch));
  return sketch.least_arena_bytes();
}

}  // namespace

Result<std::vector<Banding>> find_bandings(const Plan& plan, std::span<const int32_t> band_counts) {
  std::vector<Banding> bandings;
  if (plan.steps.empty()) return bandings;
  const BandedNetwork network = network_of(plan);
  const size_t peak = peak_step(plan), peak_bytes = least_bytes(plan, peak);
  size_t work = 0;
  for (size_t layers = 1; layers <= std::min(kMaxRunLayers, plan.steps.size()); ++layers)
    for (size_t first = peak + 1 - std::min(peak + 1, layers); first <= peak; ++first) {
      const size_t last = first + layers - 1;
      if (last >= plan.steps.size()) break;
      for (int32_t bands : band_counts) {
        const auto banded = split_into_bands(network, first, last, bands);
        if (!banded) continue;
        work += banded->graph.nodes.size() * banded->graph.nodes.size();
        if (work > kMaxWork) return bandings;
        THIMBLE_ASSIGN(const size_t bytes, estimate(plan, *banded));
        if (bytes >= peak_bytes) continue;
        const size_t added = banded->graph.nodes.size() - network.graph.nodes.size();
        bandings.push_back({first, last, bands, added, bytes});
      }
    }
  return bandings;
}

Result<Draft> in_bands(const Plan& plan, const Banding& banding, const Choices& choices) {
  BandedNetwork network =
      *split_into_bands(network_of(plan), banding.first, banding.last, banding.bands);
  Draft draft;
  draft.plan.graph = std::move(network.graph);
  draft.plan.views = std::move(network.views);
  draft.plan.runs = std::move(network.runs);
  draft.plan.target = plan.target;
  for (const Part& part : network.parts) THIMBLE_TRY(add_step(draft, part, choices));
  return draft;
}

}  // namespace thimble::plan
