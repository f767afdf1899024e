#include <gmock/gmock.h>

#include "kernels/kernel_test_support.h"
#include "kernels/pool/kernel.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;

const KernelTable& pool_kernels() {
  static const KernelTable table = [] {
#define MEMBER(name) \
  { #name, &PoolParams::name }
    const Members<PoolParams> members = {
        MEMBER(batches),  MEMBER(in_h),     MEMBER(in_w),      MEMBER(out_h),
        MEMBER(out_w),    MEMBER(channels), MEMBER(filter_h),  MEMBER(filter_w),
        MEMBER(stride_h), MEMBER(stride_w), MEMBER(pad_h),     MEMBER(pad_w),
        MEMBER(min),      MEMBER(max),      MEMBER(float_min), MEMBER(float_max)};
#undef MEMBER
    KernelTable kernels;
#define KERNEL(name, T) kernels.add(#name, name, members);
#include "kernels/pool/kernels.inc"
#undef KERNEL
    return kernels;
  }();
  return table;
}

void compare_random_pools(const char* op) {
  base::Random random(1);
  for (int i = 0; i < 60; ++i) {
    const ir::DataType type = kNumberTypes[i % 3];
    const ir::Quantization quantization = random_quantization(random, type);
    ir::Shape shape = random_shape(random, 4, 9);
    shape[1] += 2;  // no window is larger
    shape[2] += 2;
    GraphBuilder builder;
    ir::TensorId input = builder.input(type, shape, quantization);
    builder.node(op, {input},
                 {{"padding", i % 2 ? "same" : "valid"},
                  {"filter_h", random.integer(1, 3)},
                  {"filter_w", random.integer(1, 3)},
                  {"stride_h", random.integer(1, 3)},
                  {"stride_w", random.integer(1, 3)},
                  {"activation", i % 4 ? "none" : "relu6"}},
                 type, quantization);
    expect_matches_host(builder.graph(), {random_inputs(builder.graph(), random)}, pool_kernels());
  }
}

TEST(PoolKernels, MaximumMatchesTheHost) {
  compare_random_pools("MAX_POOL_2D");
}

TEST(PoolKernels, AverageMatchesTheHost) {
  compare_random_pools("AVERAGE_POOL_2D");
  EXPECT_THAT(pool_kernels().never_called(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace thimble::kernels
