// The condition codes of conditional instructions, and the flags that deciding one reads.
#pragma once

#include <cstdint>

#include "sim/cpu/state.h"

namespace thimble::sim {

// Sets of flags, for finding results that nobody looks at.
using FlagSet = uint8_t;
inline constexpr FlagSet kFlagN = 1;
inline constexpr FlagSet kFlagZ = 2;
inline constexpr FlagSet kFlagC = 4;
inline constexpr FlagSet kFlagV = 8;
inline constexpr FlagSet kFlagsNz = kFlagN | kFlagZ;
inline constexpr FlagSet kFlagsNzc = kFlagsNz | kFlagC;
inline constexpr FlagSet kAllFlags = kFlagsNzc | kFlagV;

inline constexpr unsigned kAlways = 14;

// Codes 0 to 14 as instructions encode them (Armv7-M manual, table A7-1).
template <unsigned kCode>
bool condition_holds(const CpuState& state) {
  constexpr unsigned kPair = kCode >> 1;
  bool holds = true;
  if constexpr (kPair == 0) holds = state.z == 0;
  if constexpr (kPair == 1) holds = state.c != 0;
  if constexpr (kPair == 2) holds = state.n >> 31 != 0;
  if constexpr (kPair == 3) holds = state.v != 0;
  if constexpr (kPair == 4) holds = state.c != 0 && state.z != 0;
  if constexpr (kPair == 5) holds = state.n >> 31 == state.v;
  if constexpr (kPair == 6) holds = state.z != 0 && state.n >> 31 == state.v;
  return kPair == 7 ? true : holds != static_cast<bool>(kCode & 1);
}

inline FlagSet flags_of_condition(unsigned code) {
  constexpr FlagSet kRead[8] = {
      kFlagZ, kFlagC, kFlagN, kFlagV, kFlagC | kFlagZ, kFlagN | kFlagV, kFlagsNz | kFlagV, 0};
  return kRead[code >> 1];
}

}  // namespace thimble::sim
