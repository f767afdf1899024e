// Every variant of the family against the host's DEPTHWISE_CONV_2D.
#include <gmock/gmock.h>

#include "kernels/conv/conv_packed.h"
#include "kernels/conv/kernel.h"
#include "kernels/conv/packed_test_support.h"
#include "kernels/depthwise/depthwise_3x3_s1.h"
#include "kernels/depthwise/depthwise_3x3_s2.h"
#include "kernels/depthwise/kernel.h"
#include "kernels/depthwise/plane_3x3_s1.h"
#include "kernels/depthwise/test_support_3x3.h"
#include "kernels/mac_test_support.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;

template <typename Params>
Members<Params> members() {
  Members<Params> result;
  if constexpr (std::is_same_v<Params, DepthwiseS8Params> || std::is_base_of_v<DspOutput, Params> ||
                std::is_base_of_v<StagedOutput, Params>)
    result.push_back({"input_zero_point", &Params::input_zero_point});
  if constexpr (std::is_same_v<Params, ConvS8PairsParams>)
    result.push_back({"row_bytes", &Params::row_bytes});
  add_shape_members(result);
  add_operand_members(result);
  return result;
}

template <>
Members<Depthwise3x3Params> members() {
  return members_3x3();
}

template <>
Members<ConvS8PackedParams> members() {
  return packed_members();
}

KernelTable depthwise_kernels() {
  KernelTable kernels;
#define KERNEL(name, Params, ...) kernels.add(#name, name, members<Params>());
#define KERNEL_WITH_SCRATCH KERNEL
#define KERNEL_TEMPLATE(name, Params, ...) kernels.add(#name, name<__VA_ARGS__>, members<Params>());
#include "kernels/depthwise/kernels.inc"
#undef KERNEL_TEMPLATE
#undef KERNEL
#undef KERNEL_WITH_SCRATCH
  // What a layer of one input channel may become.
  kernels.add("conv_s8_dsp", conv_s8_dsp, members<ConvS8DspParams>());
  kernels.add("conv_s8_pairs", conv_s8_pairs, members<ConvS8PairsParams>());
  kernels.add("conv_s4_pairs", conv_s4_pairs, members<ConvS8PairsParams>());
  const Members<ConvS8PackedParams> packed = members<ConvS8PackedParams>();
  kernels.add("conv_s8_packed_pixels", conv_s8_packed_pixels<0, 0, false, 0>, packed);
  kernels.add("conv_s8_packed_padded", conv_s8_packed_padded<0, 0, false, 0>, packed);
  return kernels;
}

// A depthwise convolution, often 3x3, often with channels that are a multiple of four.
ir::Graph random_depthwise(base::Random& random, Mode mode) {
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  GraphBuilder builder;
  RandomMacLayer layer(builder, random, mode, random_kind(random));
  const int32_t multiplier = random.integer(0, 3) == 0 ? size(2, 5) : 1;
  const ir::Shape in = {size(1, 2), size(1, 9), size(1, 9),
                        random.integer(0, 1) ? 4 * size(1, 5) : size(1, 13)};
  const bool is_square = random.integer(0, 1) == 1;
  const int32_t filter_h = std::min(is_square ? 3 : size(1, 5), in[1]);
  const int32_t filter_w = std::min(is_square ? 3 : size(1, 5), in[2]);
  const bool is_same = random.integer(0, 1) == 1;
  const bool is_dilated = is_same && random.integer(0, 3) == 0;
  const ir::TensorId input = builder.input(activation_type(mode), in, layer.input_quantization());
  const ir::TensorId weights =
      layer.weights({1, filter_h, filter_w, in[3] * multiplier}, 3, filter_h * filter_w);
  builder.node("DEPTHWISE_CONV_2D", {input, weights, layer.bias()},
               {{"padding", is_same ? "same" : "valid"},
                {"stride_h", random.integer(1, 2)},
                {"stride_w", random.integer(1, 2)},
                {"dilation_h", is_dilated ? size(1, 3) : 1},
                {"dilation_w", is_dilated ? size(1, 3) : 1},
                {"depth_multiplier", multiplier},
                {"activation", layer.activation()}},
               activation_type(mode), layer.output_quantization());
  return builder.graph();
}

// What the 3x3 kernels are made for: larger images, any number of channels from four on.
ir::Graph random_depthwise_3x3(base::Random& random, Mode mode) {
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  GraphBuilder builder;
  RandomMacLayer layer(builder, random, mode, random_kind(random));
  const ir::Shape in = {size(1, 2), size(2, 19), size(2, 19), size(4, 21)};
  const bool fits = in[1] >= 3 && in[2] >= 3;
  const char* const padding = fits && random.integer(0, 3) == 0 ? "valid"
                              : random.integer(0, 2) == 0       ? "explicit"
                                                                : "same";
  std::vector<int64_t> pads = random_values<int64_t>(random, 4, 1, 2);
  const int64_t stride = random.integer(1, 2);
  const ir::TensorId input = builder.input(activation_type(mode), in, layer.input_quantization());
  const ir::TensorId weights = layer.weights({1, 3, 3, in[3]}, 3, 9);
  builder.node("DEPTHWISE_CONV_2D", {input, weights, layer.bias()},
               {{"padding", padding},
                {"pads", pads},
                {"stride_h", stride},
                {"stride_w", stride},
                {"dilation_h", 1},
                {"dilation_w", 1},
                {"depth_multiplier", 1},
                {"activation", layer.activation()}},
               activation_type(mode), layer.output_quantization());
  return builder.graph();
}

TEST(DepthwiseKernels, MatchTheHost) {
  expect_family_matches_host(depthwise_kernels(), 400, kModes, random_depthwise);
}

TEST(DepthwiseKernels, MatchTheHostOn3x3) {
  const KernelTable kernels = depthwise_kernels();
  base::Random random(2);
  for (int i = 0; i < 400; ++i) {
    SCOPED_TRACE(i);
    const ir::Graph graph = random_depthwise_3x3(random, Mode::kS8);
    expect_matches_host(graph, mac_inputs(graph, Mode::kS8, random), kernels);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace thimble::kernels
