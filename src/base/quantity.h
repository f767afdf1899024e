// Numbers with a unit as people type them: "50ms", "2mJ", "256K".
#pragma once

#include <string_view>

#include "base/result.h"

namespace thimble::base {

// Errors: kInvalidArgument, with the units that are known. None of them takes a sign, infinity or
// NaN. A number without a unit is refused where there is no obvious one (time and energy).
Result<double> parse_seconds(std::string_view text);      // us, ms, s, min, h, d
Result<double> parse_microjoules(std::string_view text);  // uJ, mJ, J
Result<uint64_t> parse_bytes(std::string_view text);      // none or B, K, KB, KiB, M, MB, MiB: 1024

}  // namespace thimble::base
