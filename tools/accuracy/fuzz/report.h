// Finds where two simulators disagree, shortens the case, and describes it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "tools/accuracy/fuzz/simulators.h"

namespace thimble::accuracy {

// One line for each place in which two records differ; empty if none does.
std::string differences(const Record& qemu, const Record& ours, const Target& target);

// Index of the first case with different outcomes in the two simulators; nullopt: none.
std::optional<size_t> first_difference(const Outcome& qemu, const Outcome& ours, size_t cases,
                                       const Target& target);

// Replaces instructions by NOPs as long as the simulators still disagree.
base::Result<Case> minimise(const Simulators& simulators, Case test);

// The code, the initial registers and the differences.
base::Result<std::string> describe(const Simulators& simulators, const Case& test);

}  // namespace thimble::accuracy
