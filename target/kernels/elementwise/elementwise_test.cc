#include <gmock/gmock.h>

#include "kernels/elementwise/kernel.h"
#include "kernels/elementwise/product.h"
#include "kernels/elementwise/scaled_sum.h"
#include "kernels/elementwise/scaled_sum_tables.h"
#include "kernels/elementwise/sum_tables.h"
#include "kernels/kernel_test_support.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;

#define MEMBER(name) \
  { #name, &Params::name }
template <typename Params>
Members<Params> members();

template <>
Members<BinaryParams> members() {
  using Params = BinaryParams;
  return {MEMBER(extents),      MEMBER(a_strides),    MEMBER(b_strides),
          MEMBER(a_zero_point), MEMBER(b_zero_point), MEMBER(output_zero_point),
          MEMBER(left_shift),   MEMBER(a_multiplier), MEMBER(a_shift),
          MEMBER(b_multiplier), MEMBER(b_shift),      MEMBER(output_multiplier),
          MEMBER(output_shift), MEMBER(min),          MEMBER(max),
          MEMBER(float_min),    MEMBER(float_max)};
}

template <>
Members<ScaledSumParams> members() {
  using Params = ScaledSumParams;
  return {MEMBER(count),    MEMBER(a_factor), MEMBER(b_factor), MEMBER(offset), MEMBER(rounds_away),
          MEMBER(rounding), MEMBER(shift),    MEMBER(min),      MEMBER(max),    MEMBER(is_clamped)};
}

template <>
Members<SumTablesParams> members() {
  using Params = SumTablesParams;
  return {MEMBER(count),        MEMBER(a_zero_point), MEMBER(b_zero_point),
          MEMBER(left_shift),   MEMBER(a_multiplier), MEMBER(a_shift),
          MEMBER(b_multiplier), MEMBER(b_shift),      MEMBER(b_sign),
          MEMBER(output_shift), MEMBER(rounding),     MEMBER(output_multiplier),
          MEMBER(min),          MEMBER(max),          MEMBER(is_clamped)};
}

template <>
Members<ProductParams> members() {
  using Params = ProductParams;
  return {MEMBER(count),      MEMBER(a_zero_point), MEMBER(b_zero_point),
          MEMBER(multiplier), MEMBER(shift),        MEMBER(rounding),
          MEMBER(min),        MEMBER(max),          MEMBER(is_clamped)};
}
#undef MEMBER

const KernelTable& elementwise_kernels() {
  static const KernelTable table = [] {
    KernelTable kernels;
#define KERNEL(name, T) kernels.add(#name, name, members<BinaryParams>());
#define KERNEL_TEMPLATE(name, Params, ...) kernels.add(#name, name<__VA_ARGS__>, members<Params>());
#include "kernels/elementwise/kernels.inc"
#undef KERNEL
#undef KERNEL_TEMPLATE
    return kernels;
  }();
  return table;
}

// `shape` with some extents replaced by 1 and perhaps without its first dimensions.
ir::Shape smaller(base::Random& random, ir::Shape shape) {
  for (int32_t& extent : shape)
    if (random.integer(0, 2) == 0) extent = 1;
  const auto missing = random.integer(0, static_cast<int64_t>(shape.size()));
  if (random.integer(0, 1) == 0) shape.erase(shape.begin(), shape.begin() + missing);
  return shape;
}

TEST(ElementwiseKernels, MatchTheHost) {
  constexpr const char* kOps[] = {"ADD", "SUB", "MUL"};
  constexpr const char* kActivations[] = {"none", "relu", "relu6", "relu_n1_to_1"};
  base::Random random(1);
  for (int i = 0; i < 360; ++i) {
    const ir::DataType type = kNumberTypes[i % 3];
    const ir::Shape shape = random_shape(random, random.integer(0, 6), 4);
    const ir::Shape a = i % 4 < 2 ? shape : smaller(random, shape);
    const ir::Shape b = i % 4 == 0 ? shape : smaller(random, shape);
    SCOPED_TRACE(fmt::format("{} and {}", ir::shape_text(a), ir::shape_text(b)));
    GraphBuilder builder;
    const ir::TensorId inputs[] = {builder.input(type, a, random_quantization(random, type)),
                                   builder.input(type, b, random_quantization(random, type))};
    ir::Quantization output = random_quantization(random, type);
    if (type != ir::DataType::kFloat32) output.scales[0] *= 4;
    builder.node(kOps[i / 3 % 3], {inputs[0], inputs[1]},
                 {{"activation", kActivations[random.integer(0, 3)]}}, type, output);
    expect_matches_host(builder.graph(), {random_inputs(builder.graph(), random)},
                        elementwise_kernels());
  }
  // That one is for large tensors.
  EXPECT_THAT(elementwise_kernels().never_called(), ::testing::IsSubsetOf({"sum_s8_tables"}));
}

// Every pair of bytes.
std::vector<base::Bytes> all_pairs() {
  std::vector<base::Bytes> pairs(2);
  for (int i = 0; i < 256 * 256; ++i) {
    pairs[0].push_back(static_cast<std::byte>(i / 256));
    pairs[1].push_back(static_cast<std::byte>(i % 256));
  }
  return pairs;
}

void expect_all_pairs_match(const std::string& op, const std::string& activation,
                            const ir::Quantization& a, const ir::Quantization& b,
                            const ir::Quantization& output) {
  static const std::vector<base::Bytes> pairs = all_pairs();
  GraphBuilder builder;
  const ir::TensorId inputs[] = {builder.input(ir::DataType::kInt8, {256, 256}, a),
                                 builder.input(ir::DataType::kInt8, {256, 256}, b)};
  builder.node(op, {inputs[0], inputs[1]}, {{"activation", activation}}, ir::DataType::kInt8,
               output);
  expect_matches_host(builder.graph(), {pairs}, elementwise_kernels());
}

// With scales that put results on halves as well.
TEST(ElementwiseKernels, MatchTheHostForAllPairs) {
  constexpr const char* kOps[] = {"ADD", "SUB", "MUL"};
  constexpr const char* kActivations[] = {"none", "relu", "relu6"};
  base::Random random(4);
  for (int i = 0; i < 48; ++i) {
    auto quantization = [&](float largest) {
      const float scale = i % 4 == 0 ? std::exp2(static_cast<float>(random.integer(-3, 0)))
                                     : random.uniform(0.1f, 1);
      return per_tensor(largest * scale, static_cast<int32_t>(random.integer(-128, 127)));
    };
    const ir::Quantization a = quantization(0.05f), b = quantization(0.05f);
    expect_all_pairs_match(kOps[i % 3], kActivations[random.integer(0, 2)], a, b,
                           quantization(0.1f));
  }
}

// Scales in ratios of small numbers, for which no scaled sum gives all roundings of the definition.
TEST(ElementwiseKernels, MatchTheHostWhereRoundingsCollide) {
  base::Random random(5);
  for (int i = 0; i < 24; ++i) {
    auto quantization = [&] {
      const auto tenths = static_cast<float>(random.integer(20, 100));
      return per_tensor(tenths / 10 / 255, static_cast<int32_t>(random.integer(-128, 127)));
    };
    const ir::Quantization a = quantization(), b = quantization();
    expect_all_pairs_match(i % 2 ? "ADD" : "SUB", i % 3 ? "none" : "relu", a, b, quantization());
  }
  EXPECT_THAT(elementwise_kernels().never_called(),
              ::testing::Not(::testing::Contains("sum_s8_tables")));
}

TEST(ElementwiseKernels, TakeTheSameTensorTwice) {
  base::Random random(2);
  GraphBuilder builder;
  ir::TensorId input = builder.input(ir::DataType::kInt8, {2, 5}, per_tensor(0.1f, 3));
  builder.node("ADD", {input, input}, {{"activation", "none"}}, ir::DataType::kInt8,
               per_tensor(0.2f, -1));
  expect_matches_host(builder.graph(), {random_inputs(builder.graph(), random)},
                      elementwise_kernels());
}

TEST(ElementwiseKernels, TakeAConstant) {
  base::Random random(3);
  GraphBuilder builder;
  ir::TensorId input = builder.input(ir::DataType::kInt8, {2, 3}, per_tensor(0.1f, 3));
  ir::TensorId constant = builder.constant(ir::DataType::kInt8, {3},
                                           std::vector<int8_t>{-5, 7, 100}, per_tensor(0.05f, 0));
  builder.node("MUL", {constant, input}, {{"activation", "none"}}, ir::DataType::kInt8,
               per_tensor(0.2f, -1));
  expect_matches_host(builder.graph(), {random_inputs(builder.graph(), random)},
                      elementwise_kernels());
}

}  // namespace
}  // namespace thimble::kernels
