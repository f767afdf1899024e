#include "ir/tensor.h"

#include <fmt/format.h>

#include "base/check.h"

namespace thimble::ir {
namespace {

struct TypeRow {
  DataType type;
  std::string_view name;
  size_t bytes;
  bool integer;
};

constexpr TypeRow kTypes[] = {
    {DataType::kFloat32, "float32", 4, false}, {DataType::kFloat16, "float16", 2, false},
    {DataType::kInt8, "int8", 1, true},        {DataType::kUInt8, "uint8", 1, true},
    {DataType::kInt16, "int16", 2, true},      {DataType::kInt32, "int32", 4, true},
    {DataType::kInt64, "int64", 8, true},      {DataType::kBool, "bool", 1, false},
};

const TypeRow& row(DataType type) {
  const TypeRow& found = kTypes[static_cast<size_t>(type)];
  CHECK(found.type == type);
  return found;
}

}  // namespace

std::string_view type_name(DataType type) {
  return row(type).name;
}
size_t type_bytes(DataType type) {
  return row(type).bytes;
}
bool is_integer(DataType type) {
  return row(type).integer;
}

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  for (int32_t extent : shape) count *= extent;
  return count;
}

std::string shape_text(const Shape& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

}  // namespace thimble::ir
