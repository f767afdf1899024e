#include "tune/candidates.h"

#include <algorithm>

#include "base/checksum.h"
#include "emit/target_files.h"
#include "ops/op.h"

namespace thimble::tune {
namespace {

using base::Result;

// The kernels' sources: a change in them may change the cycles.
Result<uint32_t> sources_checksum(const ops::Lowering& lowering) {
  std::vector<std::string> roots = {"runtime/layer.h"};
  for (const ops::KernelCall& call : lowering.calls) {
    roots.push_back(call.header);
    if (!call.source.empty()) roots.push_back(call.source);
  }
  THIMBLE_ASSIGN(const std::vector<emit::SourceFile> files, emit::with_includes(roots));
  std::string text;
  for (const emit::SourceFile& file : files) text += file.path + "\n" + file.content;
  return base::crc32(std::as_bytes(std::span(text)));
}

std::string field_text(const ops::Field& field) {
  if (const auto* integer = std::get_if<int64_t>(&field.value))
    return fmt::format("{}={}", field.name, *integer);
  if (const auto* real = std::get_if<float>(&field.value))
    return fmt::format("{}={}", field.name, *real);
  if (const auto* list = std::get_if<std::vector<int64_t>>(&field.value))
    return fmt::format("{}=[{}]", field.name, fmt::join(*list, " "));
  return field.name;  // a table, which is described by itself
}

// Values of weights do not matter; tables per channel say how sums are rescaled, which does.
std::string constant_text(const ops::Constant& constant, const ir::Graph& graph) {
  const base::Bytes& bytes =
      constant.tensor == ir::kNoTensor ? constant.bytes : *graph.tensor(constant.tensor).data;
  return fmt::format("{} {} {} B{}", constant.name, ir::type_name(constant.type), bytes.size(),
                     constant.is_weights ? "" : fmt::format(" {:08x}", base::crc32(bytes)));
}

std::string operands_text(const ir::Graph& graph, const std::vector<ir::TensorId>& ids) {
  std::vector<std::string> texts;
  for (ir::TensorId id : ids) {
    if (id == ir::kNoTensor) continue;
    const ir::Tensor& tensor = graph.tensor(id);
    texts.push_back(fmt::format("{}{}{}", ir::type_name(tensor.type), ir::shape_text(tensor.shape),
                                tensor.is_constant() ? "!" : ""));
  }
  return fmt::format("{}", fmt::join(texts, " "));
}

Result<std::string> signature_of(const ir::Graph& graph, const ir::Node& node,
                                 const ops::Lowering& lowering, const std::string& environment) {
  if (lowering.calls.empty()) return std::string();
  THIMBLE_ASSIGN(const uint32_t sources, sources_checksum(lowering));
  std::string text = fmt::format("{}\n{} {} -> {}\nkernel {} sources {:08x}\n", environment,
                                 node.op, operands_text(graph, node.inputs),
                                 operands_text(graph, node.outputs), lowering.variant, sources);
  for (const ops::KernelCall& call : lowering.calls) {
    std::vector<std::string> parts = {call.function};
    for (const std::string& name : call.shared_functions) parts.push_back(name);
    for (const ops::Field& field : call.fields) parts.push_back(field_text(field));
    for (const ops::Constant& constant : call.constants)
      parts.push_back(constant_text(constant, graph));
    text += fmt::format("call {} scratch {}\n", fmt::join(parts, "; "), call.scratch_bytes);
  }
  return text;
}

Result<Candidate> make_candidate(const ir::Graph& graph, const ir::Node& node,
                                 const ops::Lowering& lowering, const std::string& environment) {
  Candidate candidate;
  candidate.choice.variant = lowering.variant;
  candidate.table_bytes = plan::table_bytes(lowering, graph);
  THIMBLE_ASSIGN(candidate.signature, signature_of(graph, node, lowering, environment));
  candidate.lowering = lowering;
  for (ops::KernelCall& call : candidate.lowering.calls) {
    candidate.scratch_bytes = std::max<uint64_t>(candidate.scratch_bytes, call.scratch_bytes);
    for (ops::Constant& constant : call.constants) constant.bytes.clear();
  }
  return candidate;
}

Result<Layer> candidates_of(const ir::Graph& graph, const ir::Node& node,
                            const ops::LowerTarget& target, const CandidateOptions& options) {
  THIMBLE_ASSIGN(const ops::Lowerings ways, plan::lower_node(graph, node, target, options.sparse));
  auto allowed = plan::allowed_ways(ways, graph, options.prefer);
  const auto is_reference = [](const ops::Lowering* way) { return way->variant == "reference"; };
  if (!std::ranges::all_of(allowed, is_reference)) std::erase_if(allowed, is_reference);
  Layer layer;
  for (const ops::Lowering* way : allowed) {
    THIMBLE_ASSIGN(Candidate candidate, make_candidate(graph, node, *way, options.environment));
    layer.push_back(std::move(candidate));
  }
  if (!options.weights_in_ram) return layer;
  for (size_t i = 0; i < allowed.size(); ++i) {
    const uint64_t bytes = plan::weights_bytes(*allowed[i], graph);
    if (bytes == 0) continue;
    Candidate in_ram = layer[i];
    in_ram.choice.weights_in_ram = true;
    in_ram.weights_bytes = bytes;
    in_ram.signature += "weights in RAM\n";
    layer.push_back(std::move(in_ram));
  }
  return layer;
}

}  // namespace

Result<std::vector<Layer>> find_candidates(const ir::Graph& graph, const ops::LowerTarget& target,
                                           const CandidateOptions& options) {
  std::vector<Layer> layers;
  for (const ir::Node& node : graph.nodes) {
    auto layer = candidates_of(graph, node, target, options);
    if (!layer)
      return base::fail(std::move(layer).error().in(fmt::format("{} ({})", node.origin, node.op)));
    layers.push_back(std::move(*layer));
  }
  return layers;
}

}  // namespace thimble::tune
