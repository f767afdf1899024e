#include "frontend/tflite/import.h"

#include <fmt/format.h>

#include "base/files.h"
#include "frontend/tflite/budget.h"
#include "frontend/tflite/operators.h"
#include "frontend/tflite/tensors.h"
#include "frontend/tflite/text.h"
#include "frontend/tflite/tflite_subset_generated.h"
#include "ops/op.h"
#include "passes/decode_weights.h"
#include "passes/fold_constants.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

constexpr size_t kMaxFileBytes = size_t{1} << 30;
constexpr uint32_t kSchemaVersion = 3;
// The deepest path is model, subgraph, operator, options.
constexpr flatbuffers::uoffset_t kMaxDepth = 8;
constexpr flatbuffers::uoffset_t kMaxTables = 1 << 20;
// One offset of four bytes can stand for a whole tensor, so the number of these is bounded too.
constexpr size_t kMaxTensors = size_t{1} << 16;

Result<const schema::Model*> verified_model(std::span<const std::byte> bytes) {
  if (bytes.size() > kMaxFileBytes)
    return fail(ErrorCode::kLimit, "files above {} bytes are not supported", kMaxFileBytes);
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  constexpr size_t kHeaderBytes = 8;  // offset of the root table, file identifier
  if (bytes.size() < kHeaderBytes || !schema::ModelBufferHasIdentifier(data))
    return fail(ErrorCode::kMalformed, "not a TensorFlow Lite file: it does not begin with {}",
                schema::ModelIdentifier());
  flatbuffers::Verifier verifier(data, bytes.size(), kMaxDepth, kMaxTables);
  if (!schema::VerifyModelBuffer(verifier))
    return fail(ErrorCode::kMalformed, "the file is damaged: an offset points outside of it");
  const schema::Model* model = schema::GetModel(data);
  if (model->version() != kSchemaVersion)
    return fail(ErrorCode::kUnsupported, "schema version {} is not supported, only {}",
                model->version(), kSchemaVersion);
  return model;
}

Result<const schema::SubGraph*> only_subgraph(const schema::Model& model) {
  size_t count = model.subgraphs() ? model.subgraphs()->size() : 0;
  if (count == 0) return fail(ErrorCode::kMalformed, "the file has no subgraph");
  if (count > 1)
    return fail(ErrorCode::kUnsupported,
                "the file has {} subgraphs; control flow between subgraphs is not supported",
                count);
  return model.subgraphs()->Get(0);
}

using TensorIds = flatbuffers::Vector<int32_t>;

Result<std::vector<ir::TensorId>> read_ids(const TensorIds* ids, Budget& budget) {
  if (!ids) return std::vector<ir::TensorId>();
  THIMBLE_TRY(budget.take(ids->size() * sizeof(ir::TensorId)));
  return std::vector<ir::TensorId>(ids->begin(), ids->end());
}

Result<> read_tensors(TensorReader& reader, const schema::SubGraph& subgraph, ir::Graph& graph) {
  if (!subgraph.tensors()) return {};
  size_t count = subgraph.tensors()->size();
  if (count > kMaxTensors)
    return fail(ErrorCode::kLimit, "{} tensors, at most {} are supported", count, kMaxTensors);
  for (const schema::Tensor* source : *subgraph.tensors()) {
    auto tensor = reader.read(*source);
    if (!tensor)
      return base::fail(std::move(tensor).error().in(fmt::format(
          "subgraph 0, tensor {} ({})", graph.tensors.size(), clean_text(source->name()))));
    graph.add_tensor(std::move(*tensor));
  }
  return {};
}

Result<ir::Node> read_node(const schema::OperatorCode& code, const schema::Operator& op,
                           const ir::Graph& graph, Budget& budget) {
  ir::Node node;
  node.op = operator_name(code);
  THIMBLE_ASSIGN(node.attributes, read_attributes(code, op));
  THIMBLE_ASSIGN(node.inputs, read_ids(op.inputs(), budget));
  THIMBLE_ASSIGN(node.outputs, read_ids(op.outputs(), budget));
  // Ids are checked by ir::verify, once there is a graph.
  if (!node.outputs.empty() && node.outputs[0] >= 0 &&
      static_cast<size_t>(node.outputs[0]) < graph.tensors.size())
    node.name = graph.tensor(node.outputs[0]).name;
  THIMBLE_TRY(budget.take(node.name.size()));
  return node;
}

Result<> read_nodes(const schema::Model& model, const schema::SubGraph& subgraph, Budget& budget,
                    ir::Graph& graph) {
  if (!subgraph.operators()) return {};
  size_t count = subgraph.operators()->size();
  if (count > kMaxTensors)
    return fail(ErrorCode::kLimit, "{} operators, at most {} are supported", count, kMaxTensors);
  size_t codes = model.operator_codes() ? model.operator_codes()->size() : 0;
  for (const schema::Operator* op : *subgraph.operators()) {
    std::string origin = fmt::format("subgraph 0, operator {}", graph.nodes.size());
    if (op->opcode_index() >= codes)
      return fail(ErrorCode::kMalformed, "{} has operator code {}, but there are {}", origin,
                  op->opcode_index(), codes);
    const schema::OperatorCode& code = *model.operator_codes()->Get(op->opcode_index());
    auto node = read_node(code, *op, graph, budget);
    if (!node)
      return base::fail(
          std::move(node).error().in(fmt::format("{} ({})", origin, operator_name(code))));
    node->origin = std::move(origin);
    graph.nodes.push_back(std::move(*node));
  }
  return {};
}

}  // namespace

Result<ir::Graph> import_tflite(std::span<const std::byte> bytes, std::string_view name) {
  // The format aligns its numbers relative to the start of the file.
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(uint64_t) != 0)
    return import_tflite(base::Bytes(bytes.begin(), bytes.end()), name);
  THIMBLE_ASSIGN(const schema::Model* model, verified_model(bytes));
  THIMBLE_ASSIGN(const schema::SubGraph* subgraph, only_subgraph(*model));
  Budget budget(bytes.size());
  TensorReader reader(bytes, *model, budget);
  ir::Graph graph;
  graph.name = name;
  THIMBLE_TRY(read_tensors(reader, *subgraph, graph));
  THIMBLE_TRY(read_nodes(*model, *subgraph, budget, graph));
  THIMBLE_ASSIGN(graph.inputs, read_ids(subgraph->inputs(), budget));
  THIMBLE_ASSIGN(graph.outputs, read_ids(subgraph->outputs(), budget));
  // Weights may hide behind operators on constants: int8 and float16 behind a DEQUANTIZE.
  THIMBLE_TRY(ir::verify(graph));
  THIMBLE_ASSIGN(graph, passes::decode_weights(graph));
  THIMBLE_ASSIGN(graph, passes::fold_constants(graph));
  THIMBLE_TRY(ops::verify(graph));
  return graph;
}

Result<ir::Graph> import_file(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(base::Bytes bytes, base::read_file(path, kMaxFileBytes));
  auto graph = import_tflite(bytes, path.stem().string());
  if (!graph) return base::fail(std::move(graph).error().in(path.string()));
  return graph;
}

}  // namespace thimble::frontend
