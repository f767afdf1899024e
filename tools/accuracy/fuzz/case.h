// One test case of the differential fuzzer: initial registers and memory, and the code to run.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tools/accuracy/fuzz/encoding.h"

namespace thimble::accuracy {

inline constexpr uint32_t kScratchBytes = 256;
inline constexpr uint32_t kStackOffset = 192;  // of the stack pointer at start, in scratch memory

enum class PieceKind {
  kPlain,    // may be replaced by a NOP
  kControl,  // others rely on it: the counter of a loop, the index of a table
  kData,     // a table in the code
};

struct Piece {
  Instruction instruction;
  PieceKind kind = PieceKind::kPlain;
};

struct Case {
  std::array<uint32_t, 13> r{};
  uint32_t lr = 0;
  uint32_t apsr = 0;
  uint32_t fpscr = 0;
  std::array<uint32_t, 32> s{};
  std::array<uint32_t, kScratchBytes / 4> scratch{};
  std::vector<Piece> code;
};

}  // namespace thimble::accuracy
