// What the pipeline model needs to know about one Thumb instruction, and the decoder that finds it.
#pragma once

#include <capstone/capstone.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"

namespace thimble::sim {

// Bits 0-15: r0 to pc. Bits 16-47: s0 to s31 (a double-precision register is two of them).
using RegisterSet = uint64_t;

enum class InstructionClass : uint8_t {
  kDataProcessing,  // also everything that fits nowhere else, and what does not decode
  kMultiply,        // 32-bit result, with or without accumulation
  kMultiplyLong,    // 64-bit result
  kDivide,
  kSystem,  // barriers, MRS, MSR
  kIfThen,
  kFloat,
  kFloatMultiplyAccumulate,
  kFloatDivide,  // and square root
  kFloatMovePair,
  kLoad,
  kStore,
  kLoadPair,  // LDRD, and VLDR of a double-precision register
  kStorePair,
  kLoadMultiple,  // LDM, POP
  kStoreMultiple,
  kFloatLoadMultiple,
  kFloatStoreMultiple,
  // Branches from here on.
  kBranch,
  kBranchConditional,
  kCompareBranch,   // CBZ, CBNZ
  kCall,            // BL
  kBranchRegister,  // BX, BLX, and data processing that writes the pc
  kPopPc,           // POP or LDM with the pc in its list
  kLoadPc,
  kTableBranch,
};

inline bool is_branch(InstructionClass c) {
  return c >= InstructionClass::kBranch;
}

struct Instruction {
  InstructionClass kind = InstructionClass::kDataProcessing;
  uint8_t bytes = 2;
  uint8_t words = 0;             // moved by a load or store multiple
  uint8_t if_then_length = 0;    // IT: how many instructions it covers
  bool register_offset = false;  // single load or store, [r1, r2]
  RegisterSet address = 0;       // a load or store computes its address from these
  RegisterSet reads = 0;         // every register read
  RegisterSet results = 0;       // registers written, without an updated base
  RegisterSet base_update = 0;   // the address register that write-back changes
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
