#include "ops/conv_lowering.h"

namespace thimble::ops {

base::Result<KernelCall> lower_conv_dsp(const ir::Graph& graph, const ir::Node& node,
                                        const MacTraits& traits, const ConvWindow& window) {
  constexpr int32_t kInterleavedChannels = 2;
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(KernelCall call, lower_mac_dsp(graph, node, traits, kConvKernels,
                                                pack_rows(layer, kInterleavedChannels)));
  window.add_fields(call);
  call.fields.push_back({"input_zero_point", layer.input.zero_point()});
  // Two columns of 16-bit inputs and one of 8-bit inputs.
  call.scratch_bytes = 5 * dsp_row_bytes(int64_t{window.filter_h} * window.filter_w * window.in_c);
  return call;
}

}  // namespace thimble::ops
