#include "ops/lookup_table.h"

namespace thimble::ops {

void execute_lookup(const ExecContext& context, const Int8Table& table) {
  const int8_t* in = context.in<int8_t>(0);
  int8_t* out = context.out<int8_t>();
  const int64_t count = context.graph.output(context.node).elements();
  for (int64_t i = 0; i < count; ++i) out[i] = table[static_cast<size_t>(in[i] + 128)];
}

Lowering lower_lookup(const ir::Graph& graph, const ir::Node& node, const Int8Table& table) {
  KernelCall call;
  call.function = "lookup_s8_ref";
  call.params_type = "LookupParams";
  call.header = "kernels/activation/kernel.h";
  call.source = "kernels/activation/lookup_ref.cc";
  call.constants = {make_constant("table", ir::DataType::kInt8, table)};
  call.fields = {{"count", graph.output(node).elements()}, {"table", ConstantRef{0}}};
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  return Lowering{.calls = {std::move(call)}, .overlap = Overlap{}};
}

}  // namespace thimble::ops
