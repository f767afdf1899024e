// Builds small networks by hand, and compares a rewritten network with the original. For tests
// only.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/check.h"
#include "exec/executor.h"
#include "ir/graph.h"
#include "ops/op.h"

namespace thimble::passes::testing {

template <typename T>
base::Bytes bytes_of(const std::vector<T>& values) {
  const auto* data = reinterpret_cast<const std::byte*>(values.data());
  return {data, data + values.size() * sizeof(T)};
}

inline ir::Quantization quantized(float scale, int32_t zero_point = 0) {
  return {.scales = {scale}, .zero_points = {zero_point}, .axis = 0};
}

// Attributes of a convolution or, with the size of the filter added, of a pool.
inline ir::Attributes window(const std::string& padding, int64_t stride = 1,
                             const std::string& activation = "none") {
  return {{"padding", padding},       {"stride_h", stride},       {"stride_w", stride},
          {"dilation_h", int64_t{1}}, {"dilation_w", int64_t{1}}, {"activation", activation}};
}

class GraphMaker {
 public:
  ir::TensorId input(ir::DataType type, ir::Shape shape, ir::Quantization quantization = {}) {
    graph_.inputs.push_back(
        add({"input", type, std::move(shape), std::move(quantization), nullptr}));
    return graph_.inputs.back();
  }

  template <typename T>
  ir::TensorId constant(ir::DataType type, ir::Shape shape, const std::vector<T>& values,
                        ir::Quantization quantization = {}) {
    return add({"constant", type, std::move(shape), std::move(quantization),
                std::make_shared<const base::Bytes>(bytes_of(values))});
  }

  // The output has the type of the first input unless one is given, and the shape that follows.
  ir::TensorId node(std::string op, std::vector<ir::TensorId> inputs,
                    ir::Attributes attributes = {}, ir::Quantization quantization = {},
                    std::optional<ir::DataType> type = {}) {
    ir::Node made{op, "node", "test", std::move(inputs), {}, std::move(attributes)};
    made.outputs = {add({fmt::format("t{}", graph_.tensors.size()),
                         type.value_or(graph_.tensor(made.inputs[0]).type),
                         {},
                         std::move(quantization),
                         nullptr})};
    const ops::OpInfo* info = ops::find_op(op);
    const auto valid = info->verify(graph_, made);
    CHECK(valid, "{}: {}", op, valid.error().to_string());
    graph_.tensor(made.outputs[0]).shape = info->infer_shapes(graph_, made)->at(0);
    graph_.nodes.push_back(made);
    return made.outputs[0];
  }

  ir::TensorId reshape(ir::TensorId x, ir::Shape shape) {
    const ir::TensorId operand =
        constant(ir::DataType::kInt32, {static_cast<int32_t>(shape.size())}, shape);
    ir::Tensor output = graph_.tensor(x);
    output.name = "reshaped";
    output.shape = std::move(shape);
    const ir::TensorId id = add(std::move(output));
    graph_.nodes.push_back({"RESHAPE", "reshape", "test", {x, operand}, {id}, {}});
    return id;
  }

  const ir::Tensor& tensor(ir::TensorId id) const { return graph_.tensor(id); }

  ir::Graph finish(std::vector<ir::TensorId> outputs) {
    graph_.outputs = std::move(outputs);
    const auto valid = ops::verify(graph_);
    CHECK(valid, "{}", valid.error().to_string());
    return std::move(graph_);
  }

 private:
  ir::TensorId add(ir::Tensor tensor) { return graph_.add_tensor(std::move(tensor)); }

  ir::Graph graph_;
};

// Integers must be equal. Floats may differ by 1e-5 of the largest expected one.
inline void expect_same_values(const ir::Tensor& tensor, const base::Bytes& expected,
                               const base::Bytes& actual) {
  if (tensor.type != ir::DataType::kFloat32) {
    ASSERT_EQ(expected, actual);
    return;
  }
  ASSERT_EQ(expected.size(), actual.size());
  std::vector<float> a(expected.size() / sizeof(float)), b(a.size());
  std::memcpy(a.data(), expected.data(), expected.size());
  std::memcpy(b.data(), actual.data(), actual.size());
  float largest = 0;
  for (float value : a) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a[i], b[i], 1e-5f * largest + 1e-7f) << "element " << i;
}

// The rewritten network is valid and gives the same for the pattern and for random inputs.
inline void expect_same_outputs(const ir::Graph& original, const ir::Graph& rewritten,
                                uint64_t inputs) {
  auto expected = exec::Executor::create(original), actual = exec::Executor::create(rewritten);
  ASSERT_TRUE(expected) << expected.error().to_string();
  ASSERT_TRUE(actual) << actual.error().to_string() << "\n" << ir::print(rewritten);
  for (uint64_t seed = 0; seed < inputs; ++seed) {
    SCOPED_TRACE(fmt::format("input {}", seed));
    std::vector<base::Bytes> values;
    for (ir::TensorId id : original.inputs)
      values.push_back(seed == 0 ? exec::pattern_input(original.tensor(id))
                                 : exec::random_input(original.tensor(id), seed));
    const auto a = expected->run(values), b = actual->run(values);
    ASSERT_TRUE(a && b);
    ASSERT_EQ(a->size(), b->size());
    for (size_t i = 0; i < a->size(); ++i)
      expect_same_values(original.tensor(original.outputs[i]), (*a)[i], (*b)[i]);
    if (::testing::Test::HasFatalFailure()) {
      ADD_FAILURE() << ir::print(original) << "\n" << ir::print(rewritten);
      return;
    }
  }
}

}  // namespace thimble::passes::testing
