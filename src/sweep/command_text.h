// A point as a line for the shell, so that anybody can get the same result without a sweep.
#pragma once

#include <string>

#include "sweep/point.h"

namespace thimble::sweep {

// "cd '/a b' && thimble optimize ... && thimble bench ...".
std::string command_text(const Point& point);

}  // namespace thimble::sweep
