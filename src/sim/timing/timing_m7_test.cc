// The Cortex-M7: which pairs are issued together, and when results can be used. The figures behind
// the windows are measurements of others (cores/cortex-m7.toml names them).
#include <gtest/gtest.h>

#include "sim/timing/timing_test_support.h"

namespace thimble::sim {
namespace {

using namespace code;

class CortexM7Test : public TimingTest {
 protected:
  CortexM7Test() : TimingTest("cortex-m7") {}
};

TEST_F(CortexM7Test, TwoAluInstructionsACycle) {
  EXPECT_EQ(cycles({kAddWide, kAddWide2}), 1);
  EXPECT_EQ(cycles({kAddWide, kAddWide2, kEorWide, kNop}), 2);
  EXPECT_EQ(cycles({kAddsR4}), 1);
}

TEST_F(CortexM7Test, FirstAluFeedsTheSecondInTheSameCycle) {
  EXPECT_EQ(cycles({kAddWide, kAddOnR4}), 1);  // an addition may run a stage early
  EXPECT_EQ(cycles({kEorWide, kEorOnR4}), 2);  // an exclusive or may not
}

TEST_F(CortexM7Test, BitFieldsAndParallelArithmeticAreTheOlderOnly) {
  EXPECT_EQ(cycles({kUxtb, kAddWide2}), 1);
  EXPECT_EQ(cycles({kAddWide2, kUxtb}), 2);
  EXPECT_EQ(cycles({kUxtb, kUxtb2}), 2);
  EXPECT_EQ(cycles({kSadd16, kUbfx}), 2);
  EXPECT_EQ(cycles({kBfi, kAddWide2}), 1);
}

TEST_F(CortexM7Test, OneShiftedOperandACycle) {
  EXPECT_EQ(cycles({kAddRor, kAddWide2}), 1);
  EXPECT_EQ(cycles({kAddRor, kAddRor2}), 2);
  EXPECT_EQ(cycles({kAndShiftedConstant, kAddRor2}), 2);
}

TEST_F(CortexM7Test, ShiftedOperandIsWantedACycleEarly) {
  EXPECT_EQ(cycles({kEorWide, kNop, kAddRor}), 3);  // the second cycle is lost
  EXPECT_EQ(cycles({kEorWide, kNop, kEorOnR4}), 2);
  EXPECT_EQ(cycles({kEorWide, kNop, kUbfxOnR4}), 3);
  EXPECT_EQ(cycles({kAddWide, kNop, kAddRor}), 2);  // unless the first ALU made it
}

TEST_F(CortexM7Test, AddressIsWantedACycleEarly) {
  EXPECT_EQ(cycles({kEorWide, kNop, kLdrOnR4}), 3);
  EXPECT_EQ(cycles({kAddWide, kNop, kLdrOnR4}), 2);
  EXPECT_EQ(cycles({kUxtb, kNop, kLdrOnR4}), 3);
}

TEST_F(CortexM7Test, OneMultiplicationACycle) {
  EXPECT_EQ(cycles({kMul, kMul2}), 2);
  EXPECT_EQ(cycles({kMul, kAddWide}), 1);
  EXPECT_EQ(cycles({kAddWide, kSmlad}), 1);
  EXPECT_EQ(cycles({kSmull, kSadd16}), 2);  // the parallel addition cannot be the younger
}

TEST_F(CortexM7Test, ProductsTakeTwoCyclesToUseAndOneToAccumulate) {
  EXPECT_EQ(cycles({kMul, kNop, kMulOnR0}), 3);
  EXPECT_EQ(cycles({kMul, kNop, kOnR0}), 3);
  EXPECT_EQ(cycles(std::vector<uint32_t>(8, kSmlad)), 8);
  EXPECT_EQ(cycles({kSmull, kSmlal, kSmlal}), 3);
  EXPECT_EQ(cycles({kSmlad, kNop, kSmladOnProduct}), 3);  // as a factor
}

TEST_F(CortexM7Test, StoresAndMultiplicationsExcludeEachOther) {
  EXPECT_EQ(cycles({kMul, kStrR2}), 2);
  EXPECT_EQ(cycles({kStrR2, kMul}), 2);
  EXPECT_EQ(cycles({kStrR0, kStrR2}), 2);
  EXPECT_EQ(cycles({kStrR2, kAddWide}), 1);
}

TEST_F(CortexM7Test, LoadedWordIsThereNextCycle) {
  EXPECT_EQ(cycles({kLdrR0, kOnR0}), 2);
  EXPECT_EQ(cycles({kLdrR0, kAddWide, kOnR0}), 2);
  EXPECT_EQ(cycles({kLdrR0, kNop, kLdrOnR0}), 3);  // as an address one later
  EXPECT_EQ(cycles({kLdrR0, kNop, kMulOnR0}), 3);  // as a factor too
  EXPECT_EQ(cycles({kLdrbR0, kNop, kOnR0}), 3);    // bytes one later
  EXPECT_EQ(cycles({kLdrbR0, kNop, kSmlad}), 2);   // but in time for an accumulator
}

TEST_F(CortexM7Test, StoreTakesAResultOfTheSameCycle) {
  EXPECT_EQ(cycles({kLdrR0Wide, kStrR0Wide}), 1);
  EXPECT_EQ(cycles({kLdrbR0, kStrR0Wide}), 1);
}

TEST_F(CortexM7Test, TwoLoadsFromDifferentBanks) {
  EXPECT_EQ(cycles({kLdrR0Wide, kLdrR2Next}), 1);
  EXPECT_EQ(cycles({kLdrR0Wide, kLdrR2Same}), 2);
  EXPECT_EQ(cycles({kLdrR0Wide, kLdrR2Other}), 2);  // nobody knows: taken to collide
}

TEST_F(CortexM7Test, UpdatedBaseIsThereNextCycle) {
  EXPECT_EQ(cycles({kLdrPost, kLdrPost2}), 2);
  EXPECT_EQ(cycles(std::vector<uint32_t>(6, kLdrPost)), 6);
}

TEST_F(CortexM7Test, PairsAndMultiplesMoveTwoWordsACycleAlone) {
  EXPECT_EQ(cycles({kLdrd}), 1);
  EXPECT_EQ(cycles({kLdm3}), 2);
  EXPECT_EQ(cycles({kLdm4}), 2);
  EXPECT_EQ(cycles({kPush4}), 2);
  EXPECT_EQ(cycles({kNop, kLdrd, kNop}), 3);
}

TEST_F(CortexM7Test, DivideStallsEverything) {
  EXPECT_EQ(cycles({kUdiv}), 7);
  EXPECT_EQ(cycles({kUdiv, kOnR0}), 8);
  EXPECT_EQ(cycles({kNop, kUdiv}), 8);
}

TEST_F(CortexM7Test, BranchesArePredicted) {
  EXPECT_EQ(taken({kAddWide, kB}), 1);
  EXPECT_EQ(taken({kAddWide, kBl}), 1);
  EXPECT_EQ(taken({kAddWide, kBxLr}), 1);
  EXPECT_EQ(taken({kCmpWide, kBeqBack}), 1);
  EXPECT_EQ(cycles({kCmpWide, kBeqBack}), 1);
  EXPECT_EQ(taken({kCmpWide, kBeqForward}), 1);
}

TEST_F(CortexM7Test, ConditionsWaitForTheFlags) {
  EXPECT_EQ(cycles({kCmp, kItEq, kMoveqR0}), 2);
  EXPECT_EQ(cycles({kNop, kCmp, kItEq, kMoveqR0}), 2);
}

TEST_F(CortexM7Test, FloatingPoint) {
  EXPECT_EQ(cycles({kVadd, kVadd2}), 2);     // one a cycle
  EXPECT_EQ(cycles({kVadd, kAddWide}), 1);   // with an integer instruction
  EXPECT_EQ(cycles({kVadd, kVaddOnS0}), 4);  // result after 3
  EXPECT_EQ(cycles({kVfma, kVfma}), 4);      // accumulation after 3
  EXPECT_EQ(cycles({kVfma, kVfmaOnS0}), 6);  // factor after 5
  EXPECT_EQ(cycles({kVfma, kVfma2}), 2);
  EXPECT_EQ(cycles({kVadd, kVstr}), 2);   // stored after 1
  EXPECT_EQ(cycles({kVfma, kVldr2}), 2);  // not together
  EXPECT_EQ(cycles({kVldr, kVldr2}), 1);  // different banks
  EXPECT_EQ(cycles({kVdiv, kAddWide}), 16);
  EXPECT_EQ(cycles({kDadd}), 2);
}

}  // namespace
}  // namespace thimble::sim
