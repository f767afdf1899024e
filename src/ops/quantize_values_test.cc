#include "ops/quantize_values.h"

#include <gtest/gtest.h>

namespace thimble::ops {
namespace {

ir::Tensor tensor_of(ir::Shape shape) {
  ir::Tensor tensor;
  tensor.shape = std::move(shape);
  return tensor;
}

template <typename T>
std::vector<T> elements(const ir::Tensor& tensor) {
  return {tensor.as<T>(), tensor.as<T>() + tensor.elements()};
}

TEST(ActivationQuantization, ZeroIsExact) {
  const ir::Quantization positive = activation_quantization({0.5f, 2.55f});
  EXPECT_FLOAT_EQ(positive.scales[0], 0.01f);
  EXPECT_EQ(positive.zero_points[0], -128);
  const ir::Quantization negative = activation_quantization({-2.55f, -1});
  EXPECT_EQ(negative.zero_points[0], 127);
  const ir::Quantization both = activation_quantization({-1.27f, 1.28f});
  EXPECT_EQ(both.zero_points[0], -1);
}

TEST(ActivationQuantization, OfNothingButZeros) {
  EXPECT_EQ(activation_quantization({0, 0}).scales[0], 1.0f);
}

TEST(QuantizeWeights, PerChannelAlongTheFirstAxis) {
  ir::Tensor tensor = tensor_of({2, 2});
  const std::vector<float> values = {1.27f, -0.01f, -12.7f, 0.04f};
  quantize_weights(values, {.axis = 0}, tensor);
  EXPECT_EQ(tensor.type, ir::DataType::kInt8);
  EXPECT_FLOAT_EQ(tensor.quantization.scales[0], 0.01f);
  EXPECT_FLOAT_EQ(tensor.quantization.scales[1], 0.1f);
  EXPECT_EQ(elements<int8_t>(tensor), (std::vector<int8_t>{127, -1, -127, 0}));
}

TEST(QuantizeWeights, PerChannelAlongTheLastAxis) {
  ir::Tensor tensor = tensor_of({1, 1, 2, 2});
  const std::vector<float> values = {1.27f, -12.7f, -0.01f, 0};
  quantize_weights(values, {.axis = 3}, tensor);
  EXPECT_EQ(tensor.quantization.axis, 3);
  EXPECT_EQ(elements<int8_t>(tensor), (std::vector<int8_t>{127, -127, -1, 0}));
}

TEST(QuantizeWeights, PerTensor) {
  ir::Tensor tensor = tensor_of({2, 2});
  const std::vector<float> values = {1.27f, -0.01f, -12.7f, 0};
  quantize_weights(values, {.per_channel = false}, tensor);
  EXPECT_EQ(tensor.quantization.scales.size(), 1u);
  EXPECT_EQ(elements<int8_t>(tensor), (std::vector<int8_t>{13, 0, -127, 0}));
}

TEST(QuantizeWeights, ChannelOfZeros) {
  ir::Tensor tensor = tensor_of({2, 1});
  quantize_weights(std::vector<float>{0, 2}, {.axis = 0}, tensor);
  EXPECT_EQ(tensor.quantization.scales[0], 1.0f);
  EXPECT_EQ(elements<int8_t>(tensor), (std::vector<int8_t>{0, 127}));
}

TEST(QuantizeBias, HasTheScaleOfTheProducts) {
  ir::Tensor tensor = tensor_of({2});
  const ir::Quantization weights{.scales = {0.5f, 0.25f}, .zero_points = {0, 0}};
  quantize_bias(std::vector<float>{1, -1}, 0.5f, weights, ir::DataType::kInt32, tensor);
  EXPECT_EQ(tensor.type, ir::DataType::kInt32);
  EXPECT_EQ(tensor.quantization.scales, (std::vector<float>{0.25f, 0.125f}));
  EXPECT_EQ(elements<int32_t>(tensor), (std::vector<int32_t>{4, -8}));
}

}  // namespace
}  // namespace thimble::ops
