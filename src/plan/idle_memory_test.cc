#include "plan/idle_memory.h"

#include <gtest/gtest.h>

namespace thimble::plan {
namespace {

constexpr size_t kTensorBytes = 64;

ops::Lowering way(std::string variant, size_t scratch_bytes) {
  ops::Lowering lowering{.calls = {{}}};
  lowering.calls[0].scratch_bytes = scratch_bytes;
  lowering.variant = std::move(variant);
  return lowering;
}

// One layer in an arena of an input, an output and `idle_bytes`; its scratch memory of 64 bytes
// lies over the input and takes none of those.
Plan plan_with_idle_memory(size_t idle_bytes) {
  Plan plan;
  for (int i = 0; i < 2; ++i) {
    ir::Tensor tensor;
    tensor.type = ir::DataType::kInt8;
    tensor.shape = {kTensorBytes};
    plan.graph.add_tensor(std::move(tensor));
  }
  plan.graph.nodes.push_back({"OP", "", "", {0}, {1}, {}});
  plan.steps.push_back({.lowering = way("middle", kTensorBytes), .scratch = 2});
  plan.buffers = {{0, kTensorBytes, 0, 0, {0}},
                  {kTensorBytes, kTensorBytes, 0, 1, {1}},
                  {0, kTensorBytes, 0, 0, {}}};
  plan.overlaps = {{.output = 2, .input = 0}};
  plan.arena_bytes = 2 * kTensorBytes + idle_bytes;
  return plan;
}

const std::vector<std::vector<ops::Lowering>> kWays = {
    {way("fast", 96), way("middle", kTensorBytes), way("slow", 0)}};

TEST(UseIdleMemory, TakesAFasterWayWhoseScratchFits) {
  Plan plan = plan_with_idle_memory(96);
  use_idle_memory(plan, kWays);
  EXPECT_EQ(plan.steps[0].lowering.variant, "fast");
  EXPECT_EQ(plan.buffers[2].offset, 2 * kTensorBytes);
  EXPECT_EQ(plan.buffers[2].bytes, 96u);
}

TEST(UseIdleMemory, KeepsAWayWhoseScratchLiesOverItsInput) {
  for (size_t idle_bytes : {0, 32, 80}) {
    Plan plan = plan_with_idle_memory(idle_bytes);
    use_idle_memory(plan, kWays);
    EXPECT_EQ(plan.steps[0].lowering.variant, "middle");
    EXPECT_EQ(plan.buffers[2].offset, 0u);
  }
}

}  // namespace
}  // namespace thimble::plan
