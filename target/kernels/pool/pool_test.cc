#include <gmock/gmock.h>

#include "kernels/kernel_test_support.h"
#include "kernels/pool/kernel.h"
#include "kernels/pool/whole_windows.h"

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
#define KERNEL_TEMPLATE(name, ...) kernels.add(#name, name<__VA_ARGS__>, members);
#include "kernels/pool/kernels.inc"
#undef KERNEL
#undef KERNEL_TEMPLATE
    return kernels;
  }();
  return table;
}

void compare_random_pools(const char* op) {
  base::Random random(1);
  for (int i = 0; i < 240; ++i) {
    const ir::DataType type = kNumberTypes[i % 3];
    const ir::Quantization quantization = random_quantization(random, type);
    ir::Shape shape = random_shape(random, 4, 9);
    shape[1] += 3;  // no window is larger
    shape[2] += 3;
    if (i % 5 == 0) shape[3] = static_cast<int32_t>(random.integer(1, 40));
    GraphBuilder builder;
    ir::TensorId input = builder.input(type, shape, quantization);
    builder.node(op, {input},
                 {{"padding", i % 2 ? "same" : "valid"},
                  {"filter_h", random.integer(1, 4)},
                  {"filter_w", random.integer(1, 4)},
                  {"stride_h", random.integer(1, 3)},
                  {"stride_w", random.integer(1, 3)},
                  {"activation", i % 4 ? "none" : "relu6"}},
                 type, quantization);
    expect_matches_host(builder.graph(), {random_inputs(builder.graph(), random)}, pool_kernels());
  }
}

// As large as half-words can sum.
TEST(PoolKernels, AverageManyPixels) {
  GraphBuilder builder;
  const ir::Quantization quantization = per_tensor(0.1f, 5);
  ir::TensorId input = builder.input(ir::DataType::kInt8, {1, 16, 16, 13}, quantization);
  builder.node("AVERAGE_POOL_2D", {input},
               {{"padding", "valid"},
                {"filter_h", 16},
                {"filter_w", 16},
                {"stride_h", 1},
                {"stride_w", 1},
                {"activation", "none"}},
               ir::DataType::kInt8, quantization);
  expect_matches_host(
      builder.graph(),
      {constant_inputs(builder.graph(), 0x80), constant_inputs(builder.graph(), 0x7F)},
      pool_kernels());
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
