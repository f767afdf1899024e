// Which instructions the simulated cores have.
#pragma once

#include <string_view>

#include "base/result.h"
#include "sim/cpu/context.h"

namespace thimble::sim {

// For the names of cores/*.toml. Errors: kUnsupported.
base::Result<InstructionSet> instruction_set(std::string_view core_name);

}  // namespace thimble::sim
