// Random cases: code in which every instruction is valid, every branch goes forward (or around a
// loop a few times) and every access stays in the scratch memory, so that two right simulators
// agree.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "tools/accuracy/fuzz/case.h"

namespace thimble::accuracy {

// The case for a seed. `features` as in encoding.h; `scratch_base`: address of the scratch memory.
// The code must be placed at a multiple of four.
Case generate_case(uint32_t features, uint32_t scratch_base, uint64_t seed);

}  // namespace thimble::accuracy
