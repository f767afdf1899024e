// What the pipeline model needs to know about one Thumb instruction, and the decoder that finds it.
#pragma once

#include <capstone/capstone.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "sim/timing/instruction_class.h"

namespace thimble::sim {

// Bits 0-15: r0 to pc. Bits 16-47: s0 to s31 (a double-precision register is two of them). Bit 48:
// the flags.
using RegisterSet = uint64_t;
inline constexpr unsigned kRegisterCount = 49;
inline constexpr RegisterSet kFlags = RegisterSet{1} << 48;

struct Instruction {
  InstructionClass kind = InstructionClass::kDataProcessing;
  uint8_t bytes = 2;
  uint8_t words = 0;             // moved by a load or store multiple
  uint8_t if_then_length = 0;    // IT: how many instructions it covers
  bool register_offset = false;  // single load or store, [r1, r2]
  bool shifts_left = false;      // the operand in `shifted`
  bool backward = false;         // a direct branch to a lower address
  uint32_t bank = 0;             // load with a constant offset: the offset's word, even or odd
  RegisterSet address = 0;       // a load or store computes its address from these
  RegisterSet shifted = 0;       // passes the shifter before anything else happens to it
  RegisterSet accumulator = 0;   // a multiply adds its product to these
  RegisterSet store_data = 0;    // goes to memory
  RegisterSet reads = 0;         // every register read, those above included
  RegisterSet results = 0;       // registers written, without an updated base
  RegisterSet base_update = 0;   // the address register that write-back changes

  bool sets_flags() const { return (results & kFlags) != 0; }
};

// Wraps a Capstone handle; one decoder is for one thread at a time.
class InstructionDecoder {
 public:
  // Errors: kToolFailed when the library refuses (a Capstone built without Arm).
  static base::Result<InstructionDecoder> create();

  // The instruction at the start of `code` (at least two bytes), whatever comes before it: a
  // conditional instruction inside an IT block looks like any other.
  Instruction decode(std::span<const std::byte> code, uint32_t address) const;

 private:
  struct CloseHandle {
    void operator()(csh* handle) const;
  };
  explicit InstructionDecoder(csh handle) : handle_(new csh(handle)) {}
  std::unique_ptr<csh, CloseHandle> handle_;
};

}  // namespace thimble::sim
