#include "frontend/tflite/text.h"

#include <algorithm>

namespace thimble::frontend {

constexpr size_t kMaxCharacters = 256;

std::string clean_text(const flatbuffers::String* text) {
  if (!text) return {};
  std::string clean(text->c_str(), std::min<size_t>(text->size(), kMaxCharacters));
  std::ranges::replace_if(
      clean, [](char c) { return c < ' ' || c > '~'; }, '?');
  return clean;
}

}  // namespace thimble::frontend
