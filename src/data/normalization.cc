#include "data/normalization.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace thimble::data {
namespace {

using base::Bytes;
using base::ErrorCode;
using base::Result;

// value * factor + offset for one channel, the Affine in the form in which it is computed.
struct Line {
  double factor, offset;
};

Result<std::vector<Line>> lines_of(const Affine& affine, const ir::Tensor& input) {
  const size_t channels = std::max({size_t{1}, affine.mean.size(), affine.std.size()});
  const auto innermost = input.shape.empty() ? size_t{1} : static_cast<size_t>(input.shape.back());
  for (const std::vector<double>* list : {&affine.mean, &affine.std})
    if (list->size() > 1 && list->size() != innermost)
      return base::fail(ErrorCode::kInvalidArgument,
                        "there are {} values for mean or std, but the network's input of shape {} "
                        "has {} channels",
                        list->size(), ir::shape_text(input.shape), innermost);
  auto at = [](const std::vector<double>& list, size_t i, double missing) {
    if (list.empty()) return missing;
    return list[list.size() == 1 ? 0 : i];
  };
  std::vector<Line> lines(channels);
  for (size_t i = 0; i < channels; ++i) {
    const double std = at(affine.std, i, 1);
    lines[i] = {affine.scale / std,
                (-affine.zero_point * affine.scale - at(affine.mean, i, 0)) / std};
  }
  return lines;
}

// The range of the type, so that 0 becomes its smallest and 255 its largest value; networks of
// int16 are symmetric, so that their 0 stays 0.
Line pixels_as_integers(ir::DataType type) {
  switch (type) {
    case ir::DataType::kInt8:
      return {1, -128};
    case ir::DataType::kInt16:
      return {32767.0 / 255.0, 0};
    default:
      return {1, 0};
  }
}

Result<std::vector<Line>> lines_to_store(ValueKind kind, const Normalization& normalization,
                                         const ir::Tensor& input) {
  const bool is_float = input.type == ir::DataType::kFloat32;
  if (!normalization && is_float)
    return std::vector<Line>{{kind == ValueKind::kPixels ? 1.0 / 255.0 : 1.0, 0}};
  if (!normalization && kind == ValueKind::kPixels)
    return std::vector<Line>{pixels_as_integers(input.type)};
  if (!normalization && kind == ValueKind::kIntegers) return std::vector<Line>{{1, 0}};

  THIMBLE_ASSIGN(std::vector<Line> lines, lines_of(normalization.value_or(Affine{}), input));
  if (is_float) return lines;
  if (!input.quantization.present() || !(input.scale() > 0))
    return base::fail(ErrorCode::kUnsupported,
                      "the network's input ({}) has no scale, so real numbers cannot be made {}",
                      input.name, ir::type_name(input.type));
  for (Line& line : lines)
    line = {line.factor / input.scale(), line.offset / input.scale() + input.zero_point()};
  return lines;
}

template <typename T>
bool store(std::span<const float> values, const std::vector<Line>& lines, Bytes& bytes) {
  bool finite = true;
  for (size_t i = 0; i < values.size(); ++i) {
    const Line& line = lines.size() == 1 ? lines[0] : lines[i % lines.size()];
    const double value = double{values[i]} * line.factor + line.offset;
    finite &= std::isfinite(value);
    T element;
    if constexpr (std::is_floating_point_v<T>) {
      element = static_cast<T>(value);
    } else {
      using Limits = std::numeric_limits<T>;
      // fmax and fmin drop a NaN, which no integer type can hold; `finite` tells.
      element = static_cast<T>(
          std::fmin(std::fmax(std::round(value), double{Limits::min()}), double{Limits::max()}));
    }
    std::memcpy(bytes.data() + i * sizeof(T), &element, sizeof(T));
  }
  return finite;
}

}  // namespace

Result<Bytes> to_input(std::span<const float> values, ValueKind kind,
                       const Normalization& normalization, const ir::Tensor& input) {
  if (values.size() != static_cast<size_t>(input.elements()))
    return base::fail(ErrorCode::kInvalidArgument,
                      "a sample has {} values, the network's input of shape {} has {}",
                      values.size(), ir::shape_text(input.shape), input.elements());
  THIMBLE_ASSIGN(const std::vector<Line> lines, lines_to_store(kind, normalization, input));
  Bytes bytes(input.bytes());
  bool finite = false;
  switch (input.type) {
    case ir::DataType::kFloat32:
      finite = store<float>(values, lines, bytes);
      break;
    case ir::DataType::kInt8:
      finite = store<int8_t>(values, lines, bytes);
      break;
    case ir::DataType::kUInt8:
      finite = store<uint8_t>(values, lines, bytes);
      break;
    case ir::DataType::kInt16:
      finite = store<int16_t>(values, lines, bytes);
      break;
    default:
      return base::fail(ErrorCode::kUnsupported,
                        "the network's input ({}) is {}; data sets feed float32, int8, uint8 and "
                        "int16",
                        input.name, ir::type_name(input.type));
  }
  if (!finite) return base::fail(ErrorCode::kMalformed, "a value is not a finite number");
  return bytes;
}

}  // namespace thimble::data
