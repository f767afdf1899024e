#include "ops/strided_view.h"

#include <algorithm>
#include <cstring>

#include "ops/broadcast.h"
#include "ops/checks.h"
#include "ops/requantize.h"

namespace thimble::ops {
namespace {

// Exactly kMaxDimensions loops: dimensions that continue each other are merged, outer ones are 1.
StridedView as_loops(const StridedView& view) {
  StridedView merged{.offset = view.offset, .extents = {}, .strides = {}};  // innermost first
  for (size_t d = view.extents.size(); d-- > 0;) {
    if (view.extents[d] == 1) continue;
    if (!merged.extents.empty() &&
        view.strides[d] == merged.strides.back() * merged.extents.back()) {
      merged.extents.back() *= view.extents[d];
      continue;
    }
    merged.extents.push_back(view.extents[d]);
    merged.strides.push_back(view.strides[d]);
  }
  merged.extents.resize(kMaxDimensions, 1);
  merged.strides.resize(kMaxDimensions, 0);
  std::ranges::reverse(merged.extents);
  std::ranges::reverse(merged.strides);
  return merged;
}

}  // namespace

std::vector<int64_t> element_strides(const ir::Shape& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > 0; stride *= shape[d]) strides[d] = stride;
  return strides;
}

base::Result<> check_copied_type(const ir::Tensor& input, const ir::Tensor& output) {
  using enum ir::DataType;
  THIMBLE_TRY(check_type(input, "input", {kInt8, kInt16, kInt32, kFloat32}));
  THIMBLE_TRY(check_same_type(input, output));
  return check_same_quantization(input, output);
}

void execute_view(const ExecContext& context, const StridedView& view) {
  const size_t bytes = ir::type_bytes(context.graph.output(context.node).type);
  std::byte* out = context.outputs[0];
  auto walk = [&](auto& self, size_t dimension, int64_t index) -> void {
    if (dimension == view.extents.size()) {
      std::memcpy(out, context.inputs[0] + static_cast<size_t>(index) * bytes, bytes);
      out += bytes;
      return;
    }
    for (int32_t i = 0; i < view.extents[dimension]; ++i)
      self(self, dimension + 1, index + i * view.strides[dimension]);
  };
  walk(walk, 0, view.offset);
}

Lowering lower_view(const ir::Graph& graph, const ir::Node& node, const StridedView& view) {
  const StridedView loops = as_loops(view);
  KernelCall call;
  call.function = fmt::format("strided_copy_{}_ref", kernel_suffix(graph.output(node).type));
  call.params_type = "StridedCopyParams";
  call.header = "kernels/copy/kernel.h";
  call.source = "kernels/copy/strided_copy_ref.cc";
  call.fields = {{"offset", loops.offset},
                 {"extents", std::vector<int64_t>(loops.extents.begin(), loops.extents.end())},
                 {"strides", loops.strides}};
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt};
}

}  // namespace thimble::ops
