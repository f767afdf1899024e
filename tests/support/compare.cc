#include "tests/support/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/check.h"

namespace thimble::testing {
namespace {

template <typename T>
std::vector<double> numbers(const base::Bytes& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return {values.begin(), values.end()};
}

std::vector<double> numbers(const base::Bytes& bytes, ir::DataType type) {
  switch (type) {
    case ir::DataType::kFloat32:
      return numbers<float>(bytes);
    case ir::DataType::kInt8:
      return numbers<int8_t>(bytes);
    case ir::DataType::kUInt8:
    case ir::DataType::kBool:
      return numbers<uint8_t>(bytes);
    case ir::DataType::kInt16:
      return numbers<int16_t>(bytes);
    case ir::DataType::kInt32:
      return numbers<int32_t>(bytes);
    default:
      CHECK(false, "no comparison for {}", ir::type_name(type));
  }
}

}  // namespace

std::string difference(const base::Bytes& ours, const base::Bytes& reference, ir::DataType type,
                       Tolerance tolerance) {
  if (ours.size() != reference.size())
    return fmt::format("{} bytes, the reference has {}", ours.size(), reference.size());
  std::vector<double> a = numbers(ours, type), b = numbers(reference, type);
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
