// CONCATENATION: the inputs one after another along one dimension.
//
// inputs: one or more of the same type, quantization and, but for that dimension, shape;
// attributes: axis, activation (only none).
#include <cstring>

#include "ops/checks.h"
#include "ops/index_constant.h"
#include "ops/op.h"
#include "ops/requantize.h"
#include "ops/strided_view.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::Graph;
using ir::Node;

Result<size_t> read_axis(const Graph& graph, const Node& node) {
  THIMBLE_ASSIGN(int64_t axis, node.attributes.get_int("axis"));
  return resolve_axis(axis, graph.input(node, 0)->shape.size());
}

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 1, node.inputs.size()));
  THIMBLE_ASSIGN(std::string activation, node.attributes.get_string("activation"));
  if (activation != "none")
    return fail(ErrorCode::kUnsupported, "fused activation {} is not supported", activation);
  THIMBLE_ASSIGN(const size_t axis, read_axis(graph, node));
  const ir::Shape& first = graph.input(node, 0)->shape;
  int64_t extent = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ir::Tensor* input = graph.input(node, i);
    if (!input) return fail(ErrorCode::kMalformed, "input {} is absent", i);
    THIMBLE_TRY(check_copied_type(*input, graph.output(node)));
    bool fits = input->shape.size() == first.size();
    for (size_t d = 0; fits && d < first.size(); ++d)
      fits = d == axis || input->shape[d] == first[d];
    if (!fits)
      return fail(ErrorCode::kMalformed, "shapes {} and {} do not fit along dimension {}",
                  ir::shape_text(first), ir::shape_text(input->shape), axis);
    extent += input->shape[axis];
  }
  if (extent > INT32_MAX) return fail(ErrorCode::kLimit, "dimension {} is too large", axis);
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  THIMBLE_ASSIGN(const size_t axis, read_axis(graph, node));
  ir::Shape shape = graph.input(node, 0)->shape;
  shape[axis] = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) shape[axis] += graph.input(node, i)->shape[axis];
  return std::vector<ir::Shape>{std::move(shape)};
}

Cost cost(const Graph&, const Node&) {
  return {};
}

// Each input is `outer` blocks, which go to the output at regular distances.
struct Blocks {
  int64_t outer, block, output_step, output_offset;  // the last three in elements
};

// One per input.
Result<std::vector<Blocks>> read_blocks(const Graph& graph, const Node& node) {
  THIMBLE_ASSIGN(const size_t axis, read_axis(graph, node));
  const ir::Tensor& output = graph.output(node);
  int64_t outer = 1;
  for (size_t d = 0; d < axis; ++d) outer *= output.shape[d];
  std::vector<Blocks> result;
  int64_t offset = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const int64_t block = graph.input(node, i)->elements() / outer;
    result.push_back({outer, block, output.elements() / outer, offset});
    offset += block;
  }
  return result;
}

Result<> execute(const ExecContext& context) {
  THIMBLE_ASSIGN(const std::vector<Blocks> inputs, read_blocks(context.graph, context.node));
  const auto bytes = static_cast<int64_t>(ir::type_bytes(context.graph.output(context.node).type));
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Blocks& blocks = inputs[i];
    for (int64_t n = 0; n < blocks.outer; ++n)
      std::memcpy(context.outputs[0] + (n * blocks.output_step + blocks.output_offset) * bytes,
                  context.inputs[i] + n * blocks.block * bytes,
                  static_cast<size_t>(blocks.block * bytes));
  }
  return {};
}

// A single input of whole words: rows that layers in bands keep are that.
Lowering lower_word_copy(const Graph& graph, const Node& node) {
  const ir::Tensor& output = graph.output(node);
  KernelCall call;
  call.function = fmt::format("word_copy_{}_ref", kernel_suffix(output.type));
  call.params_type = "WordCopyParams";
  call.header = "kernels/copy/kernel.h";
  call.source = "kernels/copy/word_copy_ref.cc";
  call.fields = {{"words", static_cast<int64_t>(output.bytes() / 4)}};
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  return {.calls = {std::move(call)}, .overlap = Overlap{}};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget&) {
  if (node.inputs.size() == 1 && graph.output(node).bytes() % 4 == 0)
    return lower_word_copy(graph, node);
  THIMBLE_ASSIGN(const std::vector<Blocks> inputs, read_blocks(graph, node));
  Lowering lowering;
  for (size_t i = 0; i < inputs.size(); ++i) {
    KernelCall call;
    call.function = fmt::format("block_copy_{}_ref", kernel_suffix(graph.output(node).type));
    call.params_type = "BlockCopyParams";
    call.header = "kernels/copy/kernel.h";
    call.source = "kernels/copy/block_copy_ref.cc";
    call.fields = {{"blocks", inputs[i].outer},
                   {"block", inputs[i].block},
                   {"output_step", inputs[i].output_step},
                   {"output_offset", inputs[i].output_offset}};
    call.inputs = {node.inputs[i]};
    call.outputs = {node.outputs[0]};
    lowering.calls.push_back(std::move(call));
  }
  return lowering;
}

}  // namespace

extern const OpInfo k_concatenation{"CONCATENATION", verify, infer_shapes, cost,
                                    execute,         lower,  kSharedScale};

}  // namespace thimble::ops
