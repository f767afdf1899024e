// Fewer instances of kernels: layers that could use the same one do.
#pragma once

#include <span>

#include "plan/plan.h"

namespace thimble::plan {

// Calls that have KernelCall::shared_functions use one of them: the most general if another call
// needs it anyway, else the first.
void share_functions(std::span<Step> steps);

}  // namespace thimble::plan
