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

TEST(MaxPoolKernels, MatchTheHost) {
  base::Random random(1);
  for (int i = 0; i < 60; ++i) {
    auto size = [&](int64_t low, int64_t high) {
      return static_cast<int32_t>(random.integer(low, high));
    };
    constexpr ir::DataType kTypes[] = {ir::DataType::kInt8, ir::DataType::kInt16,
                                       ir::DataType::kFloat32};
    ir::DataType type = kTypes[i % 3];
    ir::Quantization quantization;
    if (type == ir::DataType::kInt8) quantization = per_tensor(0.1f, size(-128, 127));
    if (type == ir::DataType::kInt16) quantization = per_tensor(0.001f, 0);
    GraphBuilder builder;
    ir::TensorId input =
        builder.input(type, {size(1, 2), size(3, 9), size(3, 9), size(1, 9)}, quantization);
    builder.node("MAX_POOL_2D", {input},
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

}  // namespace
}  // namespace thimble::kernels
