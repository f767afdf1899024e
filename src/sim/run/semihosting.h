// Semihosting (BKPT 0xAB): what a program without an operating system asks of the machine it is
// debugged from. Enough for the C library's start-up, printf, clock and exit; there is a console
// but no file of the host, and time is virtual, so that a run depends on nothing but the program.
//
// Arm, "Semihosting for AArch32 and AArch64", 2021.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/soc/memory_map.h"

namespace thimble::sim {

inline constexpr uint16_t kSemihostingCall = 0xBEAB;  // the BKPT instruction

struct SemihostingResult {
  std::optional<int> exit_code;  // the program ended
  std::string output;
  uint32_t r0 = 0;  // the call's result
};

class Semihosting {
 public:
  // `clock_hz`: of the processor, for the clocks that the program may ask for.
  explicit Semihosting(uint64_t clock_hz) : clock_hz_(clock_hz) {}

  // `operation` is in r0, `argument` in r1; `cycles` since reset. An unknown operation does nothing
  // and returns -1. May write to the program's RAM.
  SemihostingResult call(uint32_t operation, uint32_t argument, uint64_t cycles,
                         const MemoryMap& memory);

 private:
  uint32_t fail(uint32_t error);
  uint32_t open(const std::string& name, uint32_t mode);
  uint32_t read(uint32_t handle, uint32_t address, uint32_t bytes, const MemoryMap& memory);
  uint32_t command_line(uint32_t block, const MemoryMap& memory);

  uint64_t clock_hz_;
  uint32_t error_ = 0;              // what SYS_ERRNO tells
  uint32_t features_position_ = 0;  // in the one file that there is
};

}  // namespace thimble::sim
