// A plan whose arena is not larger than a budget, at a price in time.
#pragma once

#include "base/result.h"
#include "plan/steps.h"

namespace thimble::plan {

// Changes the draft of a placed plan only if its arena is larger than the choices' budget. First
// takes ways of execution with less scratch memory, then executes runs of layers around the peak in
// bands, with the fewest multiplications repeated that are enough. Errors: kDoesNotFit, saying how
// small an arena was found; as of the operators' lowering.
base::Result<> fit_to_budget(Draft& draft, const Choices& choices);

}  // namespace thimble::plan
