// Random int8 and int16 networks with many channels that cannot vary, and the comparison of a
// rewritten network with the original. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "exec/executor.h"
#include "ir/graph.h"
#include "ops/op.h"

namespace thimble::passes::testing {

inline base::Bytes int8_bytes(const std::vector<int64_t>& values) {
  base::Bytes bytes;
  for (int64_t value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

template <typename T>
base::Bytes bytes_of(const std::vector<T>& values) {
  const auto* data = reinterpret_cast<const std::byte*>(values.data());
  return {data, data + values.size() * sizeof(T)};
}

// Adds layers of random sizes; every call draws from the same generator.
class RandomGraph {
 public:
  RandomGraph(uint64_t seed, ir::DataType type) : random_(seed), type_(type) {
    graph_.name = "random";
  }

  ir::TensorId input(ir::Shape shape) {
    graph_.inputs.push_back(add_activation(std::move(shape)));
    return graph_.inputs.back();
  }

  ir::TensorId conv(ir::TensorId x, int32_t filters) {
    const int32_t kernel = draw(1, 3);
    ir::Attributes attributes = window_attributes(kernel);
    const int32_t in = lanes(x);
    return mac("CONV_2D", x, {filters, kernel, kernel, in}, 0, filters, attributes);
  }

  ir::TensorId depthwise(ir::TensorId x, int32_t multiplier) {
    const int32_t kernel = draw(1, 3), out = lanes(x) * multiplier;
    ir::Attributes attributes = window_attributes(kernel);
    attributes.set("depth_multiplier", int64_t{multiplier});
    return mac("DEPTHWISE_CONV_2D", x, {1, kernel, kernel, out}, 3, out, attributes);
  }

  ir::TensorId dense(ir::TensorId x, int32_t units) {
    const auto in = static_cast<int32_t>(graph_.tensor(x).elements());
    ir::Attributes attributes{{"activation", activation()}, {"keep_num_dims", int64_t{0}}};
    return mac("FULLY_CONNECTED", x, {units, in}, 0, units, attributes);
  }

  ir::TensorId add(ir::TensorId a, ir::TensorId b) {
    return node("ADD", {a, b}, {{"activation", activation()}}, random_quantization());
  }

  ir::TensorId add_constant(ir::TensorId x) {
    ir::Tensor constant;
    constant.name = "constant";
    constant.type = type_;
    constant.shape = {lanes(x)};
    constant.quantization = random_quantization();
    base::Bytes bytes(constant.bytes());
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_.next());
    constant.data = std::make_shared<const base::Bytes>(std::move(bytes));
    return add(x, graph_.add_tensor(std::move(constant)));
  }

  ir::TensorId pool(ir::TensorId x, std::string op) {
    ir::Attributes attributes = window_attributes(2);
    attributes.set("filter_h", int64_t{2});
    attributes.set("filter_w", int64_t{2});
    return node(std::move(op), {x}, attributes, graph_.tensor(x).quantization);
  }

  ir::TensorId unary(ir::TensorId x, std::string op) {
    return node(std::move(op), {x}, {}, random_quantization());
  }

  ir::TensorId concatenation(ir::TensorId a, ir::TensorId b) {
    const ir::Quantization quantization = graph_.tensor(a).quantization;
    b = node("QUANTIZE", {b}, {}, quantization);
    return node("CONCATENATION", {a, b}, {{"axis", int64_t{3}}, {"activation", "none"}},
                quantization);
  }

  ir::TensorId pad(ir::TensorId x) {
    std::vector<int32_t> paddings{0, 0, draw(0, 2), draw(0, 2), draw(0, 2), draw(0, 2), 0, 0};
    return node("PAD", {x, index_constant({4, 2}, paddings)}, {}, graph_.tensor(x).quantization);
  }

  ir::TensorId mean(ir::TensorId x) {
    return node("MEAN", {x, index_constant({2}, {1, 2})}, {{"keep_dims", int64_t{1}}},
                random_quantization());
  }

  ir::TensorId reshape(ir::TensorId x, ir::Shape shape) {
    ir::Tensor output = graph_.tensor(x);
    output.name = "reshaped";
    output.shape = shape;
    const ir::TensorId id = graph_.add_tensor(std::move(output));
    graph_.nodes.push_back({"RESHAPE",
                            "reshape",
                            "test",
                            {x, index_constant({static_cast<int32_t>(shape.size())}, shape)},
                            {id},
                            {}});
    return id;
  }

  int32_t draw(int32_t low, int32_t high) {
    return static_cast<int32_t>(random_.integer(low, high));
  }
  int32_t lanes(ir::TensorId id) const { return graph_.tensor(id).shape.back(); }
  const ir::Shape& shape(ir::TensorId id) const { return graph_.tensor(id).shape; }

  ir::Graph finish(std::vector<ir::TensorId> outputs) {
    graph_.outputs = std::move(outputs);
    return std::move(graph_);
  }

 private:
  bool is_wide() const { return type_ == ir::DataType::kInt16; }
  bool coin(int32_t percent) { return draw(1, 100) <= percent; }

  std::string activation() { return coin(60) ? "relu" : coin(50) ? "none" : "relu6"; }

  ir::Attributes window_attributes(int32_t kernel) {
    ir::Attributes attributes{{"padding", coin(50) ? "same" : "valid"},
                              {"stride_h", int64_t{draw(1, 2)}},
                              {"stride_w", int64_t{draw(1, 2)}},
                              {"activation", activation()}};
    attributes.set("dilation_h", int64_t{kernel > 1 ? draw(1, 2) : 1});
    attributes.set("dilation_w", int64_t{1});
    return attributes;
  }

  ir::Quantization random_quantization() {
    return {.scales = {random_.uniform(0.01f, 0.1f)},
            .zero_points = {is_wide()  ? 0
                            : coin(50) ? -128
                                       : draw(-128, 127)},
            .axis = 0};
  }

  ir::TensorId add_activation(ir::Shape shape) {
    ir::Tensor tensor;
    tensor.name = fmt::format("t{}", graph_.tensors.size());
    tensor.type = type_;
    tensor.shape = std::move(shape);
    tensor.quantization = random_quantization();
    return graph_.add_tensor(std::move(tensor));
  }

  ir::TensorId index_constant(ir::Shape shape, const std::vector<int32_t>& values) {
    ir::Tensor tensor;
    tensor.name = "indices";
    tensor.type = ir::DataType::kInt32;
    tensor.shape = std::move(shape);
    tensor.data = std::make_shared<const base::Bytes>(bytes_of(values));
    return graph_.add_tensor(std::move(tensor));
  }

  // Of the output channels some clamp, some have no weights, some weights are zero for no reason.
  ir::TensorId mac(std::string op, ir::TensorId x, ir::Shape shape, int32_t axis, int32_t channels,
                   const ir::Attributes& attributes) {
    ir::Tensor weights;
    weights.name = "weights";
    weights.type = ir::DataType::kInt8;
    weights.shape = std::move(shape);
    const bool per_channel = coin(70);
    weights.quantization.axis = axis;
    for (int32_t i = 0; i < (per_channel ? channels : 1); ++i) {
      weights.quantization.scales.push_back(random_.uniform(0.001f, 0.02f));
      weights.quantization.zero_points.push_back(0);
    }
    std::vector<int32_t> bias;
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
    const bool has_zero_columns = coin(30);
    std::vector<int64_t> values;
    int64_t step = 1;  // from one channel to the next
    for (size_t d = static_cast<size_t>(axis) + 1; d < weights.shape.size(); ++d)
      step *= weights.shape[d];
    for (int64_t i = 0; i < weights.elements(); ++i) {
      const auto channel = static_cast<size_t>(i / step % channels);
      const bool zero =
          is_empty[channel] || coin(10) || (has_zero_columns && i % weights.shape.back() % 3 == 0);
      values.push_back(zero ? 0 : draw(-127, 127));
    }
    weights.data = std::make_shared<const base::Bytes>(int8_bytes(values));
    std::vector<ir::TensorId> inputs{x, graph_.add_tensor(std::move(weights))};
    if (coin(85)) {
      ir::Tensor tensor;
      tensor.name = "bias";
      tensor.type = ir::DataType::kInt32;
      tensor.shape = {channels};
      tensor.data = std::make_shared<const base::Bytes>(bytes_of(bias));
      if (is_wide() && coin(50)) {
        tensor.type = ir::DataType::kInt64;
        tensor.data = std::make_shared<const base::Bytes>(
            bytes_of(std::vector<int64_t>(bias.begin(), bias.end())));
      }
      inputs.push_back(graph_.add_tensor(std::move(tensor)));
    }
    return node(std::move(op), std::move(inputs), attributes, random_quantization());
  }

  ir::TensorId node(std::string op, std::vector<ir::TensorId> inputs, ir::Attributes attributes,
                    ir::Quantization quantization) {
    ir::Node made{op, "node", "test", std::move(inputs), {}, std::move(attributes)};
    ir::Tensor output;
    output.name = fmt::format("t{}", graph_.tensors.size());
    output.type = type_;
    output.quantization = std::move(quantization);
    made.outputs = {graph_.add_tensor(std::move(output))};
    const ops::OpInfo* info = ops::find_op(op);
    const auto valid = info->verify(graph_, made);
    CHECK(valid, "{}: {}", op, valid.error().to_string());
    graph_.tensor(made.outputs[0]).shape = info->infer_shapes(graph_, made)->at(0);
    graph_.nodes.push_back(made);
    return made.outputs[0];
  }

  base::Random random_;
  ir::DataType type_;
  ir::Graph graph_;
};

// The outputs of both are the same for the pattern and for random inputs.
inline void expect_same_outputs(const ir::Graph& original, const ir::Graph& rewritten,
                                uint64_t inputs) {
  auto expected = exec::Executor::create(original), actual = exec::Executor::create(rewritten);
  ASSERT_TRUE(expected) << expected.error().to_string();
  ASSERT_TRUE(actual) << actual.error().to_string() << "\n" << ir::print(rewritten);
  for (uint64_t seed = 0; seed < inputs; ++seed) {
    std::vector<base::Bytes> values;
    for (ir::TensorId id : original.inputs)
      values.push_back(seed == 0 ? exec::pattern_input(original.tensor(id))
                                 : exec::random_input(original.tensor(id), seed));
    const auto a = expected->run(values), b = actual->run(values);
    ASSERT_TRUE(a && b);
    ASSERT_EQ(*a, *b) << "input " << seed << "\n"
                      << ir::print(original) << "\n"
                      << ir::print(rewritten);
  }
}

}  // namespace thimble::passes::testing
