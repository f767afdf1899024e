#include "sim/cpu/instruction_set.h"

namespace thimble::sim {

base::Result<InstructionSet> instruction_set(std::string_view core_name) {
  if (core_name == "cortex-m0" || core_name == "cortex-m0plus")
    return InstructionSet{.thumb2 = false, .dsp = false, .floats = false, .unaligned = false};
  if (core_name == "cortex-m3") return InstructionSet{.dsp = false, .floats = false};
  if (core_name == "cortex-m4") return InstructionSet{};
  if (core_name == "cortex-m7") return InstructionSet{.float_v5 = true, .doubles = true};
  if (core_name == "cortex-m33") return InstructionSet{.float_v5 = true, .armv8 = true};
  return base::fail(base::ErrorCode::kUnsupported, "the simulator cannot execute code for {}",
                    core_name);
}

}  // namespace thimble::sim
