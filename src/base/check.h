// CHECK: our own bugs. Prints the condition and a message, then aborts. Never for bad input.
#pragma once

#include <fmt/format.h>

#include <string>

namespace thimble::base {
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const std::string& message);
}  // namespace thimble::base

// CHECK(condition) or CHECK(condition, "format {}", argument).
#define CHECK(condition, ...)                                                             \
  do {                                                                                    \
    if (!(condition)) [[unlikely]]                                                        \
      ::thimble::base::check_failed(__FILE__, __LINE__, #condition,                       \
                                    std::string(__VA_OPT__(::fmt::format(__VA_ARGS__)))); \
  } while (false)
