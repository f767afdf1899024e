#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace thimble::base {

void check_failed(const char* file, int line, const char* condition, const std::string& message) {
  std::fprintf(stderr, "%s:%d: internal error: CHECK(%s) failed%s%s\nThis is a bug in Thimble.\n",
               file, line, condition, message.empty() ? "" : ": ", message.c_str());
  std::abort();
}

}  // namespace thimble::base
