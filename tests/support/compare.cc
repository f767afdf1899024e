#include "tests/support/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/check.h"

namespace thimble::testing {
namespace {

// Calls f with a value of the C++ type.
template <typename F>
auto with_type(ir::DataType type, F f) {
  switch (type) {
    case ir::DataType::kFloat32:
      return f(float());
    case ir::DataType::kInt8:
      return f(int8_t());
    case ir::DataType::kUInt8:
    case ir::DataType::kBool:
      return f(uint8_t());
    case ir::DataType::kInt16:
      return f(int16_t());
    case ir::DataType::kInt32:
      return f(int32_t());
    case ir::DataType::kInt64:
      return f(int64_t());
    case ir::DataType::kFloat16:
      break;
  }
  CHECK(false, "no comparison for {}", ir::type_name(type));
}

}  // namespace

std::vector<double> to_numbers(const base::Bytes& bytes, ir::DataType type) {
  return with_type(type, [&](auto zero) {
    std::vector<decltype(zero)> values(bytes.size() / sizeof(zero));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(zero));
    return std::vector<double>(values.begin(), values.end());
  });
}

base::Bytes to_bytes(const std::vector<double>& numbers, ir::DataType type) {
  return with_type(type, [&](auto zero) {
    base::Bytes bytes(numbers.size() * sizeof(zero));
    for (size_t i = 0; i < numbers.size(); ++i) {
      auto value = static_cast<decltype(zero)>(numbers[i]);
      std::memcpy(bytes.data() + i * sizeof(value), &value, sizeof(value));
    }
    return bytes;
  });
}

std::string difference(const base::Bytes& ours, const base::Bytes& reference, ir::DataType type,
                       Tolerance tolerance) {
  if (ours.size() != reference.size())
    return fmt::format("{} bytes, the reference has {}", ours.size(), reference.size());
  std::vector<double> a = to_numbers(ours, type), b = to_numbers(reference, type);
  double largest = 0;
  for (double value : b) largest = std::max(largest, std::abs(value));
  double allowed = tolerance.relative * largest + tolerance.absolute;
  size_t count = 0, first = 0;
  double worst = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    double distance = std::abs(a[i] - b[i]);
    if (distance <= allowed) continue;
    if (count++ == 0) first = i;
    worst = std::max(worst, distance);
  }
  if (count == 0) return {};
  return fmt::format("{} of {} elements differ, first [{}]: {} instead of {}, at most by {}", count,
                     a.size(), first, a[first], b[first], worst);
}

}  // namespace thimble::testing
