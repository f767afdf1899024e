#include "frontend/tflite/text.h"

#include "base/text.h"

namespace thimble::frontend {

std::string clean_text(const flatbuffers::String* text) {
  if (!text) return {};
  return base::printable({text->c_str(), text->size()});
}

}  // namespace thimble::frontend
