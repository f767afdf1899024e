// Scratch memory that costs nothing: what lies idle in the arena while a layer runs.
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
// during the step, and whose output may lie where it lies. `ways`: by node. The arena stays as it
// is.
void use_idle_memory(Plan& plan, std::span<const std::vector<ops::Lowering>> ways);

}  // namespace thimble::plan
