// Fewer instances of kernels: layers that could use the same one do.
#pragma once

#include <span>

#include "plan/plan.h"

namespace thimble::plan {

// Calls use the first of their KernelCall::shared_functions, unless all that could share it call the
// same function as it is.
void share_functions(std::span<Step> steps);

}  // namespace thimble::plan
