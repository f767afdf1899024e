#include "tests/support/op_model_maker.h"

#include <fmt/format.h>

#include <numeric>

#include "base/checksum.h"

namespace thimble::testing {
namespace {

using schema::TensorType;

size_t elements(const Shape& shape) {
  return static_cast<size_t>(std::accumulate(shape.begin(), shape.end(), 1, std::multiplies<>()));
}

uint64_t seed_of(const std::string& name) {
  return base::crc32(std::as_bytes(std::span(name)));
}

template <typename T>
base::Bytes random_integers(base::Random& random, size_t count, int64_t low, int64_t high) {
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(random.integer(low, high));
  return bytes_of(values);
}

base::Bytes random_floats(base::Random& random, size_t count, float range) {
  std::vector<float> values(count);
  for (float& value : values) value = random.uniform(-range, range);
  return bytes_of(values);
}

}  // namespace

std::string kind_name(Kind kind) {
  switch (kind) {
    case Kind::kFloat:
      return "float32";
    case Kind::kInt8:
      return "int8";
    case Kind::kInt16:
      return "int16";
    case Kind::kHybrid:
      return "hybrid";
  }
  return {};
}

TensorType activation_type(Kind kind) {
  switch (kind) {
    case Kind::kInt8:
      return TensorType::INT8;
    case Kind::kInt16:
      return TensorType::INT16;
    case Kind::kFloat:
    case Kind::kHybrid:
      break;
  }
  return TensorType::FLOAT32;
}

OpModelMaker::OpModelMaker(const std::string& op, Kind kind, const std::string& variant)
    : name_(op + "_" + kind_name(kind) + (variant.empty() ? "" : "_" + variant)),
      kind_(kind),
      random_(seed_of(name_)) {}

TensorSpec OpModelMaker::activation(const Shape& shape, float range) const {
  TensorSpec spec;
  spec.type = activation_type(kind_);
  spec.shape = shape;
  if (kind_ == Kind::kInt8) {
    // A little off the middle, as ranges of real networks are.
    spec.scales = {range / 127};
    spec.zero_points = {range > 3 ? -9 : 5};
  } else if (kind_ == Kind::kInt16) {
    spec.scales = {range / 32767};
  }
  return spec;
}

int32_t OpModelMaker::input(const Shape& shape, float range) {
  TensorSpec spec = activation(shape, range);
  spec.name = fmt::format("input{}", builder_.subgraph().inputs.size());
  return builder_.add_input(spec);
}

int32_t OpModelMaker::output(const Shape& shape, float range) {
  TensorSpec spec = activation(shape, range);
  spec.name = "output";
  return builder_.add_output(spec);
}

int32_t OpModelMaker::constant(const Shape& shape, float range) {
  TensorSpec spec = activation(shape, range);
  spec.name = "constant";
  if (spec.type == TensorType::INT8)
    spec.data = random_integers<int8_t>(random_, elements(shape), -128, 127);
  else if (spec.type == TensorType::INT16)
    spec.data = random_integers<int16_t>(random_, elements(shape), -32768, 32767);
  else
    spec.data = random_floats(random_, elements(shape), range);
  return builder_.add(spec);
}

int32_t OpModelMaker::numbers(const std::vector<int32_t>& values, Shape shape) {
  if (shape.empty()) shape = {static_cast<int32_t>(values.size())};
  return builder_.add({.name = "numbers",
                       .type = TensorType::INT32,
                       .shape = std::move(shape),
                       .data = bytes_of(values)});
}

int32_t OpModelMaker::weights(const Shape& shape, int32_t axis) {
  TensorSpec spec;
  spec.name = "weights";
  spec.shape = shape;
  if (kind_ == Kind::kFloat) {
    spec.data = random_floats(random_, elements(shape), 1);
    return builder_.add(spec);
  }
  spec.type = TensorType::INT8;
  spec.data = random_integers<int8_t>(random_, elements(shape), -127, 127);
  int32_t count = axis == kPerTensor ? 1 : shape[static_cast<size_t>(axis)];
  for (int32_t i = 0; i < count; ++i) spec.scales.push_back(random_.uniform(0.004f, 0.012f));
  spec.axis = axis == kPerTensor ? 0 : axis;
  return builder_.add(spec);
}

int32_t OpModelMaker::bias(int32_t weights) {
  const schema::TensorT& filter = builder_.tensor(weights);
  const schema::TensorT& input = builder_.tensor(builder_.subgraph().inputs[0]);
  // The output channels are the axis of the scales; it is also set when there is only one scale.
  size_t axis = filter.quantization ? static_cast<size_t>(filter.quantization->quantized_dimension)
                                    : (filter.shape[0] == 1 ? 3 : 0);
  TensorSpec spec;
  spec.name = "bias";
  spec.shape = {filter.shape[axis]};
  auto count = static_cast<size_t>(spec.shape[0]);
  if (kind_ == Kind::kFloat || kind_ == Kind::kHybrid) {
    spec.data = random_floats(random_, count, 1);
    return builder_.add(spec);
  }
  for (float scale : filter.quantization->scale)
    spec.scales.push_back(scale * input.quantization->scale[0]);
  // Up to about one in real terms.
  auto largest = static_cast<int64_t>(1 / spec.scales[0]);
  if (kind_ == Kind::kInt8) {
    spec.type = TensorType::INT32;
    spec.data = random_integers<int32_t>(random_, count, -largest, largest);
  } else {
    spec.type = TensorType::INT64;
    spec.data = random_integers<int64_t>(random_, count, -largest, largest);
  }
  return builder_.add(spec);
}

OpModel OpModelMaker::finish(int runs) {
  return {name_, builder_.finish(), runs};
}

}  // namespace thimble::testing
