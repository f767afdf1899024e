// A plan in the making: from nodes to steps, and from steps to places.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "ops/op.h"
#include "plan/bands.h"
#include "plan/plan.h"

namespace thimble::plan {

struct Draft {
  Plan plan;
  // By node: the ways to execute it that take the same flash, fastest first; empty where there is
  // no choice.
  std::vector<std::vector<ops::Lowering>> ways;

  std::optional<ops::Cost> total =
      {};  // of the whole graph; known once a layer was compared with it
};

// Lowers the graph's next node, in its way with the least scratch. `part.layer`: the node's index
// in the choices. Errors: as of the operator's lowering, with the node.
base::Result<> add_step(Draft& draft, Part part, const Choices& choices);

// Fills in what follows from Plan::graph, views, runs and steps.
base::Result<> place_buffers(Plan& plan);

}  // namespace thimble::plan
