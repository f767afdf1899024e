// What the system registers of a core depend on.
#pragma once

#include <cstdint>

#include "board/board.h"

namespace thimble::sim {

enum class Architecture { kArmv6M, kArmv7M, kArmv8M };

struct CoreFeatures {
  Architecture architecture = Architecture::kArmv7M;
  bool fpu = false;     // the part has the core's unit
  bool caches = false;  // level 1, in the core
  uint32_t cpuid = 0;

  bool is_mainline() const { return architecture != Architecture::kArmv6M; }
};

CoreFeatures core_features(const board::Board& board, const board::Core& core);

}  // namespace thimble::sim
