#include "passes/probe.h"

#include <cstring>

#include "base/check.h"
#include "ops/op.h"

namespace thimble::passes {
namespace {

// Calls f(T{}) with the C++ type of an integer tensor.
template <typename F>
auto with_integer_type(ir::DataType type, F f) {
  switch (type) {
    case ir::DataType::kInt8:
      return f(int8_t{});
    case ir::DataType::kUInt8:
      return f(uint8_t{});
    case ir::DataType::kInt16:
      return f(int16_t{});
    case ir::DataType::kInt64:
      return f(int64_t{});
    default:
      CHECK(type == ir::DataType::kInt32, "{}", ir::type_name(type));
      return f(int32_t{});
  }
}

}  // namespace

std::vector<int64_t> read_integers(ir::DataType type, const base::Bytes& bytes) {
  return with_integer_type(type, [&]<typename T>(T) {
    std::vector<int64_t> values;
    for (size_t at = 0; at < bytes.size(); at += sizeof(T)) {
      T value;
      std::memcpy(&value, bytes.data() + at, sizeof(T));
      values.push_back(value);
    }
    return values;
  });
}

base::Bytes write_integers(ir::DataType type, const std::vector<int64_t>& values) {
  return with_integer_type(type, [&]<typename T>(T) {
    base::Bytes bytes(values.size() * sizeof(T));
    for (size_t i = 0; i < values.size(); ++i) {
      const auto value = static_cast<T>(values[i]);
      std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
    }
    return bytes;
  });
}

Operand execute_alone(const ir::Graph& graph, const ir::Node& node, std::vector<Operand> inputs) {
  // A graph of this node alone; constants are shared, not copied.
  ir::Graph single;
  ir::Node copy = node;
  std::vector<std::byte*> addresses;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == ir::kNoTensor) {
      addresses.push_back(nullptr);
      continue;
    }
    ir::Tensor tensor = graph.tensor(node.inputs[i]);
    if (i < inputs.size()) {
      tensor.shape = inputs[i].shape;
      CHECK(inputs[i].bytes.size() == tensor.bytes(), "{}", node.op);
      addresses.push_back(inputs[i].bytes.data());
    } else {
      CHECK(tensor.is_constant(), "{}", node.op);
      // Operators never write a constant.
      addresses.push_back(const_cast<std::byte*>(tensor.data->data()));
    }
    copy.inputs[i] = single.add_tensor(std::move(tensor));
  }
  copy.outputs = {single.add_tensor(graph.output(node))};
  const ops::OpInfo& op = *ops::find_op(node.op);
  const auto shapes = op.infer_shapes(single, copy);
  CHECK(shapes, "{}: {}", node.op, shapes.error().to_string());
  ir::Tensor& output = single.tensor(copy.outputs[0]);
  output.shape = shapes->front();
  base::Bytes result(output.bytes());
  std::byte* result_address = result.data();
  const auto done = op.execute({single, copy, addresses, {&result_address, 1}});
  CHECK(done, "{}: {}", node.op, done.error().to_string());
  return {output.shape, std::move(result)};
}

std::vector<int64_t> probe(const ir::Graph& graph, const ir::Node& node,
                           const std::vector<ProbeInput>& inputs) {
  std::vector<Operand> operands;
  for (size_t i = 0; i < inputs.size(); ++i)
    operands.push_back(
        {inputs[i].shape, write_integers(graph.input(node, i)->type, inputs[i].values)});
  const base::Bytes bytes = execute_alone(graph, node, std::move(operands)).bytes;
  return read_integers(graph.output(node).type, bytes);
}

}  // namespace thimble::passes
