// The emulator may cut code into blocks anywhere: on every core the total must not depend on it.
#include <gtest/gtest.h>

#include "base/random.h"
#include "sim/timing/timing_test_support.h"

namespace thimble::sim {
namespace {

using namespace code;

class SplitTest : public testing::TestWithParam<std::string> {};

TEST_P(SplitTest, SplittingABlockAnywhereChangesNothing) {
  const std::vector<uint32_t> pool = {
      kAddsR0,    kAddWide, kAddOnR4,    kEorWide, kEorOnR4,    kAddRor,   kAddLsl,
      kUxtb,      kUbfx,    kSxtab16,    kMul,     kMulOnR0,    kMuls,     kSmlad,
      kSmlal,     kUdiv,    kLdrR0,      kLdrOnR0, kLdrbR0,     kLdrPost,  kLdrR2Next,
      kLdrR2Same, kStrR0,   kStrIndexed, kLdrd,    kLdm3,       kPush4,    kNop,
      kItEq,      kCmp,     kMoveqR0,    kBeqBack, kVadd,       kVaddOnS0, kVfma,
      kVfmaOnS0,  kVldr,    kVstr,       kVdiv,    kVmovToCore, kCbz,      kBeqForward};
  const auto model = make_model(GetParam().c_str());
  base::Random random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint32_t> program;
    for (int i = 0; i < 24; ++i)
      program.push_back(pool[static_cast<size_t>(random.integer(0, int64_t(pool.size()) - 1))]);
    const uint32_t address = kCodeAddress + (round % 2 ? 2 : 0);
    const BlockTiming whole = model->time_block(assemble(program), address, kAfterBranch);
    for (size_t cut = 1; cut < program.size(); ++cut) {
      const auto first = assemble({program.begin(), program.begin() + cut});
      const auto second = assemble({program.begin() + cut, program.end()});
      const BlockTiming a = model->time_block(first, address, kAfterBranch);
      const BlockTiming b =
          model->time_block(second, address + static_cast<uint32_t>(first.size()), a.exit_state);
      ASSERT_EQ(a.cycles_fall_through + b.cycles_fall_through, whole.cycles_fall_through);
      ASSERT_EQ(a.cycles_fall_through + b.cycles_taken, whole.cycles_taken);
      ASSERT_EQ(a.instructions + b.instructions, whole.instructions);
      ASSERT_EQ(b.exit_state, whole.exit_state);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cores, SplitTest, testing::ValuesIn(board::core_names()),
                         [](const auto& core) {
                           std::string name = core.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace thimble::sim
