// What CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV share: which data types go
// together, how wide the sums are, and how a sum becomes an output element.
//
// The integer modes follow TensorFlow Lite Micro's reference kernels bit by bit. Of layers with
// float activations and int8 weights there are two kinds, see MacMode; hybrid ones: hybrid.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ops/activation.h"
#include "ops/hybrid.h"
#include "ops/op.h"
#include "ops/quantization.h"

namespace thimble::ops {

enum class MacMode {
  kFloat,
  kInt8,         // int8 activations, 32-bit sums
  kInt16,        // int16 activations, 64-bit sums
  kInt16Narrow,  // int16 activations and an int32 bias: 32-bit sums
  kHybrid,       // float activations, int8 weights: the input is quantized at run time
  kDecoded,      // float activations, int8 weights: these become floats where they are used
};

// Attribute of a layer with float activations and int8 weights: 1 for kDecoded. Missing: kHybrid.
inline constexpr std::string_view kDecodeWeights = "decode_weights";

// How a hybrid layer quantizes its input.
enum class HybridRule {
  kAsymmetric,
  kAsymmetricPerChannel,  // symmetric when the weights have one scale
  kByAttribute,           // "asymmetric_quantize_inputs"; symmetric when it is missing or 0
};

// Where the operators differ.
struct MacTraits {
  size_t input_index = 0, weights_index = 1, bias_index = 2;  // operands
  size_t weights_rank = 4;
  size_t channel_axis = 0;               // of the weights: the output channel
  bool weights_have_zero_point = false;  // per-tensor only
  // With per-tensor weights the product of the scales of input and weights is rounded to float.
  bool float_scale_product = false;
  HybridRule hybrid_rule = HybridRule::kAsymmetric;
};

inline constexpr MacTraits kConv2dTraits{.hybrid_rule = HybridRule::kAsymmetricPerChannel};
inline constexpr MacTraits kDepthwiseTraits{.channel_axis = 3,
                                            .hybrid_rule = HybridRule::kAsymmetric};
inline constexpr MacTraits kFullyConnectedTraits{.weights_rank = 2,
                                                 .weights_have_zero_point = true,
                                                 .float_scale_product = true,
                                                 .hybrid_rule = HybridRule::kByAttribute};

// The operands of a node by their role. Lives no longer than the graph.
struct MacLayer {
  const MacTraits& traits;
  const ir::Tensor& input;
  const ir::Tensor& weights;
  const ir::Tensor* bias;  // nullptr: none
  const ir::Tensor& output;
  HybridScheme hybrid_scheme;  // of a hybrid layer
  bool decodes_weights;        // kDecodeWeights

  // The node must have its input and weights (check_arity), and weights of the right rank.
  static MacLayer of(const ir::Graph& graph, const ir::Node& node, const MacTraits& traits);

  int32_t channels() const { return weights.shape[traits.channel_axis]; }
  float weight_scale(int32_t channel) const;  // weights must be quantized
  int32_t weight_zero_point() const;          // 0 for float weights
  MacMode mode() const;                       // valid after verify_mac
};

// Number of operands, data types, quantization, the fused activation; weights and bias must be
// constants, the bias one element per output channel. Says nothing of the shapes of input and
// output.
base::Result<> verify_mac(const ir::Graph& graph, const ir::Node& node, const MacTraits& traits);

// From an integer sum, bias included, to an output element: rescale, add the zero point, clamp.
struct OutputStage {
  std::vector<QuantizedMultiplier> multipliers;  // one per channel
  int32_t zero_point = 0;
  IntegerRange range{};

  template <typename Sum>
  int32_t apply(Sum sum, int32_t channel) const {
    auto scaled = multiply_by_quantized_multiplier(sum, multipliers[static_cast<size_t>(channel)]);
    auto shifted =
        static_cast<int32_t>(static_cast<uint32_t>(scaled) + static_cast<uint32_t>(zero_point));
    return std::min(std::max(shifted, range.min), range.max);
  }
};

// For the integer modes. Errors: kUnsupported when a rescale factor cannot be represented;
// verify_mac has found those.
base::Result<OutputStage> output_stage(const MacLayer& layer, Activation activation);

// The bias as integers, zeros when there is none. For the integer modes.
std::vector<int64_t> integer_bias(const MacLayer& layer);

// Multiply-accumulates as given, FLOPs with bias and activation, and the paper's estimate.
Cost mac_cost(const MacLayer& layer, const ir::Node& node, uint64_t maccs, double paper_maccs);

}  // namespace thimble::ops
