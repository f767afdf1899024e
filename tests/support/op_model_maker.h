// Helps to write the catalogue of op_models.h: tensors whose quantization fits their data type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/support/op_models.h"
#include "tests/support/tflite_builder.h"

namespace thimble::testing {

using Shape = std::vector<int32_t>;

// Activations and weights: float and float, int8 and int8, int16 and int8, float and int8.
enum class Kind { kFloat, kInt8, kInt16, kHybrid };
inline constexpr Kind kNumberKinds[] = {Kind::kFloat, Kind::kInt8, Kind::kInt16};
inline constexpr Kind kAllKinds[] = {Kind::kFloat, Kind::kInt8, Kind::kInt16, Kind::kHybrid};

std::string kind_name(Kind kind);
schema::TensorType activation_type(Kind kind);

class OpModelMaker {
 public:
  // Named `op`_`kind`[_`variant`]; the seed of all its numbers follows from that name.
  OpModelMaker(const std::string& op, Kind kind, const std::string& variant = {});

  Kind kind() const { return kind_; }
  TfliteBuilder& builder() { return builder_; }
  base::Random& random() { return random_; }

  // Activations. Quantized kinds represent about [-range, range].
  TensorSpec activation(const Shape& shape, float range = 2.0f) const;
  int32_t input(const Shape& shape, float range = 2.0f);
  int32_t output(const Shape& shape, float range = 2.0f);
  int32_t constant(const Shape& shape, float range = 2.0f);

  // int32 numbers: shapes, axes, paddings.
  int32_t numbers(const std::vector<int32_t>& values, Shape shape = {});

  // Weights with one scale, or with one per index of `axis`.
  static constexpr int32_t kPerTensor = -1;
  int32_t weights(const Shape& shape, int32_t axis);

  // A bias for `weights` and the first input, with their scales.
  int32_t bias(int32_t weights);

  OpModel finish(int runs = 2);

 private:
  std::string name_;
  Kind kind_;
  base::Random random_;
  TfliteBuilder builder_;
};

// The catalogue in parts.
void add_convolution_models(std::vector<OpModel>& models);
void add_dense_models(std::vector<OpModel>& models);
void add_elementwise_models(std::vector<OpModel>& models);
void add_shape_models(std::vector<OpModel>& models);

}  // namespace thimble::testing
