#include "sim/soc/core_features.h"

namespace thimble::sim {
namespace {

struct Identity {
  std::string_view core;
  Architecture architecture;
  uint32_t cpuid;
};

// CPUID of the technical reference manuals: DDI 0484 (r0p1), DDI 0337 (r2p1), DDI 0439 (r0p1),
// DDI 0489 (r1p1), 100230 (r0p4).
constexpr Identity kIdentities[] = {
    {"cortex-m0plus", Architecture::kArmv6M, 0x410CC601},
    {"cortex-m3", Architecture::kArmv7M, 0x412FC231},
    {"cortex-m4", Architecture::kArmv7M, 0x410FC241},
    {"cortex-m7", Architecture::kArmv7M, 0x411FC271},
    {"cortex-m33", Architecture::kArmv8M, 0x410FD214},
};

}  // namespace

CoreFeatures core_features(const board::Board& board, const board::Core& core) {
  CoreFeatures features;
  features.fpu = board.fpu && !core.fpu.empty();
  features.caches = core.name == "cortex-m7";
  for (const Identity& identity : kIdentities) {
    if (identity.core != core.name) continue;
    features.architecture = identity.architecture;
    features.cpuid = identity.cpuid;
  }
  return features;
}

}  // namespace thimble::sim
