// Writes TensorFlow Lite files for tests, valid ones or, by changing model() before finish(),
// broken ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "frontend/tflite/tflite_subset_generated.h"

namespace thimble::testing {

namespace schema = frontend::schema;

// The little-endian bytes of some numbers.
template <typename T>
base::Bytes bytes_of(const std::vector<T>& values) {
  base::Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

struct TensorSpec {
  std::string name = {};
  schema::TensorType type = schema::TensorType::FLOAT32;
  std::vector<int32_t> shape = {};
  std::vector<float> scales = {};         // none: not quantized
  std::vector<int64_t> zero_points = {};  // as many as scales, or none: all zero
  int32_t axis = 0;
  base::Bytes data = {};  // not empty: a constant
  bool is_variable = false;
};

class TfliteBuilder {
 public:
  TfliteBuilder();

  // Each returns the tensor's index.
  int32_t add(const TensorSpec& spec);
  int32_t add_input(const TensorSpec& spec);
  int32_t add_output(const TensorSpec& spec);

  // Options are one of the schema's ...OptionsT, or schema::BuiltinOptionsUnion() for none.
  template <typename Options>
  void add_operator(schema::BuiltinOperator code, std::vector<int32_t> inputs,
                    std::vector<int32_t> outputs, Options options, int32_t version = 1) {
    schema::BuiltinOptionsUnion holder;
    holder.Set(std::move(options));
    add_operator(code, std::move(inputs), std::move(outputs), std::move(holder), version);
  }
  void add_operator(schema::BuiltinOperator code, std::vector<int32_t> inputs,
                    std::vector<int32_t> outputs, schema::BuiltinOptionsUnion options,
                    int32_t version = 1);
  void add_operator(schema::BuiltinOperator code, std::vector<int32_t> inputs,
                    std::vector<int32_t> outputs, int32_t version = 1) {
    add_operator(code, std::move(inputs), std::move(outputs), schema::BuiltinOptionsUnion(),
                 version);
  }

  schema::ModelT& model() { return model_; }
  schema::SubGraphT& subgraph() { return *model_.subgraphs[0]; }
  schema::TensorT& tensor(int32_t id) { return *subgraph().tensors[static_cast<size_t>(id)]; }
  schema::OperatorT& op(size_t i) { return *subgraph().operators[i]; }

  base::Bytes finish() const;

 private:
  schema::ModelT model_;
};

}  // namespace thimble::testing
