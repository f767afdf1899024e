// Runs one operator on values written in the test. For tests only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "ops/op.h"

namespace thimble::ops::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

inline ir::Quantization quantized(float scale, int32_t zero_point = 0) {
  return {.scales = {scale}, .zero_points = {zero_point}, .axis = 0};
}

template <typename T>
constexpr ir::DataType data_type() {
  if constexpr (std::is_same_v<T, float>) return ir::DataType::kFloat32;
  if constexpr (std::is_same_v<T, int8_t>) return ir::DataType::kInt8;
  if constexpr (std::is_same_v<T, uint8_t>) return ir::DataType::kUInt8;
  if constexpr (std::is_same_v<T, int16_t>) return ir::DataType::kInt16;
  if constexpr (std::is_same_v<T, uint16_t>) return ir::DataType::kFloat16;
  return ir::DataType::kInt32;
}

// A node with its operands. Operands are added in the node's order; the output's shape comes from
// the operator.
class OneOp {
 public:
  explicit OneOp(std::string op, ir::Attributes attributes = {}) : info_(find_op(op)) {
    CHECK(info_, "{}", op);
    graph_.nodes.push_back({op, "node", "the test's node", {}, {}, std::move(attributes)});
    ir::Tensor output;
    output.name = "output";
    graph_.nodes[0].outputs.push_back(graph_.add_tensor(std::move(output)));
  }

  template <typename T>
  OneOp& input(ir::Shape shape, std::vector<T> values, ir::Quantization quantization = {}) {
    add<T>("input", std::move(shape), values, std::move(quantization));
    return *this;
  }

  template <typename T>
  OneOp& constant(ir::Shape shape, std::vector<T> values, ir::Quantization quantization = {}) {
    ir::Tensor& tensor = add<T>("constant", std::move(shape), values, std::move(quantization));
    tensor.data = std::make_shared<const base::Bytes>(values_.back());
    return *this;
  }

  template <typename T>
  OneOp& state(ir::Shape shape, std::vector<T> values, ir::Quantization quantization = {}) {
    add<T>("state", std::move(shape), values, std::move(quantization)).is_variable = true;
    return *this;
  }

  OneOp& absent() {
    graph_.nodes[0].inputs.push_back(ir::kNoTensor);
    values_.emplace_back();
    return *this;
  }

  template <typename T>
  OneOp& output(ir::Quantization quantization = {}) {
    graph_.tensor(graph_.nodes[0].outputs[0]).type = data_type<T>();
    graph_.tensor(graph_.nodes[0].outputs[0]).quantization = std::move(quantization);
    return *this;
  }

  // The output's shape, or why the operator refuses the node.
  base::Result<ir::Shape> shape() const {
    THIMBLE_TRY(info_->verify(graph_, graph_.nodes[0]));
    THIMBLE_ASSIGN(const std::vector<ir::Shape> shapes,
                   info_->infer_shapes(graph_, graph_.nodes[0]));
    return shapes.at(0);
  }

  // "" when the operator takes the node.
  std::string error() const {
    auto result = shape();
    return result ? "" : result.error().to_string();
  }

  // Executes the node; state is kept from run to run.
  template <typename T>
  std::vector<T> run() {
    auto inferred = shape();
    CHECK(inferred, "{}", inferred.error().to_string());
    ir::Tensor& output = graph_.tensor(graph_.nodes[0].outputs[0]);
    CHECK(output.type == data_type<T>());
    output.shape = *inferred;
    std::vector<std::byte*> inputs;
    for (size_t i = 0; i < values_.size(); ++i)
      inputs.push_back(graph_.nodes[0].inputs[i] == ir::kNoTensor ? nullptr : values_[i].data());
    std::vector<T> result(static_cast<size_t>(output.elements()));
    std::byte* out[] = {reinterpret_cast<std::byte*>(result.data())};
    auto done = info_->execute({graph_, graph_.nodes[0], inputs, out});
    CHECK(done, "{}", done.error().to_string());
    return result;
  }

  base::Result<Lowerings> lower(const LowerTarget& target) {
    graph_.tensor(graph_.nodes[0].outputs[0]).shape = *shape();
    return info_->lower(graph_, graph_.nodes[0], target);
  }

  Cost cost() {
    graph_.tensor(graph_.nodes[0].outputs[0]).shape = *shape();
    return info_->cost(graph_, graph_.nodes[0]);
  }

 private:
  template <typename T>
  ir::Tensor& add(std::string name, ir::Shape shape, const std::vector<T>& values,
                  ir::Quantization quantization) {
    ir::Tensor tensor;
    tensor.name = std::move(name);
    tensor.type = data_type<T>();
    tensor.shape = std::move(shape);
    tensor.quantization = std::move(quantization);
    CHECK(tensor.bytes() == values.size() * sizeof(T), "{} values", values.size());
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    values_.emplace_back(bytes, bytes + tensor.bytes());
    graph_.nodes[0].inputs.push_back(graph_.add_tensor(std::move(tensor)));
    return graph_.tensor(graph_.nodes[0].inputs.back());
  }

  const OpInfo* info_;
  ir::Graph graph_;
  std::vector<base::Bytes> values_;  // by operand
};

}  // namespace thimble::ops::testing
