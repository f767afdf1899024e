// Every variant of the family against the host's CONV_2D.
#include <gmock/gmock.h>

#include "kernels/conv/conv_packed.h"
#include "kernels/conv/conv_winograd.h"
#include "kernels/conv/kernel.h"
#include "kernels/conv/packed_test_support.h"
#include "kernels/conv/pointwise_8.h"
#include "kernels/depthwise/plane_3x3_s1.h"
#include "kernels/depthwise/test_support_3x3.h"
#include "kernels/mac_test_support.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;

#define MEMBER(name) \
  { #name, &Params::name }

// The kernels that are templates.
template <typename Params>
Members<Params> members_of_template();

template <>
Members<ConvS8PackedParams> members_of_template() {
  return packed_members();
}

template <>
Members<ConvS8WinogradParams> members_of_template() {
  using Params = ConvS8WinogradParams;
  Members<Params> result = {MEMBER(weights), MEMBER(table),  MEMBER(input_zero_point),
                            MEMBER(min),     MEMBER(max),    MEMBER(is_clamped),
                            MEMBER(steps),   MEMBER(chunks), MEMBER(groups)};
  add_shape_members(result);
  return result;
}

template <>
Members<ConvS8Pointwise8Params> members_of_template() {
  using Params = ConvS8Pointwise8Params;
  return {MEMBER(table), MEMBER(pixels), MEMBER(block),     MEMBER(out_c),
          MEMBER(min),   MEMBER(max),    MEMBER(is_clamped)};
}

#undef MEMBER

template <typename Params>
Members<Params> members() {
  Members<Params> result;
  constexpr bool kIsDsp = std::is_same_v<Params, ConvS8DspParams>;
  constexpr bool kIsPairs = std::is_same_v<Params, ConvS8PairsParams>;
  constexpr bool kIsSparse = std::is_same_v<Params, ConvS8SparseParams>;
  if constexpr (std::is_same_v<Params, ConvS8Params> || kIsDsp || kIsPairs || kIsSparse)
    result.push_back({"input_zero_point", &Params::input_zero_point});
  if constexpr (kIsSparse) result.push_back({"blocks", &Params::blocks});
  if constexpr (kIsPairs) result.push_back({"row_bytes", &Params::row_bytes});
  constexpr bool kDecodesTile =
      std::is_same_v<Params, ConvDecodedTileParams> || std::is_same_v<Params, ConvHalfTileParams>;
  if constexpr (kDecodesTile) result.push_back({"tiles", &Params::tiles});
  if constexpr (std::is_same_v<Params, ConvF32TileParams> || kDecodesTile)
    result.push_back({"count", &Params::count});
  else if constexpr (!kIsDsp && !kIsPairs && !kIsSparse)
    result.push_back({"groups", &Params::groups});
  add_shape_members(result);
  add_operand_members(result);
  return result;
}

KernelTable conv_kernels() {
  KernelTable kernels;
#define KERNEL(name, Params, ...) kernels.add(#name, name, members<Params>());
#define KERNEL_WITH_SCRATCH KERNEL
#define KERNEL_TEMPLATE(name, Params, T, ...) \
  kernels.add(#name, name<__VA_ARGS__>, members_of_template<Params>());
#include "kernels/conv/kernels.inc"
#undef KERNEL
#undef KERNEL_WITH_SCRATCH
#undef KERNEL_TEMPLATE
  // What a layer of one input channel may become.
  kernels.add("plane_3x3_s1", plane_3x3_s1<0, false, false, 0, 0>, members_3x3());
  return kernels;
}

// A first layer: three channels, three rows of taps.
ir::Graph random_stem(base::Random& random) {
  constexpr Mode mode = Mode::kS8;
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  GraphBuilder builder;
  RandomMacLayer layer(builder, random, mode, random_kind(random));
  // Half of them as the kernel for pairs of columns wants them.
  const bool in_pairs = random.integer(0, 1);
  const int32_t filter_w = in_pairs ? 3 : size(1, 4);
  const ir::TensorId input =
      builder.input(activation_type(mode), {size(1, 2), size(3, 9), size(filter_w, 40), 3},
                    layer.input_quantization());
  const ir::TensorId weights = layer.weights({size(1, 9), 3, filter_w, 3}, 0, 9 * filter_w);
  builder.node("CONV_2D", {input, weights, layer.bias()},
               {{"padding", random.integer(0, 1) ? "same" : "valid"},
                {"stride_h", random.integer(1, 3)},
                {"stride_w", in_pairs ? 2 : random.integer(1, 3)},
                {"dilation_h", int64_t{1}},
                {"dilation_w", int64_t{1}},
                {"activation", layer.activation()}},
               activation_type(mode), layer.output_quantization());
  return builder.graph();
}

// A first layer for grey images: one channel, 3x3, stride 1.
ir::Graph random_plane(base::Random& random) {
  constexpr Mode mode = Mode::kS8;
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  GraphBuilder builder;
  RandomMacLayer layer(builder, random, mode, random_kind(random));
  const ir::TensorId input = builder.input(
      activation_type(mode), {size(1, 2), size(3, 19), size(3, 19), 1}, layer.input_quantization());
  const ir::TensorId weights = layer.weights({size(1, 9), 3, 3, 1}, 0, 9);
  const int64_t draw = random.integer(0, 2);
  builder.node("CONV_2D", {input, weights, layer.bias()},
               {{"padding", draw == 0   ? "valid"
                            : draw == 1 ? "same"
                                        : "explicit"},
                {"pads", random_values<int64_t>(random, 4, 0, 2)},
                {"stride_h", int64_t{1}},
                {"stride_w", int64_t{1}},
                {"dilation_h", int64_t{1}},
                {"dilation_w", int64_t{1}},
                {"activation", layer.activation()}},
               activation_type(mode), layer.output_quantization());
  return builder.graph();
}

// A 1x1 layer of eight channels.
ir::Graph random_pointwise(base::Random& random) {
  constexpr Mode mode = Mode::kS8;
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  GraphBuilder builder;
  RandomMacLayer layer(builder, random, mode, random_kind(random));
  const ir::TensorId input = builder.input(
      activation_type(mode), {size(1, 2), size(1, 15), size(1, 15), 8}, layer.input_quantization());
  const ir::TensorId weights = layer.weights({size(1, 13), 1, 1, 8}, 0, 8);
  builder.node("CONV_2D", {input, weights, layer.bias()},
               {{"padding", random.integer(0, 1) ? "same" : "valid"},
                {"stride_h", int64_t{1}},
                {"stride_w", int64_t{1}},
                {"dilation_h", int64_t{1}},
                {"dilation_w", int64_t{1}},
                {"activation", layer.activation()}},
               activation_type(mode), layer.output_quantization());
  return builder.graph();
}

// A 3x3 convolution with stride 1 of enough channels for Winograd's algorithm.
ir::Graph random_3x3(base::Random& random) {
  constexpr Mode mode = Mode::kS8;
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  GraphBuilder builder;
  RandomMacLayer layer(builder, random, mode, random_kind(random));
  const bool is_even = random.integer(0, 1);
  const int32_t in_c = is_even ? 4 * size(2, 18) : size(6, 70);
  const int32_t out_c = is_even ? 2 * size(1, 8) : size(1, 16);
  const ir::TensorId input =
      builder.input(activation_type(mode), {size(1, 2), size(3, 14), size(3, 22), in_c},
                    layer.input_quantization());
  const ir::TensorId weights = layer.weights({out_c, 3, 3, in_c}, 0, 9 * in_c);
  builder.node("CONV_2D", {input, weights, layer.bias()},
               {{"padding", random.integer(0, 3) ? "same" : "valid"},
                {"stride_h", int64_t{1}},
                {"stride_w", int64_t{1}},
                {"dilation_h", int64_t{1}},
                {"dilation_w", int64_t{1}},
                {"activation", layer.activation()}},
               activation_type(mode), layer.output_quantization());
  return builder.graph();
}

// A convolution whose filter is often 1x1 or 3x3 and whose channels are often a multiple of four.
ir::Graph random_convolution(base::Random& random, Mode mode) {
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  auto channels = [&] { return random.integer(0, 1) ? 4 * size(1, 5) : size(1, 13); };
  auto filter = [&](int32_t extent) {
    const int64_t draw = random.integer(0, 3);
    return std::min(draw == 0 ? 1 : draw == 1 ? 3 : size(1, 5), extent);
  };
  GraphBuilder builder;
  RandomMacLayer layer(builder, random, mode, random_kind(random));
  const int32_t groups = random.integer(0, 4) == 0 ? size(2, 3) : 1;
  const int32_t group_in_c = channels(), out_c = groups * channels();
  const ir::Shape in = {size(1, 2), size(1, 9), size(1, 9), group_in_c * groups};
  const int32_t filter_h = filter(in[1]), filter_w = filter(in[2]);
  const bool is_same = random.integer(0, 1) == 1;
  // Without padding the dilated filter must fit.
  auto dilation = [&](int32_t extent, int32_t taps) {
    if (random.integer(0, 3) != 0) return 1;
    return is_same || taps == 1 ? size(1, 3) : size(1, std::max(1, (extent - 1) / (taps - 1)));
  };
  const ir::TensorId input = builder.input(activation_type(mode), in, layer.input_quantization());
  const ir::TensorId weights =
      layer.weights({out_c, filter_h, filter_w, group_in_c}, 0, filter_h * filter_w * group_in_c);
  builder.node("CONV_2D", {input, weights, layer.bias()},
               {{"padding", is_same ? "same" : "valid"},
                {"stride_h", random.integer(1, 2)},
                {"stride_w", random.integer(1, 3)},
                {"dilation_h", dilation(in[1], filter_h)},
                {"dilation_w", dilation(in[2], filter_w)},
                {"activation", layer.activation()}},
               activation_type(mode), layer.output_quantization());
  return builder.graph();
}

// With weights of four bits, a 1x1 convolution of whole pixels in a row or a stem of stride 2.
ir::Graph random_four_bits(base::Random& random) {
  GraphBuilder builder;
  RandomMacLayer layer(builder, random, Mode::kS8, Values::kFourBits);
  const auto size = [&](int64_t high) { return static_cast<int32_t>(random.integer(1, high)); };
  const bool is_stem = random.integer(0, 1) == 1;
  const int32_t in_c = is_stem ? 3 : 8 << random.integer(0, 3), filter = is_stem ? 3 : 1;
  const int64_t stride = is_stem ? 2 : 1;
  const ir::TensorId input = builder.input(
      ir::DataType::kInt8, {size(2), 2 + size(6), 2 + size(20), in_c}, layer.input_quantization());
  const ir::TensorId weights =
      layer.weights({size(20), filter, filter, in_c}, 0, filter * filter * in_c);
  builder.node("CONV_2D", {input, weights, layer.bias()},
               {{"padding", random.integer(0, 1) ? "same" : "valid"},
                {"stride_h", stride},
                {"stride_w", stride},
                {"dilation_h", int64_t{1}},
                {"dilation_w", int64_t{1}},
                {"activation", layer.activation()}},
               ir::DataType::kInt8, layer.output_quantization());
  return builder.graph();
}

TEST(ConvKernels, MatchTheHost) {
  const KernelTable kernels = conv_kernels();
  base::Random random(11);
  constexpr std::array kSpecial = {random_3x3, random_stem, random_plane, random_pointwise,
                                   random_four_bits};
  for (size_t i = 0; i < 100 * kSpecial.size(); ++i) {
    SCOPED_TRACE(fmt::format("special layer {}", i));
    const ir::Graph graph = kSpecial[i / 100](random);
    expect_matches_host(graph, mac_inputs(graph, Mode::kS8, random), kernels);
    if (::testing::Test::HasFailure()) return;
  }
  expect_family_matches_host(kernels, 400, kModes, random_convolution);
}

}  // namespace
}  // namespace thimble::kernels
