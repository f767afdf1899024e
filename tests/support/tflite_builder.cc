#include "tests/support/tflite_builder.h"

#include <algorithm>
#include <span>

namespace thimble::testing {

TfliteBuilder::TfliteBuilder() {
  model_.version = 3;
  model_.subgraphs.push_back(std::make_unique<schema::SubGraphT>());
  model_.buffers.push_back(std::make_unique<schema::BufferT>());  // number 0 is empty
}

int32_t TfliteBuilder::add(const TensorSpec& spec) {
  auto tensor = std::make_unique<schema::TensorT>();
  tensor->name = spec.name;
  tensor->type = spec.type;
  tensor->shape = spec.shape;
  tensor->is_variable = spec.is_variable;
  if (!spec.scales.empty()) {
    tensor->quantization = std::make_unique<schema::QuantizationParametersT>();
    tensor->quantization->scale = spec.scales;
    tensor->quantization->zero_point = spec.zero_points;
    tensor->quantization->zero_point.resize(spec.scales.size());
    tensor->quantization->quantized_dimension = spec.axis;
  }
  if (!spec.data.empty()) {
    auto buffer = std::make_unique<schema::BufferT>();
    buffer->data.resize(spec.data.size());
    std::memcpy(buffer->data.data(), spec.data.data(), spec.data.size());
    tensor->buffer = static_cast<uint32_t>(model_.buffers.size());
    model_.buffers.push_back(std::move(buffer));
  }
  subgraph().tensors.push_back(std::move(tensor));
  return static_cast<int32_t>(subgraph().tensors.size()) - 1;
}

int32_t TfliteBuilder::add_input(const TensorSpec& spec) {
  subgraph().inputs.push_back(add(spec));
  return subgraph().inputs.back();
}

int32_t TfliteBuilder::add_output(const TensorSpec& spec) {
  subgraph().outputs.push_back(add(spec));
  return subgraph().outputs.back();
}

void TfliteBuilder::add_operator(schema::BuiltinOperator code, std::vector<int32_t> inputs,
                                 std::vector<int32_t> outputs, schema::BuiltinOptionsUnion options,
                                 int32_t version) {
  auto entry = std::make_unique<schema::OperatorCodeT>();
  entry->builtin_code = code;
  entry->deprecated_builtin_code = static_cast<int8_t>(std::min(static_cast<int>(code), 127));
  entry->version = version;
  auto op = std::make_unique<schema::OperatorT>();
  op->opcode_index = static_cast<uint32_t>(model_.operator_codes.size());
  op->inputs = std::move(inputs);
  op->outputs = std::move(outputs);
  op->builtin_options = std::move(options);
  model_.operator_codes.push_back(std::move(entry));
  subgraph().operators.push_back(std::move(op));
}

base::Bytes TfliteBuilder::finish() const {
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &model_));
  auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return base::Bytes(bytes.begin(), bytes.end());
}

}  // namespace thimble::testing
