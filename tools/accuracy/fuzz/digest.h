// What QEMU makes of a fixed set of random cases, as one number for each core: so that a machine
// without QEMU can test the simulated cores against it.
#pragma once

#include "tools/accuracy/fuzz/simulators.h"

namespace thimble::accuracy {

inline constexpr size_t kDigestCases = 500;

// The cases of one core. The same for ever, as long as the generator is not changed.
std::vector<Case> digest_cases(const Target& target);

// CRC-32 of all that a case leaves, of all cases. Errors: kFault (not every case came to its end).
base::Result<uint32_t> digest_of(const Outcome& outcome, const Target& target);

}  // namespace thimble::accuracy
