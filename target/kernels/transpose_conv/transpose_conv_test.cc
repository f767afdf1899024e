// Every variant of the family against the host's TRANSPOSE_CONV.
#include <gmock/gmock.h>

#include "kernels/mac_test_support.h"
#include "kernels/transpose_conv/kernel.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;

template <typename Params>
Members<Params> members() {
  Members<Params> result;
  if constexpr (std::is_same_v<Params, TransposeConvS8Params>)
    result.push_back({"input_zero_point", &Params::input_zero_point});
  add_shape_members(result);
  add_operand_members(result);
  return result;
}

KernelTable transpose_conv_kernels() {
  KernelTable kernels;
#define KERNEL(name, Params, ...) kernels.add(#name, name, members<Params>());
#include "kernels/transpose_conv/kernels.inc"
#undef KERNEL
  return kernels;
}

ir::Graph random_layer(base::Random& random, Mode mode) {
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  GraphBuilder builder;
  RandomMacLayer layer(builder, random, mode, random_kind(random));
  const ir::Shape in = {size(1, 2), size(1, 6), size(1, 6), size(1, 9)};
  const int32_t out_c = size(1, 9), filter_h = size(1, 4), filter_w = size(1, 4);
  const int32_t stride_h = size(1, 3), stride_w = size(1, 3);
  const bool is_same = random.integer(0, 1) == 1;
  auto extent = [&](int32_t input, int32_t filter, int32_t stride) {
    return is_same ? input * stride : (input - 1) * stride + filter;
  };
  const ir::TensorId shape = builder.constant<int32_t>(
      ir::DataType::kInt32, {4},
      {in[0], extent(in[1], filter_h, stride_h), extent(in[2], filter_w, stride_w), out_c});
  const ir::TensorId input = builder.input(activation_type(mode), in, layer.input_quantization());
  const ir::TensorId weights =
      layer.weights({out_c, filter_h, filter_w, in[3]}, 0, filter_h * filter_w * in[3]);
  builder.node("TRANSPOSE_CONV", {shape, weights, input, layer.bias()},
               {{"padding", is_same ? "same" : "valid"},
                {"stride_h", stride_h},
                {"stride_w", stride_w},
                {"activation", layer.activation()}},
               activation_type(mode), layer.output_quantization());
  return builder.graph();
}

TEST(TransposeConvKernels, MatchTheHost) {
  constexpr Mode kSupported[] = {Mode::kS8, Mode::kS16, Mode::kS16Narrow, Mode::kF32};  // no hybrid
  expect_family_matches_host(transpose_conv_kernels(), 200, kSupported, random_layer);
}

}  // namespace
}  // namespace thimble::kernels
