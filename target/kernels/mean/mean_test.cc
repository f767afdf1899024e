#include <gmock/gmock.h>

#include "kernels/kernel_test_support.h"
#include "kernels/mean/kernel.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;

const KernelTable& mean_kernels() {
  static const KernelTable table = [] {
#define MEMBER(name) \
  { #name, &MeanParams::name }
    const Members<MeanParams> members = {MEMBER(kept_extents),
                                         MEMBER(kept_strides),
                                         MEMBER(reduced_extents),
                                         MEMBER(reduced_strides),
                                         MEMBER(offset),
                                         MEMBER(multiplier),
                                         MEMBER(shift),
                                         MEMBER(output_zero_point),
                                         MEMBER(count)};
#undef MEMBER
    KernelTable kernels;
#define KERNEL(name, T) kernels.add(#name, name, members);
#include "kernels/mean/kernels.inc"
#undef KERNEL
    return kernels;
  }();
  return table;
}

TEST(MeanKernels, MatchTheHost) {
  base::Random random(1);
  for (int i = 0; i < 200; ++i) {
    const ir::DataType type = kNumberTypes[i % 3];
    ir::Shape shape = random_shape(random, random.integer(1, 6), 5);
    if (i % 4 == 0) shape.back() = static_cast<int32_t>(random.integer(6, 20));
    const auto rank = static_cast<int64_t>(shape.size());
    std::vector<int32_t> axes;
    for (int64_t n = random.integer(1, rank); n > 0; --n)  // may name one twice
      axes.push_back(static_cast<int32_t>(random.integer(-rank, rank - 1)));
    GraphBuilder builder;
    const ir::TensorId input = builder.input(type, shape, random_quantization(random, type));
    const ir::TensorId axis_operand =
        builder.constant(ir::DataType::kInt32, {static_cast<int32_t>(axes.size())}, axes);
    builder.node("MEAN", {input, axis_operand}, {{"keep_dims", random.integer(0, 1)}}, type,
                 random_quantization(random, type));
    expect_matches_host(builder.graph(), {random_inputs(builder.graph(), random)}, mean_kernels());
  }
  EXPECT_THAT(mean_kernels().never_called(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace thimble::kernels
