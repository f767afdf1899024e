#include "ir/attributes.h"

#include <algorithm>

namespace thimble::ir {

using base::ErrorCode;
using base::Result;

void Attributes::set(std::string name, AttributeValue value) {
  auto found = std::ranges::find(values_, name, [](const auto& entry) { return entry.first; });
  if (found != values_.end())
    found->second = std::move(value);
  else
    values_.emplace_back(std::move(name), std::move(value));
}

template <typename T>
Result<T> Attributes::get(std::string_view name, std::string_view expected) const {
  auto found = std::ranges::find(values_, name, [](const auto& entry) { return entry.first; });
  if (found == values_.end())
    return base::fail(ErrorCode::kMalformed, "attribute {} is missing", name);
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  return base::fail(ErrorCode::kMalformed, "attribute {} is not {}", name, expected);
}

Result<int64_t> Attributes::get_int(std::string_view name) const {
  return get<int64_t>(name, "an integer");
}
Result<double> Attributes::get_float(std::string_view name) const {
  return get<double>(name, "a real number");
}
Result<std::string> Attributes::get_string(std::string_view name) const {
  return get<std::string>(name, "a string");
}
Result<std::vector<int64_t>> Attributes::get_ints(std::string_view name) const {
  return get<std::vector<int64_t>>(name, "a list of integers");
}

}  // namespace thimble::ir
