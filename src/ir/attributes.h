// Attributes of a node: a small ordered list of named values.
//
// The IR knows nothing of operators: what an attribute means is said in ops/<op>/, which reads it
// into a struct of its own. That keeps the printer generic and an operator in one folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace thimble::ir {

using AttributeValue = std::variant<int64_t, double, std::string, std::vector<int64_t>>;

class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<std::string, AttributeValue>> values)
      : values_(values) {}

  void set(std::string name, AttributeValue value);

  // The value, or kMalformed when it is missing or of another type.
  base::Result<int64_t> get_int(std::string_view name) const;
  base::Result<double> get_float(std::string_view name) const;
  base::Result<std::string> get_string(std::string_view name) const;
  base::Result<std::vector<int64_t>> get_ints(std::string_view name) const;

  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  bool operator==(const Attributes&) const = default;

 private:
  template <typename T>
  base::Result<T> get(std::string_view name, std::string_view expected) const;

  std::vector<std::pair<std::string, AttributeValue>> values_;
};

}  // namespace thimble::ir
