// Result<T>: a value, or an Error that explains why there is none.
#pragma once

#include <fmt/format.h>

#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace thimble::base {

template <typename T = void>
using Result = tl::expected<T, Error>;

using Unexpected = tl::unexpected<Error>;

// fail(ErrorCode::kMalformed, "tensor {} has {} bytes", name, n): an unexpected value for any
// Result.
template <typename... Args>
Unexpected fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Unexpected(Error(code, fmt::format(format, std::forward<Args>(args)...)));
}

// The same with an already built Error (to attach a hint).
inline Unexpected fail(Error error) {
  return Unexpected(std::move(error));
}

}  // namespace thimble::base

#define THIMBLE_CONCAT_(a, b) a##b
#define THIMBLE_CONCAT(a, b) THIMBLE_CONCAT_(a, b)

// Returns the error of a Result<void> or Result<T> whose value is not needed.
#define THIMBLE_TRY(expression)                                            \
  do {                                                                     \
    if (auto thimble_try_ = (expression); !thimble_try_)                   \
      return ::thimble::base::Unexpected(std::move(thimble_try_).error()); \
  } while (false)

// THIMBLE_ASSIGN(auto graph, import(bytes)): declares (or assigns) the value, or returns the error.
#define THIMBLE_ASSIGN(target, expression) \
  THIMBLE_ASSIGN_(THIMBLE_CONCAT(thimble_result_, __LINE__), target, expression)
#define THIMBLE_ASSIGN_(result, target, expression)                           \
  auto result = (expression);                                                 \
  if (!result) return ::thimble::base::Unexpected(std::move(result).error()); \
  target = std::move(*result)

// The same, adding a frame of context to the error: THIMBLE_TRY_IN(check(node), describe(node)).
#define THIMBLE_TRY_IN(expression, frame)                                            \
  do {                                                                               \
    if (auto thimble_try_ = (expression); !thimble_try_)                             \
      return ::thimble::base::Unexpected(std::move(thimble_try_).error().in(frame)); \
  } while (false)
