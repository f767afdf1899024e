#include "exec/executor.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "ops/op.h"

namespace thimble::exec {

using base::Bytes;
using base::ErrorCode;
using base::Result;

Result<Executor> Executor::create(ir::Graph graph, Speed speed) {
  THIMBLE_TRY(ops::verify(graph));
  Executor executor(std::move(graph));
  executor.values_.resize(executor.graph_.tensors.size());
  // Only what is used: a hostile file may declare huge tensors that no operator touches.
  constexpr size_t kMaxBytes = size_t{4} << 30;
  size_t total = 0;
  auto allocate = [&](ir::TensorId id) -> Result<> {
    const ir::Tensor& tensor = executor.graph_.tensor(id);
    base::Bytes& value = executor.values_[static_cast<size_t>(id)];
    if (tensor.is_constant() || !value.empty()) return {};
    total += tensor.bytes();
    if (total > kMaxBytes)
      return base::fail(ErrorCode::kLimit, "the activations need more than {} bytes on the host",
                        kMaxBytes);
    value.resize(tensor.bytes());
    return {};
  };
  for (ir::TensorId id : executor.graph_.inputs) THIMBLE_TRY(allocate(id));
  for (const ir::Node& node : executor.graph_.nodes) {
    for (ir::TensorId id : node.inputs)
      if (id != ir::kNoTensor) THIMBLE_TRY(allocate(id));
    for (ir::TensorId id : node.outputs) THIMBLE_TRY(allocate(id));
  }
  executor.reset_state();
  if (speed != Speed::kReference)
    executor.prepare_fast_layers(speed == Speed::kFast ? fast::kernels()
                                                       : fast::portable_kernels());
  return executor;
}

void Executor::prepare_fast_layers(const fast::Kernels& kernels) {
  size_t scratch_bytes = 0;
  for (const ir::Node& node : graph_.nodes) {
    std::shared_ptr<const fast::Layer> layer = fast::make_layer(graph_, node, kernels);
    if (layer) scratch_bytes = std::max(scratch_bytes, layer->scratch_bytes());
    layers_.push_back(std::move(layer));
  }
  scratch_.resize(scratch_bytes);
}

void Executor::reset_state() {
  for (size_t i = 0; i < values_.size(); ++i) {
    const ir::Tensor& tensor = graph_.tensors[i];
    if (!tensor.is_variable || values_[i].empty()) continue;
    // A real value of zero: all bytes equal for the one-byte types, and int16 has no zero point.
    bool bytes_wide = ir::type_bytes(tensor.type) == 1 && tensor.quantization.present();
    auto zero = static_cast<std::byte>(bytes_wide ? tensor.zero_point() : 0);
    std::ranges::fill(values_[i], zero);
  }
}

Result<std::vector<Bytes>> Executor::run(std::span<const Bytes> inputs, const Observer& observer) {
  if (inputs.size() != graph_.inputs.size())
    return base::fail(ErrorCode::kInvalidArgument, "the network has {} inputs, {} were given",
                      graph_.inputs.size(), inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    Bytes& value = values_[static_cast<size_t>(graph_.inputs[i])];
    if (inputs[i].size() != value.size())
      return base::fail(ErrorCode::kInvalidArgument, "input {} has {} bytes, expected {}", i,
                        inputs[i].size(), value.size());
    std::ranges::copy(inputs[i], value.begin());
  }

  auto address = [&](ir::TensorId id) -> std::byte* {
    if (id == ir::kNoTensor) return nullptr;
    const ir::Tensor& tensor = graph_.tensor(id);
    // Operators never write a constant; the cast only serves the common operand list.
    return tensor.is_constant() ? const_cast<std::byte*>(tensor.data->data())
                                : values_[static_cast<size_t>(id)].data();
  };
  std::vector<std::byte*> in, out;
  std::vector<Bytes> observed;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    const ir::Node& node = graph_.nodes[i];
    in.clear();
    out.clear();
    for (ir::TensorId id : node.inputs) in.push_back(address(id));
    for (ir::TensorId id : node.outputs) out.push_back(address(id));
    if (!layers_.empty() && layers_[i])
      layers_[i]->run(in, out[0], scratch_.data());
    else
      THIMBLE_TRY_IN(ops::find_op(node.op)->execute({graph_, node, in, out}),
                     fmt::format("{} ({})", node.origin, node.op));
    if (observer) {
      observed.clear();
      for (ir::TensorId id : node.outputs) observed.push_back(values_[static_cast<size_t>(id)]);
      observer(i, observed);
    }
  }

  std::vector<Bytes> results;
  for (ir::TensorId id : graph_.outputs) {
    const std::byte* data = address(id);
    results.emplace_back(data, data + graph_.tensor(id).bytes());
  }
  return results;
}

}  // namespace thimble::exec
