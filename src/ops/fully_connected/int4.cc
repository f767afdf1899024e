#include "ops/fully_connected/int4.h"

#include "ops/int4.h"
#include "ops/mac_lowering.h"
#include "ops/packed_lowering.h"

namespace thimble::ops {

using base::Result;

Result<std::optional<Lowering>> lower_fully_connected_int4(const ir::Graph& graph,
                                                           const ir::Node& node,
                                                           const MacTraits& traits, int32_t rows,
                                                           int32_t in) {
  constexpr MacKernels kKernels{"fully_connected", "FullyConnected", /*folds_zero_point=*/true};
  constexpr int32_t kMostInputs = 4096;  // sums of 128 times 15 stay below 2^23
  if (in > kMostInputs) return std::optional<Lowering>();
  std::vector<int32_t> order;
  append_run(order, 0, in);
  const MacLayer layer = MacLayer::of(graph, node, traits);
  const std::vector<int32_t> words = quad_nibbles(layer, order);
  THIMBLE_ASSIGN(KernelCall call, lower_mac_dsp(graph, node, traits, kKernels, {}));
  call.function = "fully_connected_s4_dsp";
  call.params_type = "FullyConnectedS4Params";
  call.source = "kernels/fully_connected/fully_connected_int4.cc";
  const auto bytes = std::as_bytes(std::span(words));
  call.constants[0].type = ir::DataType::kInt32;
  call.constants[0].bytes.assign(bytes.begin(), bytes.end());
  call.fields.push_back({"rows", rows});
  call.fields.push_back({"in", in});
  call.fields.push_back({"out", layer.channels()});
  call.scratch_bytes = 2 * order.size();
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "int4"};
}

}  // namespace thimble::ops
