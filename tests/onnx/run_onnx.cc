#include "tests/onnx/run_onnx.h"

#include "exec/executor.h"
#include "frontend/onnx/constants.h"

namespace thimble::testing {
namespace {

using base::Result;
using frontend::Order;

Order inverse(const Order& order) {
  Order result(order.size());
  for (size_t i = 0; i < order.size(); ++i)
    result[static_cast<size_t>(order[i])] = static_cast<int32_t>(i);
  return result;
}

}  // namespace

std::vector<ir::Tensor> onnx_inputs(const frontend::OnnxImport& network) {
  std::vector<ir::Tensor> inputs;
  for (size_t i = 0; i < network.graph.inputs.size(); ++i) {
    ir::Tensor tensor = network.graph.tensor(network.graph.inputs[i]);
    tensor.shape = frontend::permuted(tensor.shape, inverse(network.input_orders[i]));
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

Result<std::vector<ir::Tensor>> run_onnx(const frontend::OnnxImport& network,
                                         const std::vector<ir::Tensor>& inputs) {
  THIMBLE_ASSIGN(exec::Executor executor, exec::Executor::create(network.graph));
  std::vector<base::Bytes> bytes;
  for (size_t i = 0; i < inputs.size(); ++i)
    bytes.push_back(*frontend::permuted(inputs[i], network.input_orders[i]).data);
  THIMBLE_ASSIGN(const std::vector<base::Bytes> results, executor.run(bytes));
  std::vector<ir::Tensor> outputs;
  for (size_t i = 0; i < results.size(); ++i) {
    ir::Tensor output = network.graph.tensor(network.graph.outputs[i]);
    output.data = std::make_shared<const base::Bytes>(results[i]);
    outputs.push_back(frontend::permuted(output, inverse(network.output_orders[i])));
  }
  return outputs;
}

Result<std::vector<ir::Tensor>> run_onnx_on_pattern(const frontend::OnnxImport& network) {
  std::vector<ir::Tensor> inputs = onnx_inputs(network);
  for (ir::Tensor& input : inputs)
    input.data = std::make_shared<const base::Bytes>(exec::pattern_input(input));
  return run_onnx(network, inputs);
}

}  // namespace thimble::testing
