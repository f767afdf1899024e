// Pictures of the ten digits in the fonts of a folder.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "tools/digits/image.h"

namespace thimble::digits {

struct Typeface {
  std::string family;                         // "DejaVu Serif"
  std::array<std::vector<Image>, 10> digits;  // each in several weights, cropped to its ink
};

// Every TrueType or OpenType font below `folder` that has ten different digits, ordered by path.
// Errors: kNotFound without any.
base::Result<std::vector<Typeface>> read_typefaces(const std::filesystem::path& folder);

}  // namespace thimble::digits
