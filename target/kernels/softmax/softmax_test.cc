#include <gmock/gmock.h>

#include "kernels/kernel_test_support.h"
#include "kernels/softmax/kernel.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;
using enum ir::DataType;

#define MEMBER(name) \
  { #name, &Params::name }
template <typename Params>
Members<Params> members() {
  if constexpr (std::is_same_v<Params, SoftmaxF32Params>)
    return {MEMBER(rows), MEMBER(depth), MEMBER(beta)};
  else if constexpr (std::is_same_v<Params, SoftmaxS8Params>)
    return {MEMBER(rows), MEMBER(depth), MEMBER(exps), MEMBER(exp_count)};
  else if constexpr (std::is_same_v<Params, SoftmaxOfTwoParams>)
    return {MEMBER(rows), MEMBER(count), MEMBER(smaller)};
  else
    return {MEMBER(rows),  MEMBER(depth), MEMBER(multiplier),
            MEMBER(shift), MEMBER(exps),  MEMBER(reciprocals)};
}
#undef MEMBER

const KernelTable& softmax_kernels() {
  static const KernelTable table = [] {
    KernelTable kernels;
#define KERNEL(name, Params, In, Out) kernels.add(#name, name, members<Params>());
#include "kernels/softmax/kernels.inc"
#undef KERNEL
    return kernels;
  }();
  return table;
}

struct SoftmaxCase {
  ir::DataType input, output;
  float output_scale;
  int32_t output_zero_point;
};

constexpr SoftmaxCase kCases[] = {{kFloat32, kFloat32, 0, 0},
                                  {kInt8, kInt8, 1.0f / 256, -128},
                                  {kInt8, kInt16, 1.0f / 65536, -32768},
                                  {kInt16, kInt16, 1.0f / 32768, 0}};

void compare(const SoftmaxCase& c, const ir::Shape& shape, base::Random& random) {
  SCOPED_TRACE(fmt::format("{} to {}, {}", ir::type_name(c.input), ir::type_name(c.output),
                           ir::shape_text(shape)));
  GraphBuilder builder;
  ir::TensorId input = builder.input(c.input, shape, random_quantization(random, c.input));
  builder.node(
      "SOFTMAX", {input}, {{"beta", double{random.uniform(0.25f, 4)}}}, c.output,
      c.output == kFloat32 ? ir::Quantization{} : per_tensor(c.output_scale, c.output_zero_point));
  expect_matches_host(builder.graph(), {random_inputs(builder.graph(), random)}, softmax_kernels());
}

TEST(SoftmaxKernels, MatchTheHost) {
  base::Random random(1);
  for (const SoftmaxCase& c : kCases)
    for (int i = 0; i < 40; ++i) compare(c, random_shape(random, random.integer(1, 4), 12), random);
}

TEST(SoftmaxKernels, MatchTheHostOnRowsOfTwo) {
  base::Random random(3);
  for (const SoftmaxCase& c : kCases)
    for (int i = 0; i < 20; ++i) compare(c, {500, 2}, random);
}

TEST(SoftmaxKernels, MatchTheHostOnLongRows) {
  base::Random random(2);
  for (const SoftmaxCase& c : kCases) compare(c, {2, 4095}, random);
}

TEST(SoftmaxKernels, AllHaveRun) {
  EXPECT_THAT(softmax_kernels().never_called(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace thimble::kernels
