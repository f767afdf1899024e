// Runs an imported ONNX network on tensors as ONNX counts them.
#pragma once

#include <vector>

#include "base/result.h"
#include "frontend/onnx/import.h"
#include "ir/tensor.h"

namespace thimble::testing {

// The shapes and types that the network's inputs have in the file, without data.
std::vector<ir::Tensor> onnx_inputs(const frontend::OnnxImport& network);

// `inputs` and the result have ONNX's order of dimensions; images are NCHW.
base::Result<std::vector<ir::Tensor>> run_onnx(const frontend::OnnxImport& network,
                                               const std::vector<ir::Tensor>& inputs);

// The same on the pattern of exec::pattern_input.
base::Result<std::vector<ir::Tensor>> run_onnx_on_pattern(const frontend::OnnxImport& network);

}  // namespace thimble::testing
