// How a plan saves memory, and what it gives for that.
#pragma once

#include "base/result.h"
#include "plan/steps.h"

namespace thimble::plan {

// Makes the plan's arena as small as the choices' budget: ways with less scratch memory, and where
// that does not help, layers in bands. Errors: kDoesNotFit with the smallest arena that was found;
// as of the operators' lowerings.
base::Result<> fit_to_budget(Draft& draft, const Choices& choices);

// Executes layers in bands where that saves much more RAM than it takes flash. Errors: as of the
// operators' lowerings.
base::Result<> take_worthwhile_bands(Draft& draft, const Choices& choices);

}  // namespace thimble::plan
