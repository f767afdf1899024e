// Names out of an untrusted file, made fit for terminals, JSON and error messages.
#pragma once

#include <string>

#include "frontend/tflite/tflite_subset_generated.h"

namespace thimble::frontend {

// At most 256 characters of printable ASCII; any other byte becomes '?'. Empty for nullptr.
std::string clean_text(const flatbuffers::String* text);

}  // namespace thimble::frontend
