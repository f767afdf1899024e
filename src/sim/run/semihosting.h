// The few semihosting calls (BKPT 0xAB) that a bare-metal program needs: text output and the end of
// the program. Numbers from Arm's "Semihosting for AArch32 and AArch64", 2021.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/cpu/state.h"
#include "sim/soc/memory_map.h"

namespace thimble::sim {

inline constexpr uint16_t kSemihostingCall = 0xBEAB;  // the BKPT instruction

struct SemihostingResult {
  std::optional<int> exit_code;  // the program ended
  std::string output;
  uint32_t r0 = 0;  // the call's result
};

// `r0` is the operation, `r1` its argument. An unknown operation does nothing and returns -1.
SemihostingResult semihosting_call(uint32_t r0, uint32_t r1, const MemoryMap& memory);

}  // namespace thimble::sim
