// The cells and radios that are compiled into the program, and the user's own files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::decide {

enum class Kind { kCell, kRadio };

// Names of what is known of a kind, sorted.
std::vector<std::string> names(Kind kind);

struct Description {
  std::string toml;
  std::string origin;  // for errors
};

// `name_or_path`: a name, whatever its letters' case, or a path that ends in .toml. Errors:
// kNotFound, with the nearest name.
base::Result<Description> find(Kind kind, std::string_view name_or_path);

}  // namespace thimble::decide
