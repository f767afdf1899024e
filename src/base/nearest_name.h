// What the user may have meant by a name that does not exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace thimble::base {

// The name with the fewest edits (insert, delete, replace a character, swap two) from `wanted`, or
// an empty string when none is close: more than a third of the letters would have to change.
std::string nearest_name(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace thimble::base
