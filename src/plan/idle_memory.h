// How much scratch memory layers get: what lies idle in the arena anyway, and a little more.
#pragma once

#include <span>

#include "plan/plan.h"

namespace thimble::plan {

// Ways that take the same tables as `chosen`, so the same flash, fastest first.
std::vector<ops::Lowering> equal_ways(const ops::Lowerings& lowerings, const ops::Lowering& chosen,
                                      const ir::Graph& graph);

// The one of `ways` with the least scratch.
const ops::Lowering& leanest(std::span<const ops::Lowering> ways);

// Gives every step of a placed plan the fastest of its ways whose scratch fits beside what is live
// during the step, and whose output may lie where it lies, where that is faster than its own.
// `ways`: by node. The arena stays as it is.
void use_idle_memory(Plan& plan, std::span<const std::vector<ops::Lowering>> ways);

// The fastest ways whose layers need no more than `limit_bytes` together with what else is live.
// `ways` and the result: by node; null where there is no choice.
std::vector<const ops::Lowering*> ways_within(const Plan& lean, size_t limit_bytes,
                                              std::span<const std::vector<ops::Lowering>> ways);

}  // namespace thimble::plan
