// From instructions to operations.
//
// The decoders follow the encoding tables of the Armv7-M manual (DDI 0403E, chapters A5 to A7), one
// function a table. An encoding that the core does not have decodes to an operation that raises an
// undefined instruction; so do the unpredictable ones that would need the program counter as an
// operand. Operands that are constants at a given address (the program counter, literals) are
// computed here.
#pragma once

#include <cstdint>

#include "sim/cpu/condition.h"
#include "sim/cpu/context.h"

namespace thimble::sim {

// Where an instruction stands.
struct Site {
  const InstructionSet& features;
  uint32_t address = 0;
  bool in_if_then = false;

  uint32_t pc() const { return address + 4; }  // as an operand
  uint32_t aligned_pc() const { return pc() & ~3u; }
};

struct Decoded {
  Operation op;
  // The same without writing the flags, for when nobody reads them.
  Handler without_flags = nullptr;
  FlagSet writes_flags = 0;
  FlagSet surely_writes = 0;  // of these, when it executes
  FlagSet reads_flags = 0;
  bool ends_block = false;
  bool leaves_state = false;   // it ends the block whatever follows, and leaves d in the ITSTATE
  bool unconditional = false;  // executes in an IT block whatever its condition
  uint8_t if_then = 0;         // an IT instruction: first condition and mask; 0 for all others
  bool may_misalign_sp = false;
};

constexpr uint32_t bits(uint32_t value, unsigned high, unsigned low) {
  return value >> low & ((2u << (high - low)) - 1);
}
constexpr bool bit(uint32_t value, unsigned index) {
  return value >> index & 1;
}
constexpr uint8_t reg_at(uint32_t value, unsigned low) {
  return static_cast<uint8_t>(value >> low & 15);
}
constexpr uint32_t sign_extend(uint32_t value, unsigned width) {
  const uint32_t sign = 1u << (width - 1);
  return (value ^ sign) - sign;
}

Decoded decode_16(uint32_t code, const Site& site);
// `code`: the first half-word in the upper half.
Decoded decode_32(uint32_t code, const Site& site);

// Parts of decode_32. False: it is none of theirs.
bool decode_load_store(uint32_t code, const Site& site, Decoded& out);
bool decode_multiply(uint32_t code, const Site& site, Decoded& out);
bool decode_register_processing(uint32_t code, const Site& site, Decoded& out);
bool decode_saturate(uint32_t code, const Site& site, Decoded& out);
bool decode_float(uint32_t code, const Site& site, Decoded& out);
bool decode_control(uint32_t code, const Site& site, Decoded& out);

// NOP, WFE, WFI and SEV by their number; those not defined are NOPs.
void decode_hint(unsigned number, Decoded& out);

// Instructions that have a 16-bit form as well. `op` as the encodings number them.
Handler extension_handler(unsigned op);
Handler reversal_handler(unsigned op);
Handler multiply_low(bool sets_flags);

Decoded undefined();

}  // namespace thimble::sim
