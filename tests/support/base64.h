// Base64 (RFC 4648) of the golden files.
#pragma once

#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace thimble::testing {

// Errors: kMalformed (a character that is none of the 64, or a length that no encoder writes).
base::Result<base::Bytes> decode_base64(std::string_view text);

}  // namespace thimble::testing
