#include <gmock/gmock.h>

#include "kernels/activation/kernel.h"
#include "kernels/kernel_test_support.h"
#include "kernels/quantize/kernel.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;
using enum ir::DataType;

#define MEMBER(name) \
  { #name, &Params::name }
template <typename Params>
Members<Params> members() {
  if constexpr (std::is_same_v<Params, LookupParams>)
    return {MEMBER(count), MEMBER(table)};
  else if constexpr (std::is_same_v<Params, ClampF32Params>)
    return {MEMBER(count), MEMBER(float_min), MEMBER(float_max)};
  else if constexpr (std::is_same_v<Params, LeakyReluF32Params>)
    return {MEMBER(count), MEMBER(alpha)};
  else if constexpr (std::is_same_v<Params, LeakyReluS16Params>)
    return {MEMBER(count), MEMBER(positive_multiplier), MEMBER(positive_shift),
            MEMBER(negative_multiplier), MEMBER(negative_shift)};
  else if constexpr (std::is_same_v<Params, SigmoidF32Params>)
    return {MEMBER(count)};
  else if constexpr (std::is_same_v<Params, SigmoidS16Params>)
    return {MEMBER(count), MEMBER(multiplier), MEMBER(shift), MEMBER(table)};
  else
    return {MEMBER(count),
            MEMBER(input_zero_point),
            MEMBER(output_zero_point),
            MEMBER(multiplier),
            MEMBER(shift),
            MEMBER(min),
            MEMBER(max)};
}
#undef MEMBER

const KernelTable& activation_kernels() {
  static const KernelTable table = [] {
    KernelTable kernels;
#define KERNEL(name, Params, T) kernels.add(#name, name, members<Params>());
#include "kernels/activation/kernels.inc"
#undef KERNEL
    // ReLU on integers is a change of scale.
    kernels.add("requantize_s8_s8_ref", requantize_s8_s8_ref, members<RequantizeParams>());
    kernels.add("requantize_s16_s16_ref", requantize_s16_s16_ref, members<RequantizeParams>());
    return kernels;
  }();
  return table;
}

void compare(const char* op, const ir::Attributes& attributes, ir::DataType type,
             const ir::Quantization& input_quantization,
             const ir::Quantization& output_quantization, base::Random& random) {
  SCOPED_TRACE(fmt::format("{} {}", op, ir::type_name(type)));
  GraphBuilder builder;
  ir::Shape shape = random_shape(random, 2, 20);
  shape[0] += 100;
  ir::TensorId input = builder.input(type, shape, input_quantization);
  builder.node(op, {input}, attributes, type, output_quantization);
  expect_matches_host(builder.graph(), {random_inputs(builder.graph(), random)},
                      activation_kernels());
}

TEST(ActivationKernels, ReluMatchesTheHost) {
  base::Random random(1);
  for (const char* op : {"RELU", "RELU6"})
    for (ir::DataType type : kNumberTypes)
      for (int i = 0; i < 10; ++i)
        compare(op, {}, type, random_quantization(random, type), random_quantization(random, type),
                random);
}

TEST(ActivationKernels, LeakyReluMatchesTheHost) {
  base::Random random(2);
  for (double alpha : {0.0, 0.1, 1.0, 3.5, -0.3})
    for (ir::DataType type : kNumberTypes)
      for (int i = 0; i < 5; ++i)
        compare("LEAKY_RELU", {{"alpha", alpha}}, type, random_quantization(random, type),
                random_quantization(random, type), random);
}

ir::Quantization sigmoid_output(const char* op, ir::DataType type) {
  if (type == kFloat32) return {};
  if (type == kInt16) return per_tensor(1.0f / 32768, 0);
  return op == std::string_view("TANH") ? per_tensor(1.0f / 128, 0) : per_tensor(1.0f / 256, -128);
}

TEST(ActivationKernels, SigmoidsMatchTheHost) {
  base::Random random(3);
  for (const char* op : {"LOGISTIC", "TANH"}) {
    for (ir::DataType type : kNumberTypes)
      for (int i = 0; i < 20; ++i)
        compare(op, {}, type, random_quantization(random, type), sigmoid_output(op, type), random);
    // Powers of two take a path of their own.
    for (int power : {-10, -11, -12, -13})
      compare(op, {}, kInt16, per_tensor(std::exp2(static_cast<float>(power)), 0),
              sigmoid_output(op, kInt16), random);
  }
  EXPECT_THAT(activation_kernels().never_called(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace thimble::kernels
