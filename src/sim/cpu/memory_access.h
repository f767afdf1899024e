// Handlers of loads and stores of core registers.
#pragma once

#include "sim/cpu/context.h"

namespace thimble::sim {

enum class LoadKind : uint8_t { kByte, kSignedByte, kHalf, kSignedHalf, kWord };
enum class StoreKind : uint8_t { kByte, kHalf, kWord };

// Where a single load or store goes: n + imm with or without write-back, n and then n += imm,
// n + (m << a), or imm itself (a literal).
enum class Addressing : uint8_t { kOffset, kPreIndexed, kPostIndexed, kRegister, kLiteral };

// The register is d. A word may be loaded to the program counter (d = 15): that is a jump.
Handler load_handler(LoadKind kind, Addressing addressing);
Handler load_pc_handler(Addressing addressing);
Handler store_handler(StoreKind kind, Addressing addressing);

// Registers d and m; the address as above, without kRegister.
Handler load_pair_handler(Addressing addressing);
Handler store_pair_handler(Addressing addressing);

// Base n, registers in the low 16 bits of imm, lowest first. `decrement`: the words end at the
// base instead of beginning there. Loading the program counter (bit 15) is a jump.
Handler load_multiple_handler(bool decrement, bool write_back);
Handler store_multiple_handler(bool decrement, bool write_back);

// LDREX and relatives: d from n + imm. STREX: stores m to n + imm, d becomes 0, or 1 if it failed.
Handler load_exclusive_handler(LoadKind kind);
Handler store_exclusive_handler(StoreKind kind);
Handler clear_exclusive_handler();

// Armv8-M load-acquire and store-release of d at n: aligned accesses without an offset.
Handler load_acquire_handler(LoadKind kind);
Handler store_release_handler(StoreKind kind);

}  // namespace thimble::sim
