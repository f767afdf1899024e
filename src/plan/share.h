// Fewer instances of kernels: layers that could use the same one do.
#pragma once

#include <span>

#include "plan/plan.h"

namespace thimble::plan {

// Calls that have KernelCall::shared_functions use the first of them; or all use their last and
// most general when a call has no other.
void share_functions(std::span<Step> steps);

}  // namespace thimble::plan
