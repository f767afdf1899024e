// Every variant of the family against the host's FULLY_CONNECTED.
#include <gmock/gmock.h>

#include "kernels/fully_connected/fully_connected_packed.h"
#include "kernels/fully_connected/kernel.h"
#include "kernels/mac_test_support.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;

template <typename Params>
Members<Params> members() {
  Members<Params> result = {{"rows", &Params::rows}, {"in", &Params::in}, {"out", &Params::out}};
  if constexpr (std::is_base_of_v<Requantization, Params> &&
                !std::is_same_v<Params, FullyConnectedS8SparseParams>)
    result.push_back({"weights_zero_point", &Params::weights_zero_point});
  if constexpr (std::is_same_v<Params, FullyConnectedS8SparseParams>)
    result.push_back({"blocks", &Params::blocks});
  if constexpr (std::is_base_of_v<StagedOutput, Params>)
    result.push_back({"steps", &Params::steps});
  add_operand_members(result);
  return result;
}

Members<FullyConnectedS8PackedParams> packed_members() {
  using Params = FullyConnectedS8PackedParams;
#define MEMBER(name) \
  { #name, &Params::name }
  return {MEMBER(rows),  MEMBER(in),          MEMBER(out),        MEMBER(by_four), MEMBER(weights),
          MEMBER(table), MEMBER(per_channel), MEMBER(multiplier), MEMBER(shift),   MEMBER(rounding),
          MEMBER(min),   MEMBER(max),         MEMBER(is_clamped)};
#undef MEMBER
}

KernelTable fully_connected_kernels() {
  KernelTable kernels;
#define KERNEL(name, Params, ...) kernels.add(#name, name, members<Params>());
#define KERNEL_WITH_SCRATCH KERNEL
#define KERNEL_TEMPLATE(name, Params, ...) kernels.add(#name, name<__VA_ARGS__>, packed_members());
#include "kernels/fully_connected/kernels.inc"
#undef KERNEL
#undef KERNEL_WITH_SCRATCH
#undef KERNEL_TEMPLATE
  return kernels;
}

ir::Graph random_layer(base::Random& random, Mode mode) {
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  GraphBuilder builder;
  RandomMacLayer layer(builder, random, mode, random_kind(random));
  const ir::Shape in = {size(1, 3), random.integer(0, 1) ? 4 * size(1, 30) : size(1, 120)};
  const int32_t weights_zero_point =
      !is_float(mode) && random.integer(0, 5) == 0 ? size(-128, 127) : 0;
  const ir::TensorId input = builder.input(activation_type(mode), in, layer.input_quantization());
  const ir::TensorId weights =
      layer.weights({size(1, 23), in[1]}, 0, in[1], weights_zero_point == 0, weights_zero_point);
  builder.node("FULLY_CONNECTED", {input, weights, layer.bias()},
               {{"keep_num_dims", 0},
                {"asymmetric_quantize_inputs", random.integer(0, 1)},
                {"activation", layer.activation()}},
               activation_type(mode), layer.output_quantization());
  return builder.graph();
}

TEST(FullyConnectedKernels, MatchTheHost) {
  expect_family_matches_host(fully_connected_kernels(), 400, kModes, random_layer);
}

}  // namespace
}  // namespace thimble::kernels
