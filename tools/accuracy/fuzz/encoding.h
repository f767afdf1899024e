// Instruction encodings written as the Arm manual prints them, and the random choice of an
// instruction that fits one.
//
// A pattern has 16 or 32 characters, spaces aside, from the highest bit of the first halfword on:
//   0 1      as they are
//   d e      general registers that the instruction writes; they differ
//   n m a    general registers that it reads
//   M        the same register as m, where an encoding holds it twice
//   x        any bit
// The bits of a letter make one number, wherever they stand.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace thimble::accuracy {

// What a core must have to know an instruction.
enum Feature : uint32_t {
  kV6M = 1u << 0,
  kV7M = 1u << 1,
  kDsp = 1u << 2,
  kSingle = 1u << 3,  // VFPv4, single precision
  kDouble = 1u << 4,
  kFpV5 = 1u << 5,  // what FPv5 added to VFPv4
  kV8M = 1u << 6,
};

enum Context : uint32_t {
  kAnywhere = 0,
  kOutsideIt = 1u << 0,  // UNPREDICTABLE in an IT block
  kRare = 1u << 1,       // slow or without operands: chosen less often
};

struct Encoding {
  std::string_view name;
  uint32_t features;  // all of them are needed
  std::string_view pattern;
  bool (*valid)(uint32_t word) = nullptr;  // false: UNPREDICTABLE, or another instruction
  uint32_t context = kAnywhere;
};

// Tables of everything but loads, stores and branches, whose operands depend on one another.
const std::vector<Encoding>& integer_encodings();
const std::vector<Encoding>& float_encodings();

// Which registers a random instruction may use.
struct RegisterChoice {
  uint32_t writable = 0;  // bit n: rn
  uint32_t readable = 0;
};

struct Instruction {
  uint32_t word = 0;
  int size_bytes = 2;
};

// A random valid instruction of this encoding. `choice` must hold two low registers of each kind.
Instruction random_instruction(const Encoding& encoding, const RegisterChoice& choice,
                               base::Random& random);

// A random set bit of `mask` below `limit`; there must be one.
uint32_t random_register(uint32_t mask, uint32_t limit, base::Random& random);

}  // namespace thimble::accuracy
