// What the multiply-accumulate operators share when they lower to a kernel: tables of multipliers,
// the bias with the input's zero point folded in, the names of the portable variants.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ops/lowering.h"
#include "ops/mac_layer.h"

namespace thimble::ops {

// A family of target/kernels/ whose variants are named by rule: for family "conv" and prefix
// "Conv", kernels/conv/conv_ref.cc defines conv_s8_ref(const ConvS8Params&, ...).
struct MacKernels {
  std::string_view family;
  std::string_view params_prefix;
  // Whether the kernels sum input * weight and account for the input's zero point per channel: int8
  // ones by bias' = bias - zero_point * sum of the channel's weights, hybrid ones by a table of
  // these sums. The others subtract it from every input.
  bool folds_zero_point;
};

// A call of the portable variant with every field but those of the shape. The node must have passed
// verify_mac.
base::Result<KernelCall> lower_mac(const ir::Graph& graph, const ir::Node& node,
                                   const MacTraits& traits, const MacKernels& kernels);

// The same for an int8 layer and the variant "dsp", with the layer's weights packed as that wants
// them.
base::Result<KernelCall> lower_mac_dsp(const ir::Graph& graph, const ir::Node& node,
                                       const MacTraits& traits, const MacKernels& kernels,
                                       std::span<const int8_t> weights);

// What the DSP kernels know of a channel whose sums have the zero point folded in, see
// target/runtime/mac_dsp.h: the exponent of those that need general arithmetic is less than zero,
// by kDspGeneral less than it would be.
struct DspChannel {
  int32_t bias, multiplier, exponent;
};
constexpr int32_t kDspGeneral = 64;
std::vector<DspChannel> dsp_channels(const MacLayer& layer, const OutputStage& stage);

// Whether DSP kernels are wanted for the layer: it is int8.
bool fits_dsp(const MacLayer& layer, const LowerTarget& target);

// The same for Helium, which comes first where a core has both.
bool fits_mve(const MacLayer& layer, const LowerTarget& target);

// A portable call of an int8 layer with the kernel for Helium in its place, which takes the same
// parameters.
Lowering with_mve(KernelCall call, const MacKernels& kernels);

// Bytes of one row of weights or inputs in the DSP kernels, which take them in groups of four.
size_t dsp_row_bytes(int64_t elements);

// Channels whose weights are contiguous, for the DSP kernels: rows filled up with zeros to whole
// groups, every `block` channels interleaved group by group, left-over channels one by one.
std::vector<int8_t> pack_rows(const MacLayer& layer, int32_t block);

// Depthwise weights for the DSP kernel, [channels / 4][taps][4], of at least four channels; the
// last four are the last group.
std::vector<int8_t> pack_quads(const MacLayer& layer);

// Adds a table, or a constant tensor as it is, and the field that points to it.
template <typename T>
void add_table(KernelCall& call, std::string name, ir::DataType type, std::span<const T> values) {
  base::Bytes bytes(std::as_bytes(values).begin(), std::as_bytes(values).end());
  call.fields.push_back({name, ConstantRef{call.constants.size()}});
  call.constants.push_back({std::move(name), type, std::move(bytes), ir::kNoTensor});
}
void add_tensor(KernelCall& call, const ir::Graph& graph, std::string name, ir::TensorId id);

// The scale of the weights per channel, filled up with zeros to `count`.
void add_weight_scales(KernelCall& call, const MacLayer& layer, int32_t count);

// Per channel the bias minus the input's zero point times the sum of the weights. Kernels take it
// modulo 2^32, like the sums that begin with it.
std::vector<int64_t> folded_bias(const MacLayer& layer);
std::vector<int32_t> wrapped(std::span<const int64_t> values);

// The weights of one channel in memory order.
std::vector<int8_t> channel_weights(const MacLayer& layer, int32_t channel);

}  // namespace thimble::ops
