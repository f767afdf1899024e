// Random int8, int16 and float networks with many channels that cannot vary. For tests only.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "passes/graph_maker_test_support.h"

namespace thimble::passes::testing {

// Layers of random sizes and numbers; all draws come from one generator.
class RandomGraph {
 public:
  RandomGraph(uint64_t seed, ir::DataType type) : random_(seed), type_(type) {}

  ir::Graph make() {
    const int32_t height = draw(6, 12), width = draw(6, 12);
    ir::TensorId x = maker_.input(type_, {1, height, width, draw(1, 4)}, quantization());
    std::vector<ir::TensorId> earlier;
    const int32_t layers = draw(2, 9);
    for (int32_t i = 0; i < layers; ++i) {
      x = layer(x, earlier);
      earlier.push_back(x);
    }
    if (coin(25)) x = mean(x);
    if (coin(50)) x = maker_.reshape(x, {1, static_cast<int32_t>(maker_.tensor(x).elements())});
    const ir::TensorId hidden = dense(x, draw(1, 16));
    std::vector<ir::TensorId> outputs{dense(hidden, draw(1, 4))};
    if (coin(10)) outputs.push_back(hidden);
    return maker_.finish(outputs);
  }

 private:
  int32_t draw(int32_t low, int32_t high) {
    return static_cast<int32_t>(random_.integer(low, high));
  }
  bool coin(int32_t percent) { return draw(1, 100) <= percent; }
  bool is_wide() const { return type_ == ir::DataType::kInt16; }
  bool is_float() const { return type_ == ir::DataType::kFloat32; }

  std::string activation() { return coin(60) ? "relu" : coin(50) ? "none" : "relu6"; }

  ir::Attributes window_attributes() {
    ir::Attributes attributes = window(coin(50) ? "same" : "valid", draw(1, 2), activation());
    attributes.set("dilation_h", int64_t{draw(1, 2)});
    return attributes;
  }

  ir::Quantization quantization() {
    if (is_float()) return {};
    const int32_t zero_point = is_wide() ? 0 : coin(50) ? -128 : draw(-128, 127);
    return quantized(random_.uniform(0.01f, 0.1f), zero_point);
  }

  // Of values from 0 to 1.
  ir::Quantization unit_quantization() const {
    if (is_float()) return {};
    return is_wide() ? quantized(0x1p-15f) : quantized(0x1p-8f, -128);
  }

  const ir::Shape& shape(ir::TensorId id) const { return maker_.tensor(id).shape; }

  ir::TensorId layer(ir::TensorId x, const std::vector<ir::TensorId>& earlier) {
    const bool fits_window = shape(x)[1] > 4 && shape(x)[2] > 4;
    switch (draw(0, 18)) {
      case 0:
      case 1:
        return fits_window ? depthwise(x, draw(1, 2)) : x;
      case 2:
        return fits_window ? pool(x, coin(50) ? "MAX_POOL_2D" : "AVERAGE_POOL_2D") : x;
      case 3:
        return maker_.node(coin(50) ? "RELU" : "RELU6", {x}, {},
                           coin(50) ? quantization() : maker_.tensor(x).quantization);
      case 4:
        if (is_float()) return x;
        return maker_.node("QUANTIZE", {x}, {}, quantization());
      case 5:
        return add_constant(x);
      case 6:
        return pad(x);
      case 7:
      case 10:
        for (ir::TensorId other : earlier)
          if (shape(other) == shape(x) && other != x) return binary(x, other);
        return x;
      case 8:
        for (ir::TensorId other : earlier)
          if (shape(other) == shape(x) && other != x) return concatenation(other, x);
        return x;
      case 9:
        return maker_.reshape(x, {1, shape(x)[2], shape(x)[1], shape(x)[3]});
      case 11:
        return binary(mean(x), x);
      case 12:
        return maker_.node("TRANSPOSE", {x, index_constant({0, 2, 1, 3})}, {},
                           maker_.tensor(x).quantization);
      case 13:
        return maker_.node("SOFTMAX", {x}, {{"beta", 1.0}}, unit_quantization());
      case 14:
        return maker_.node("LOGISTIC", {x}, {}, unit_quantization());
      case 15:
        return maker_.node("LEAKY_RELU", {x}, {{"alpha", double{random_.uniform(-1, 1)}}},
                           quantization());
      default:
        return fits_window ? convolution(x, draw(1, 12)) : x;
    }
  }

  ir::TensorId convolution(ir::TensorId x, int32_t filters) {
    const int32_t kernel = draw(1, 3), in = shape(x)[3];
    return mac("CONV_2D", x, {filters, kernel, kernel, in}, 0, window_attributes());
  }

  ir::TensorId depthwise(ir::TensorId x, int32_t multiplier) {
    const int32_t kernel = draw(1, 3), in = shape(x)[3];
    ir::Attributes attributes = window_attributes();
    attributes.set("depth_multiplier", int64_t{multiplier});
    return mac("DEPTHWISE_CONV_2D", x, {1, kernel, kernel, in * multiplier}, 3, attributes);
  }

  ir::TensorId dense(ir::TensorId x, int32_t units) {
    const auto in = static_cast<int32_t>(maker_.tensor(x).elements());
    return mac("FULLY_CONNECTED", x, {units, in}, 0,
               {{"activation", activation()}, {"keep_num_dims", int64_t{0}}});
  }

  ir::TensorId binary(ir::TensorId a, ir::TensorId b) {
    const std::string op = coin(60) ? "ADD" : coin(50) ? "SUB" : "MUL";
    return maker_.node(op, {a, b}, {{"activation", activation()}}, quantization());
  }

