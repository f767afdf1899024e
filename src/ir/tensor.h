// Tensors of a Graph: type, shape, quantization and, for constants, the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace thimble::ir {

enum class DataType : uint8_t { kFloat32, kFloat16, kInt8, kUInt8, kInt16, kInt32, kInt64, kBool };

std::string_view type_name(DataType type);  // "int8"
size_t type_bytes(DataType type);           // bytes of one element
bool is_integer(DataType type);

// Dimensions, outermost first; images are NHWC. A scalar has no dimensions and one element.
using Shape = std::vector<int32_t>;

int64_t element_count(const Shape& shape);
std::string shape_text(const Shape& shape);  // "1x32x32x3", "scalar"

// real = scale * (integer - zero_point), per tensor (one scale) or per channel along `axis`.
struct Quantization {
  std::vector<float> scales;
  std::vector<int32_t> zero_points;  // as many as scales
  int32_t axis = 0;                  // meaningful when there is more than one scale

  bool present() const { return !scales.empty(); }
  bool per_channel() const { return scales.size() > 1; }
  bool operator==(const Quantization&) const = default;
};

struct Tensor {
  std::string name;
  DataType type = DataType::kFloat32;
  Shape shape;
  Quantization quantization;
  std::shared_ptr<const base::Bytes>
      data;                  // constants only: element_count * type_bytes, little endian
  bool is_variable = false;  // keeps its value between inferences (SVDF state)

  bool is_constant() const { return data != nullptr; }
  int64_t elements() const { return element_count(shape); }
  size_t bytes() const { return static_cast<size_t>(elements()) * type_bytes(type); }

  // Per-tensor quantization; only valid when quantization.present().
  float scale() const { return quantization.scales.front(); }
  int32_t zero_point() const { return quantization.zero_points.front(); }

  // The constant's elements; T must match `type` and the tensor must be constant.
  template <typename T>
  const T* as() const {
    return reinterpret_cast<const T*>(data->data());
  }
};

}  // namespace thimble::ir
