#include <fmt/format.h>

#include "base/checksum.h"
#include "ir/graph.h"

namespace thimble::ir {
namespace {

std::string id_text(TensorId id) {
  return id == kNoTensor ? "-" : fmt::format("%{}", id);
}

std::string ids_text(const std::vector<TensorId>& ids) {
  std::string text;
  for (TensorId id : ids) text += (text.empty() ? "" : ", ") + id_text(id);
  return text;
}

std::string value_text(const AttributeValue& value) {
  struct Printer {
    std::string operator()(int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{:#}", v); }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const std::vector<int64_t>& v) const {
      return fmt::format("[{}]", fmt::join(v, ", "));
    }
  };
  return std::visit(Printer{}, value);
}

std::string quantization_text(const Quantization& q) {
  if (!q.present()) return "";
  if (q.per_channel()) return fmt::format(" q(axis {}, {} scales)", q.axis, q.scales.size());
  return fmt::format(" q({}, {})", q.scales[0], q.zero_points[0]);
}

}  // namespace

std::string print(const Graph& graph) {
  std::string text = fmt::format("graph {} ({}) -> ({})\n", graph.name, ids_text(graph.inputs),
                                 ids_text(graph.outputs));
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const Tensor& tensor = graph.tensors[i];
    text += fmt::format("  %{} {} {}{}", i, type_name(tensor.type), shape_text(tensor.shape),
                        quantization_text(tensor.quantization));
    if (tensor.is_constant())
      text += fmt::format(" constant crc32={:08x}", base::crc32(*tensor.data));
    if (tensor.is_variable) text += " variable";
    text += fmt::format(" \"{}\"\n", tensor.name);
  }
  for (const Node& node : graph.nodes) {
    text += fmt::format("  {} = {}({})", ids_text(node.outputs), node.op, ids_text(node.inputs));
    for (const auto& [name, value] : node.attributes)
      text += fmt::format(" {}={}", name, value_text(value));
    text += "\n";
  }
  return text;
}

}  // namespace thimble::ir
