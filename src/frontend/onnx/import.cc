#include "frontend/onnx/import.h"

#include "frontend/onnx/converter.h"
#include "frontend/onnx/network.h"
#include "frontend/onnx/parse.h"
#include "ops/op.h"
#include "passes/fold_activations.h"
#include "passes/fold_batch_norm.h"
#include "passes/fold_constants.h"
#include "passes/remove_copies.h"
#include "passes/unused.h"

namespace thimble::frontend {
namespace {

base::Result<OnnxNetwork> read(std::span<const std::byte> bytes) {
  google::protobuf::Arena arena;
  THIMBLE_ASSIGN(const onnx::ModelProto* model, parse_model(bytes, arena));
  return read_network(*model);
}

}  // namespace

base::Result<OnnxImport> import_onnx(std::span<const std::byte> bytes, std::string_view name) {
  THIMBLE_ASSIGN(OnnxNetwork network, read(bytes));
  expand_quantized_operators(network);
  Converter converter(network, name);
  THIMBLE_TRY(converter.run());
  ir::Graph graph = std::move(converter.graph());
  THIMBLE_TRY(ops::verify(graph));
  // ONNX has neither biases of matrices nor fused activations, and normalizes batches on its own.
  for (const auto pass : {passes::remove_unused, passes::fold_constants, passes::remove_copies,
                          passes::fold_batch_norm, passes::fold_activations}) {
    THIMBLE_ASSIGN(graph, pass(graph));
  }
  THIMBLE_TRY(ops::verify(graph));
  return OnnxImport{std::move(graph), converter.input_orders(), converter.output_orders()};
}

}  // namespace thimble::frontend
