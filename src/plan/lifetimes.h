// Which tensors share a buffer and for how long each buffer lives.
#pragma once

#include <vector>

#include "plan/plan.h"

namespace thimble::plan {

// Fills Plan::buffers (offsets still 0) and Step::scratch from Plan::graph and Plan::steps. An
// output joins its input's buffer where the lowering allows it and nobody reads the input
// afterwards. Errors: kUnsupported when a node that must share memory with its input cannot.
base::Result<> find_buffers(Plan& plan);

}  // namespace thimble::plan
