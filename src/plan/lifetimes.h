// For how long each tensor lives, which tensors have the same bytes, and which may lie over
// another.
#pragma once

#include <vector>

#include "plan/plan.h"

namespace thimble::plan {

// Fills Plan::buffers (offsets still 0), Plan::overlaps and Step::scratch from Plan::graph, views,
// runs and steps. The output of a node without code has its input's buffer. Errors: kUnsupported
// when that cannot be.
base::Result<> find_buffers(Plan& plan);

}  // namespace thimble::plan
