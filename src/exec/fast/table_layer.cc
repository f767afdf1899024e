#include "exec/fast/table_layer.h"

#include <array>

#include "base/check.h"
#include "ops/op.h"

namespace thimble::exec::fast {
namespace {

constexpr int32_t kValues = 256;

// f(a, b) for all values of two int8 operands, at [a + 128][b + 128].
class TableLayer : public Layer {
 public:
  TableLayer(size_t count, base::Bytes table) : count_(count), table_(std::move(table)) {}

  size_t scratch_bytes() const override { return 0; }

  void run(std::span<std::byte* const> inputs, std::byte* output, std::byte*) const override {
    // A byte as an index: -128 is 0.
    auto index = [](std::byte value) { return std::to_integer<size_t>(value ^ std::byte{0x80}); };
    const std::byte *a = inputs[0], *b = inputs[1];
    for (size_t i = 0; i < count_; ++i) output[i] = table_[index(a[i]) * kValues + index(b[i])];
  }

 private:
  size_t count_;
  base::Bytes table_;
};

// The reference execution of the node on every pair of values.
base::Bytes all_results(const ir::Graph& graph, const ir::Node& node) {
  ir::Graph pairs;
  ir::Node same = node;
  auto with_all_values = [&](ir::TensorId id) {
    ir::Tensor tensor = graph.tensor(id);
    tensor.shape = {kValues * kValues};
    tensor.data = nullptr;
    return pairs.add_tensor(std::move(tensor));
  };
  for (ir::TensorId& id : same.inputs) id = with_all_values(id);
  same.outputs[0] = with_all_values(node.outputs[0]);

  base::Bytes a(kValues * kValues), b(a.size()), results(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<std::byte>(static_cast<int>(i / kValues) - 128);
    b[i] = static_cast<std::byte>(static_cast<int>(i % kValues) - 128);
  }
  const std::array inputs = {a.data(), b.data()};
  const std::array outputs = {results.data()};
  const auto done = ops::find_op(node.op)->execute({pairs, same, inputs, outputs});
  CHECK(done, "{}", done.error().to_string());
  return results;
}

}  // namespace

std::unique_ptr<const Layer> make_table_layer(const ir::Graph& graph, const ir::Node& node) {
  if (node.op != "ADD" && node.op != "SUB" && node.op != "MUL") return nullptr;
  const ir::Tensor &a = *graph.input(node, 0), &b = *graph.input(node, 1),
                   &output = graph.output(node);
  const bool is_int8 = a.type == ir::DataType::kInt8 && b.type == ir::DataType::kInt8 &&
                       output.type == ir::DataType::kInt8;
  if (!is_int8 || a.shape != b.shape) return nullptr;
  return std::make_unique<TableLayer>(output.bytes(), all_results(graph, node));
}

}  // namespace thimble::exec::fast
