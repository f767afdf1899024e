// Tensors of a TensorFlow Lite subgraph to ir::Tensor.
#pragma once

#include <map>
#include <memory>
#include <span>

#include "base/result.h"
#include "frontend/tflite/budget.h"
#include "frontend/tflite/tflite_subset_generated.h"
#include "ir/tensor.h"

namespace thimble::frontend {

class TensorReader {
 public:
  // `file` and `model` must outlive the reader; `model` was verified and lies in `file`.
  TensorReader(std::span<const std::byte> file, const schema::Model& model, Budget& budget)
      : file_(file), model_(model), budget_(budget) {}

  // Errors: kUnsupported (data type, sparsity, other quantization schemes), kMalformed, kLimit.
  base::Result<ir::Tensor> read(const schema::Tensor& tensor);

 private:
  using Constant = std::shared_ptr<const base::Bytes>;

  // The bytes of a buffer; nullptr when it is empty, which means: not a constant.
  base::Result<Constant> read_buffer(uint32_t index);
  // The elements of an INT4 tensor, which has the packed ones, a byte each.
  base::Result<Constant> unpack_int4(const ir::Tensor& tensor);
  base::Result<std::span<const std::byte>> locate(const schema::Buffer& buffer) const;

  std::span<const std::byte> file_;
  const schema::Model& model_;
  Budget& budget_;
  // By address in the file, so that tensors that share a buffer share its copy.
  std::map<const std::byte*, Constant> constants_;
  // By the packed ones, and whether the number of elements is odd.
  std::map<std::pair<Constant, bool>, Constant> unpacked_;
};

}  // namespace thimble::frontend
