// The state of an import: what is known of every value of the ONNX network so far, and the Graph
// that grows from it. The operators (operators.h) read values and set others.
//
// An activation is a tensor of the Graph and the way in which it lies there; transposing and
// reshaping an activation changes what is noted, not the Graph. A node of the Graph that needs a
// certain order asks for it (`arranged`), and usually gets it for nothing.
//
// DequantizeLinear adds no node either: its result is the tensor of integers, noted as real. An
// operator whose inputs are such and whose result goes straight into a QuantizeLinear becomes one
// on integers (`destination`); any other asks for floats (`real`).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/onnx/layout.h"
#include "frontend/onnx/network.h"
#include "ir/graph.h"

namespace thimble::frontend {

// Moving a uint8 and its zero point by this makes an int8 of the same meaning.
inline constexpr int32_t kUnsignedOffset = 128;

struct Value {
  ir::Shape shape;  // as ONNX sees it
  ir::TensorId id = ir::kNoTensor;
  ir::Tensor constant;  // when there is no id
  Layout layout;        // of the tensor, split for `shape`; constants lie as ONNX counts
  // The tensor holds integers, but ONNX sees the numbers that they stand for.
  bool is_dequantized = false;
  // An image or a signal with channels, which leaves the network with its channels last.
  bool is_image = false;

  bool is_constant() const { return id == ir::kNoTensor; }

  static Value of_constant(ir::Tensor tensor) {
    Value value;
    value.shape = tensor.shape;
    value.constant = std::move(tensor);
    return value;
  }
};

// A node of the Graph that is yet to be added.
struct NewNode {
  std::string op;
  std::vector<ir::TensorId> inputs;
  ir::Attributes attributes = {};
  ir::DataType type = ir::DataType::kFloat32;  // of the output
  ir::Quantization quantization = {};          // of the output
  std::optional<ir::Shape> shape = {};         // of the output, where the inputs do not tell
};

// Where the result of an operator goes that may compute with integers: the value that it sets, with
// the activation and the quantization that follow the operator.
struct Destination {
  std::string name;
  std::string activation = "none";
  ir::Quantization quantization;  // none: floats

  bool is_integer() const { return quantization.present(); }
  ir::DataType type() const { return is_integer() ? ir::DataType::kInt8 : ir::DataType::kFloat32; }
};

class Converter {
 public:
  Converter(const OnnxNetwork& network, std::string_view name);

  base::Result<> run();
  ir::Graph& graph() { return graph_; }
  const std::vector<Order>& input_orders() const { return input_orders_; }
  const std::vector<Order>& output_orders() const { return output_orders_; }

  int64_t opset() const { return network_.opset; }

  // Input `i` of the node. Errors: kMalformed when it is absent, or nothing has set it.
  base::Result<Value> input(const OnnxNode& node, size_t i) const;
  base::Result<Value> value(const std::string& name) const;
  base::Result<ir::Tensor> constant_input(const OnnxNode& node, size_t i) const;
  base::Result<std::vector<int64_t>> integers_input(const OnnxNode& node, size_t i) const;

  // Sets output `i`, or a value by its name. Errors: kMalformed (already set).
  base::Result<> set(const OnnxNode& node, size_t i, Value value);
  base::Result<> set(const std::string& name, Value value);

  // Adds a node and a tensor for its only output, which is checked and gets its shape from
  // ops::infer_shapes.
  base::Result<ir::TensorId> add(const OnnxNode& source, NewNode node);
  ir::TensorId add_constant(ir::Tensor constant);

  // A value that lies as ONNX counts, or in `order`; `shape` is the value's shape for ONNX.
  static Value value_of(ir::TensorId id, ir::Shape shape);
  static Value value_of(ir::TensorId id, ir::Shape shape, const Order& order);

  // The tensor with the value's dimensions in this order.
  base::Result<ir::TensorId> arranged(const OnnxNode& source, const Value& value,
                                      const Order& order);
  base::Result<ir::TensorId> reshape(const OnnxNode& source, ir::TensorId id,
                                     const ir::Shape& shape);
  // The order in which the dimensions lie, or ONNX's when they do not lie in one piece each.
  static Order order_of(const Value& value);
  // Another shape of as many elements. Moves the elements only if there is no other way.
  base::Result<Value> with_shape(const OnnxNode& source, Value value, ir::Shape shape);
  static base::Result<Value> transposed(Value value, const Order& permutation);

  // The value as floats.
  base::Result<Value> real(const OnnxNode& source, Value value);

  // See Destination. `may_be_integer`: the inputs are such that the operator could;
  // `takes_activation`: the operator has one fused.
  base::Result<Destination> destination(const OnnxNode& node, bool may_be_integer,
                                        bool takes_activation = true);

  // Whether the value stands for int8 integers with one scale, or is such a constant.
  bool is_int8(const Value& value) const {
    return value.is_dequantized && tensor(value).type == ir::DataType::kInt8 &&
           !tensor(value).quantization.per_channel();
  }

  const ir::Tensor& tensor(const Value& value) const {
    return value.is_constant() ? value.constant : graph_.tensor(value.id);
  }

  // For DequantizeLinear of an input of the network, which says how its integers are meant.
  base::Result<> set_quantization(const Value& value, const ir::Quantization& quantization);

  // Scale and zero point of a quantized value: inputs 1 and 2 of QuantizeLinear and
  // DequantizeLinear. uint8 is described as the int8 that it becomes.
  base::Result<ir::Quantization> quantization_of(const OnnxNode& node, ir::DataType type) const;

 private:
  base::Result<> convert(const OnnxNode& node);
  base::Result<> add_inputs();
  base::Result<> add_outputs();
  base::Result<ir::TensorId> finished_output(const OnnxNode& source, const OnnxValue& output,
                                             Order& order);
  base::Result<> check_memory() const;
  std::optional<size_t> only_reader(const std::string& name) const;

  const OnnxNetwork& network_;
  ir::Graph graph_;
  std::map<std::string, Value, std::less<>> values_;
  std::map<std::string, std::vector<size_t>, std::less<>> readers_;  // an output: kOutputReader
  size_t constant_bytes_ = 0;                                        // in values and in the Graph
  size_t max_constant_bytes_;
  std::vector<bool> is_done_;  // nodes that an earlier one has taken in
  std::vector<Order> input_orders_, output_orders_;
};

}  // namespace thimble::frontend
