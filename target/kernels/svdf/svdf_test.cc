#include <gmock/gmock.h>

#include "kernels/kernel_test_support.h"
#include "kernels/svdf/kernel.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;
using enum ir::DataType;

#define MEMBER(name) \
  { #name, &Params::name }
template <typename Params>
Members<Params> members() {
  Members<Params> result = {MEMBER(batches),      MEMBER(inputs), MEMBER(units),
                            MEMBER(rank),         MEMBER(memory), MEMBER(feature_weights),
                            MEMBER(time_weights), MEMBER(bias)};
  if constexpr (std::is_same_v<Params, SvdfF32Params>)
    result.insert(result.end(), {MEMBER(float_min), MEMBER(float_max)});
  else if constexpr (std::is_same_v<Params, SvdfHybridParams>)
    result.insert(result.end(), {MEMBER(asymmetric), MEMBER(feature_scale), MEMBER(time_scale),
                                 MEMBER(float_min), MEMBER(float_max)});
  else
    result.insert(result.end(),
                  {MEMBER(input_zero_point), MEMBER(state_zero_point), MEMBER(output_zero_point),
                   MEMBER(state_multiplier), MEMBER(state_shift), MEMBER(output_multiplier),
                   MEMBER(output_shift)});
  return result;
}
#undef MEMBER

const KernelTable& svdf_kernels() {
  static const KernelTable table = [] {
    KernelTable kernels;
#define KERNEL(name, Params, T, State) kernels.add(#name, name, members<Params>());
#define KERNEL_WITH_SCRATCH KERNEL
#include "kernels/svdf/kernels.inc"
#undef KERNEL
#undef KERNEL_WITH_SCRATCH
    return kernels;
  }();
  return table;
}

// Builds constants of any of the types.
class ConstantMaker {
 public:
  ConstantMaker(GraphBuilder& builder, base::Random& random) : builder_(builder), random_(random) {}

  ir::TensorId make(ir::DataType type, const ir::Shape& shape, float scale) {
    const int64_t count = ir::element_count(shape);
    switch (type) {
      case kInt8:
        return builder_.constant(type, shape, random_values<int8_t>(random_, count, -127, 127),
                                 per_tensor(scale, 0));
      case kInt16:
        return builder_.constant(type, shape, random_values<int16_t>(random_, count, -9000, 9000),
                                 per_tensor(scale, 0));
      case kInt32:
        return builder_.constant(type, shape, random_values<int32_t>(random_, count, -9999, 9999),
                                 per_tensor(scale, 0));
      default: {
        std::vector<float> values(static_cast<size_t>(count));
        for (float& value : values) value = random_.uniform(-1, 1);
        return builder_.constant(type, shape, values);
      }
    }
  }

 private:
  GraphBuilder& builder_;
  base::Random& random_;
};

struct Types {
  ir::DataType activation, feature, time, bias, state;
};

constexpr Types kTypes[] = {{kInt8, kInt8, kInt16, kInt32, kInt16},
                            {kInt8, kInt8, kInt8, kInt32, kInt8},
                            {kFloat32, kFloat32, kFloat32, kFloat32, kFloat32},
                            {kFloat32, kInt8, kInt8, kFloat32, kFloat32}};

// Several inferences, so that the state matters.
void compare(const Types& types, bool with_bias, bool asymmetric, base::Random& random) {
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  const int32_t batches = size(1, 2), inputs = size(1, 9), units = size(1, 5), rank = size(1, 3),
                memory = size(1, 6), filters = units * rank;
  GraphBuilder builder;
  ConstantMaker constants(builder, random);
  const ir::TensorId input = builder.input(types.activation, {batches, inputs},
                                           random_quantization(random, types.activation));
  const ir::TensorId feature = constants.make(types.feature, {filters, inputs}, 0.01f);
  const ir::TensorId time =
      constants.make(types.time, {filters, memory}, types.time == kInt16 ? 0.0001f : 0.01f);
  const ir::TensorId bias = with_bias ? constants.make(types.bias, {units}, 0.001f) : ir::kNoTensor;
  const ir::TensorId state = builder.state(types.state, {batches, filters * memory},
                                           random_quantization(random, types.state));
  builder.node("SVDF", {input, feature, time, bias, state},
               {{"rank", int64_t{rank}},
                {"activation", types.activation == kFloat32 ? "relu" : "none"},
                {"asymmetric_quantize_inputs", int64_t{asymmetric}}},
               types.activation, random_quantization(random, types.activation));
  std::vector<std::vector<base::Bytes>> runs;
  for (int run = 0; run < 4; ++run) runs.push_back(random_inputs(builder.graph(), random));
  expect_matches_host(builder.graph(), runs, svdf_kernels());
}

TEST(SvdfKernels, MatchTheHost) {
  base::Random random(1);
  for (const Types& types : kTypes)
    for (int i = 0; i < 20; ++i) compare(types, i % 2 == 0, i % 4 < 2, random);
  EXPECT_THAT(svdf_kernels().never_called(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace thimble::kernels
