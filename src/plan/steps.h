// From nodes to steps, and from steps to places.
#pragma once

#include "base/result.h"
#include "plan/plan.h"

namespace thimble::plan {

// `layer`: the node's index in the choices. Errors: as of the operator's lowering, with the node.
base::Result<Step> lower_step(const Plan& plan, size_t node, size_t layer, const Choices& choices);

// Fills in what follows from Plan::graph, views, runs and steps.
base::Result<> place_buffers(Plan& plan);

}  // namespace thimble::plan
