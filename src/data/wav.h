// WAV files: RIFF with 8, 16, 24 or 32-bit integer or 32-bit float samples.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "data/features.h"

namespace thimble::data {

// The first channel. Errors: kMalformed with the byte, kUnsupported.
base::Result<Sound> read_wav(std::span<const std::byte> bytes);

}  // namespace thimble::data