  ir::TensorId index_constant(const std::vector<int32_t>& values) {
    return maker_.constant(ir::DataType::kInt32, {static_cast<int32_t>(values.size())}, values);
  }

  ir::TensorId add_constant(ir::TensorId x) {
    const int32_t channels = shape(x)[3];
    if (is_float()) {
      std::vector<float> values;
      for (int32_t i = 0; i < channels; ++i) values.push_back(random_.uniform(-1, 1));
      return binary(x, maker_.constant(type_, {channels}, values));
    }
    std::vector<int8_t> bytes(static_cast<size_t>(channels) * ir::type_bytes(type_));
    for (int8_t& byte : bytes) byte = static_cast<int8_t>(draw(-128, 127));
    return binary(x, maker_.constant(type_, {channels}, bytes, quantization()));
  }

  ir::TensorId pool(ir::TensorId x, std::string op) {
    ir::Attributes attributes = window(coin(50) ? "same" : "valid", draw(1, 2), activation());
    attributes.set("filter_h", int64_t{2});
    attributes.set("filter_w", int64_t{2});
    return maker_.node(std::move(op), {x}, attributes, maker_.tensor(x).quantization);
  }

  ir::TensorId concatenation(ir::TensorId a, ir::TensorId b) {
    const ir::Quantization common = maker_.tensor(a).quantization;
    if (!is_float()) b = maker_.node("QUANTIZE", {b}, {}, common);
    return maker_.node("CONCATENATION", {a, b}, {{"axis", int64_t{3}}, {"activation", "none"}},
                       common);
  }

  ir::TensorId pad(ir::TensorId x) {
    const std::vector<int32_t> paddings{0, 0, draw(0, 2), draw(0, 2), draw(0, 2), draw(0, 2), 0, 0};
    return maker_.node("PAD", {x, maker_.constant(ir::DataType::kInt32, {4, 2}, paddings)}, {},
                       maker_.tensor(x).quantization);
  }

  ir::TensorId mean(ir::TensorId x) {
    return maker_.node("MEAN", {x, index_constant({1, 2})}, {{"keep_dims", int64_t{1}}},
                       quantization());
  }

  // Of the output channels some clamp, some have no weights, some weights are zero for no reason.
  ir::TensorId mac(std::string op, ir::TensorId x, ir::Shape weights_shape, int32_t axis,
                   const ir::Attributes& attributes) {
    const int32_t channels = weights_shape[static_cast<size_t>(axis)];
    ir::Quantization scales{.scales = {}, .zero_points = {}, .axis = axis};
    const bool per_channel = coin(70);
    for (int32_t i = 0; i < (per_channel ? channels : 1); ++i) {
      scales.scales.push_back(random_.uniform(0.001f, 0.02f));
      scales.zero_points.push_back(0);
    }
    std::vector<int64_t> bias;
    std::vector<bool> is_empty;
    for (int32_t i = 0; i < channels; ++i) {
      const int32_t kind = draw(0, 9);
      const int32_t large = is_wide() ? 1'000'000'000 : 10'000'000;
      bias.push_back(kind == 0   ? -large
                     : kind == 1 ? large
                     : kind == 2 ? -(1 << 30)
                                 : draw(-3000, 3000));
      is_empty.push_back(kind == 3 || kind == 4);
    }
    const bool has_empty_columns = coin(30);
    std::vector<int8_t> weights;
    const int64_t row = weights_shape.back();
    int64_t step = 1;  // from one channel to the next
    for (size_t d = static_cast<size_t>(axis) + 1; d < weights_shape.size(); ++d)
      step *= weights_shape[d];
    for (int64_t i = 0; i < ir::element_count(weights_shape); ++i) {
      const bool is_zero = is_empty[static_cast<size_t>(i / step % channels)] || coin(10) ||
                           (has_empty_columns && i % row % 3 == 0);
      weights.push_back(static_cast<int8_t>(is_zero ? 0 : draw(-127, 127)));
    }
    if (is_float()) return float_mac(std::move(op), x, weights_shape, weights, bias, attributes);
    std::vector<ir::TensorId> inputs{
        x, maker_.constant(ir::DataType::kInt8, std::move(weights_shape), weights, scales)};
    if (is_wide() && coin(50))
      inputs.push_back(maker_.constant(ir::DataType::kInt64, {channels}, bias));
    else if (coin(85))
      inputs.push_back(maker_.constant(ir::DataType::kInt32, {channels},
                                       std::vector<int32_t>(bias.begin(), bias.end())));
    return maker_.node(std::move(op), std::move(inputs), attributes, quantization());
  }

  // With the same numbers, smaller.
  ir::TensorId float_mac(std::string op, ir::TensorId x, ir::Shape weights_shape,
                         const std::vector<int8_t>& weights, const std::vector<int64_t>& bias,
                         const ir::Attributes& attributes) {
    std::vector<float> values, biases;
    for (int8_t weight : weights) values.push_back(static_cast<float>(weight) / 256);
    for (int64_t value : bias)
      biases.push_back(std::abs(value) > 3000 ? 0 : static_cast<float>(value) / 2000);
    std::vector<ir::TensorId> inputs{x, maker_.constant(type_, std::move(weights_shape), values)};
    if (coin(85))
      inputs.push_back(maker_.constant(type_, {static_cast<int32_t>(biases.size())}, biases));
    return maker_.node(std::move(op), std::move(inputs), attributes);
  }

  base::Random random_;
  ir::DataType type_;
  GraphMaker maker_;
};

}  // namespace thimble::passes::testing
