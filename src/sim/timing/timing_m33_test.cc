// The Cortex-M33: latencies of two cycles, and pairs of 16-bit instructions. The figures behind the
// windows are measurements of others on an RP2350 (cores/cortex-m33.toml names them).
#include <gtest/gtest.h>

#include "sim/timing/timing_test_support.h"

namespace thimble::sim {
namespace {

using namespace code;

class CortexM33Test : public TimingTest {
 protected:
  CortexM33Test() : TimingTest("cortex-m33") {}
};

TEST_F(CortexM33Test, OneArithmeticInstructionACycle) {
  EXPECT_EQ(cycles({kAddsR0, kAddsR4}), 2);
  EXPECT_EQ(cycles({kAddWide, kAddOnR4}), 2);
  EXPECT_EQ(cycles({kBfi, kUbfxOnR4}), 2);
}

TEST_F(CortexM33Test, NarrowInstructionTakesANoOperationAlong) {
  EXPECT_EQ(cycles({kAddsR0, kNop}), 1);
  EXPECT_EQ(cycles({kLdrR0, kNop}), 1);
  EXPECT_EQ(cycles({kAddWide, kNop}), 2);
  EXPECT_EQ(cycles({kNop, kAddsR0}), 2);
}

TEST_F(CortexM33Test, IfThenRidesAlong) {
  EXPECT_EQ(cycles({kCmp, kItEq, kMoveqR0}), 2);
  EXPECT_EQ(cycles({kCmpWide, kItEq, kMoveqR0}), 3);
}

TEST_F(CortexM33Test, ProductsTakeTwoCyclesToUseAndOneToAccumulate) {
  EXPECT_EQ(cycles({kMul, kMul2}), 2);
  EXPECT_EQ(cycles({kMul, kMulOnR0}), 3);
  EXPECT_EQ(cycles({kMul, kOnR0}), 3);
  EXPECT_EQ(cycles(std::vector<uint32_t>(8, kSmlad)), 8);
  EXPECT_EQ(cycles({kSmull, kSmlal, kSmlal}), 3);
  EXPECT_EQ(cycles({kMla, kSmladOnProduct}), 3);
  EXPECT_EQ(cycles({kMuls}), 2);
}

TEST_F(CortexM33Test, ShifterAndParallelArithmeticTakeTwoStages) {
  EXPECT_EQ(cycles({kAddRor, kOnR0}), 3);
  EXPECT_EQ(cycles({kAddLsl, kOnR0}), 2);  // shifting left is free
  EXPECT_EQ(cycles({kSadd16, kAddOnR4}), 3);
  EXPECT_EQ(cycles({kSxtab16, kSxtab16Next}), 2);  // chained through the accumulator
  EXPECT_EQ(cycles({kSxtab16, kOnR0}), 3);
  EXPECT_EQ(cycles({kAndShiftedConstant}), 2);  // two stages and the flags
}

TEST_F(CortexM33Test, LoadsTakeTwoCyclesToUse) {
  EXPECT_EQ(cycles({kLdrR0, kOnR0}), 3);
  EXPECT_EQ(cycles({kLdrR0, kAddsR4, kOnR0}), 3);
  EXPECT_EQ(cycles({kLdrR0, kLdrOnR0}), 3);
  EXPECT_EQ(cycles({kLdrR0, kStrR0}), 2);  // store data one earlier,
  EXPECT_EQ(cycles({kLdrR0, kSmlad}), 2);  // an accumulator too
  EXPECT_EQ(cycles({kMul, kStrR0}), 2);
}

TEST_F(CortexM33Test, PairsAndMultiplesTakeACycleAWord) {
  EXPECT_EQ(cycles({kLdrd}), 2);
  EXPECT_EQ(cycles({kLdm3}), 3);
  EXPECT_EQ(cycles({kPush4}), 4);
  EXPECT_EQ(taken({kPop4Pc}), 7);
}

TEST_F(CortexM33Test, BranchRidesAlong) {
  EXPECT_EQ(cycles({kAddsR0, kBeqBack}), 1);        // not taken: nothing
  EXPECT_EQ(taken({kAddsR0, kBeqBack}), 3);         // taken: waits for the flags
  EXPECT_EQ(taken({kCmp, kMoveqR0, kBeqBack}), 3);  // one instruction between: one cycle
  EXPECT_EQ(taken({kCmp, kLdm4, kBeqBack}), 6);
  EXPECT_EQ(taken({kAddWide, kB}), 3);  // not with a 32-bit instruction
  EXPECT_EQ(taken({kBl}), 2);
}

TEST_F(CortexM33Test, ReturnWantsItsRegisterEarly) {
  EXPECT_EQ(taken({kPopLr, kBxLr}), 6);
  EXPECT_EQ(taken({kPopLr, kMoveqR0, kMoveqR0, kMoveqR0, kBxLr}), 6);  // filled for nothing
}

TEST_F(CortexM33Test, FloatingPoint) {
  EXPECT_EQ(cycles({kVadd, kVadd2}), 2);
  EXPECT_EQ(cycles({kVadd, kVaddOnS0}), 3);  // result after 2
  EXPECT_EQ(cycles({kVfma, kVfma}), 4);      // accumulation after 3
  EXPECT_EQ(cycles({kVfma, kVfmaOnS0}), 5);  // factor after 4
  EXPECT_EQ(cycles({kVfma, kVadd2}), 4);     // the unit is busy for 2 more
  EXPECT_EQ(cycles({kVfma, kVldr2}), 4);
  EXPECT_EQ(cycles({kVfma, kAddsR0, kAddsR4, kVadd2}), 4);
  EXPECT_EQ(cycles({kVldr, kVadd}), 2);
  EXPECT_EQ(cycles({kVmovToCore, kOnR0}), 3);
  EXPECT_EQ(cycles({kVmovFromCore, kVadd}), 2);
}

}  // namespace
}  // namespace thimble::sim
