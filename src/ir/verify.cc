// The rules that hold for every Graph, one function each, listed in kRules.
#include <cmath>

#include "ir/graph.h"

namespace thimble::ir {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

// Bounds that keep every later size computation inside int64 and refuse absurd files early.
constexpr size_t kMaxDimensions = 6;
constexpr int64_t kMaxElements = INT32_MAX;  // kernels index with int32

std::string describe(const Graph& graph, TensorId id) {
  return fmt::format("tensor {} ({})", id, graph.tensor(id).name);
}

std::string describe(const Node& node) {
  return node.origin.empty() ? node.op : fmt::format("{} ({})", node.origin, node.op);
}

bool in_range(const Graph& graph, TensorId id) {
  return id >= 0 && static_cast<size_t>(id) < graph.tensors.size();
}

Result<> ids_in_range(const Graph& graph) {
  auto check = [&](TensorId id, const std::string& where) -> Result<> {
    if (in_range(graph, id)) return {};
    return fail(ErrorCode::kMalformed, "{} names tensor {}, but there are {}", where, id,
                graph.tensors.size());
  };
  for (TensorId id : graph.inputs) THIMBLE_TRY(check(id, "the input list"));
  for (TensorId id : graph.outputs) THIMBLE_TRY(check(id, "the output list"));
  for (const Node& node : graph.nodes) {
    for (TensorId id : node.inputs)
      if (id != kNoTensor) THIMBLE_TRY(check(id, describe(node)));
    for (TensorId id : node.outputs) THIMBLE_TRY(check(id, describe(node)));
  }
  return {};
}

Result<> shapes_are_sane(const Graph& graph) {
  for (TensorId id = 0; in_range(graph, id); ++id) {
    const Shape& shape = graph.tensor(id).shape;
    if (shape.size() > kMaxDimensions)
      return fail(ErrorCode::kUnsupported, "{} has {} dimensions, at most {} are supported",
                  describe(graph, id), shape.size(), kMaxDimensions);
    int64_t elements = 1;
    for (int32_t extent : shape) {
      if (extent <= 0)
        return fail(ErrorCode::kMalformed, "{} has shape {}; every extent must be positive",
                    describe(graph, id), shape_text(shape));
      elements *= extent;
      if (elements > kMaxElements)
        return fail(ErrorCode::kLimit, "{} has shape {}, more than 2^31 - 1 elements",
                    describe(graph, id), shape_text(shape));
    }
  }
  return {};
}

Result<> constants_have_their_size(const Graph& graph) {
  for (TensorId id = 0; in_range(graph, id); ++id) {
    const Tensor& tensor = graph.tensor(id);
    if (!tensor.is_constant()) continue;
    if (tensor.data->size() != tensor.bytes())
      return fail(ErrorCode::kMalformed, "{}: {} {} needs {} bytes, but the constant has {}",
                  describe(graph, id), type_name(tensor.type), shape_text(tensor.shape),
                  tensor.bytes(), tensor.data->size());
    if (tensor.is_variable)
      return fail(ErrorCode::kMalformed, "{} is both constant and variable", describe(graph, id));
  }
  return {};
}

Result<> quantization_is_sane(const Graph& graph) {
  for (TensorId id = 0; in_range(graph, id); ++id) {
    const Tensor& tensor = graph.tensor(id);
    const Quantization& q = tensor.quantization;
    if (!q.present()) continue;
    if (q.zero_points.size() != q.scales.size())
      return fail(ErrorCode::kMalformed, "{} has {} scales and {} zero points", describe(graph, id),
                  q.scales.size(), q.zero_points.size());
    for (float scale : q.scales)
      if (!std::isfinite(scale) || scale <= 0)
        return fail(ErrorCode::kMalformed, "{} has the scale {}", describe(graph, id), scale);
    if (!q.per_channel()) continue;
    bool axis_ok = q.axis >= 0 && static_cast<size_t>(q.axis) < tensor.shape.size();
    if (!axis_ok ||
        tensor.shape[static_cast<size_t>(q.axis)] != static_cast<int64_t>(q.scales.size()))
      return fail(ErrorCode::kMalformed, "{}: {} scales do not match axis {} of shape {}",
                  describe(graph, id), q.scales.size(), q.axis, shape_text(tensor.shape));
  }
  return {};
}

// One pass in execution order: a tensor is readable once it is a constant, an input, a variable or
// the output of an earlier node, and nothing else may write it.
Result<> producers_come_first(const Graph& graph) {
  std::vector<bool> written(graph.tensors.size());
  for (size_t i = 0; i < graph.tensors.size(); ++i)
    written[i] = graph.tensors[i].is_constant() || graph.tensors[i].is_variable;
  for (TensorId id : graph.inputs) {
    if (written[static_cast<size_t>(id)])
      return fail(ErrorCode::kMalformed, "{} is listed as an input twice, or is constant",
                  describe(graph, id));
    written[static_cast<size_t>(id)] = true;
  }
  for (const Node& node : graph.nodes) {
    for (TensorId id : node.inputs)
      if (id != kNoTensor && !written[static_cast<size_t>(id)])
        return fail(ErrorCode::kMalformed, "{} reads {} before anything wrote it", describe(node),
                    describe(graph, id));
    if (node.outputs.empty())
      return fail(ErrorCode::kMalformed, "{} has no output", describe(node));
    for (TensorId id : node.outputs) {
      if (written[static_cast<size_t>(id)])
        return fail(ErrorCode::kMalformed, "{} writes {}, which already has a value",
                    describe(node), describe(graph, id));
      written[static_cast<size_t>(id)] = true;
    }
  }
  for (TensorId id : graph.outputs)
    if (!written[static_cast<size_t>(id)])
      return fail(ErrorCode::kMalformed, "the output {} is never written", describe(graph, id));
  return {};
}

Result<> has_inputs_and_outputs(const Graph& graph) {
  if (graph.inputs.empty()) return fail(ErrorCode::kMalformed, "the network has no input");
  if (graph.outputs.empty()) return fail(ErrorCode::kMalformed, "the network has no output");
  return {};
}

// Order matters: later rules index with ids and sizes that earlier ones have checked.
constexpr Result<> (*kRules[])(const Graph&) = {
    ids_in_range,         shapes_are_sane,        constants_have_their_size,
    quantization_is_sane, has_inputs_and_outputs, producers_come_first,
};

}  // namespace

Result<> verify(const Graph& graph) {
  for (auto rule : kRules) THIMBLE_TRY(rule(graph));
  return {};
}

}  // namespace thimble::ir
