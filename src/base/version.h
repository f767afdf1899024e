// Which Thimble this is.
#pragma once

#include <string_view>

namespace thimble::base {

// "0.1.0+1a2b3c4d5e6f": the release and the commit that last changed the program; with
// ".0123456789ab" after it when the sources differ from that commit. Two programs with the same
// version give the same results. Without git only the release.
std::string_view version();

}  // namespace thimble::base
