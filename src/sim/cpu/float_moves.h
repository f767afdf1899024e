// Loads, stores and moves of the floating-point registers. Register numbers in an Operation are
// those of the first single-precision word.
#pragma once

#include "sim/cpu/decode.h"

namespace thimble::sim {

// Everything of the unit that is not arithmetic: encodings 1110 110x and 1110 1110 with bit 4 set.
void decode_float_move(uint32_t code, const Site& site, Decoded& out);

// VMOV of a constant.
void decode_float_constant(uint32_t code, bool doubles, Operation& op);

// VMOV between registers: m to d.
Handler float_copy(bool doubles);

}  // namespace thimble::sim
