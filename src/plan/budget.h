// A plan whose arena is not larger than a budget, at a price in time.
#pragma once

#include "base/result.h"
#include "plan/plan.h"

namespace thimble::plan {

// First takes ways of execution with less scratch memory where the budget is exceeded, then
// executes runs of layers around the peak in bands, with the fewest multiplications repeated that
// are enough. Errors: kDoesNotFit, saying how small an arena was found; as of the operators'
// lowering.
base::Result<Plan> fit_to_budget(Plan plan, const Choices& choices);

}  // namespace thimble::plan
