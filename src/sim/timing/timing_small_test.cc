// The Cortex-M0+ and the Cortex-M3: the cycle tables of their Technical Reference Manuals.
#include <gtest/gtest.h>

#include "sim/timing/timing_test_support.h"

namespace thimble::sim {
namespace {

using namespace code;

class CortexM0PlusTest : public TimingTest {
 protected:
  CortexM0PlusTest() : TimingTest("cortex-m0plus") {}
};

class CortexM3Test : public TimingTest {
 protected:
  CortexM3Test() : TimingTest("cortex-m3") {}
};

TEST_F(CortexM0PlusTest, DataProcessing) {
  EXPECT_EQ(cycles({kAddsR0, kAddsR0, kNop}), 3);
  EXPECT_EQ(cycles({kMuls}), 1);
  EXPECT_EQ(cycles({kMrs}), 3);
}

TEST_F(CortexM0PlusTest, LoadsAndStores) {
  EXPECT_EQ(cycles({kLdrR0, kAddsR0}), 3);  // no further wait for the loaded register
  EXPECT_EQ(cycles({kLdrR0, kLdrR0}), 4);
  EXPECT_EQ(cycles({kStrR0, kLdrR0}), 4);
  EXPECT_EQ(cycles({kLdm3}), 4);
  EXPECT_EQ(cycles({kStm2}), 3);
  EXPECT_EQ(cycles({kPush4}), 5);
}

TEST_F(CortexM0PlusTest, Branches) {
  EXPECT_EQ(taken({kB}), 2);
  EXPECT_EQ(taken({kBeqBack}), 2);
  EXPECT_EQ(cycles({kBeqBack}), 1);
  EXPECT_EQ(taken({kBl}), 3);
  EXPECT_EQ(taken({kBxLr}), 2);
  EXPECT_EQ(taken({kBlxR3}), 2);
  EXPECT_EQ(taken({kMovPc}), 2);
  EXPECT_EQ(taken({kPop4Pc}), 7);  // 3 + N
}

TEST_F(CortexM3Test, Multiplications) {
  EXPECT_EQ(cycles({kMul}), 1);
  EXPECT_EQ(cycles({kMla}), 2);
  EXPECT_GE(cycles({kSmull}), 3);
  EXPECT_LE(cycles({kSmull}), 5);
  EXPECT_GE(cycles({kSmlal}), 4);
  EXPECT_LE(cycles({kSmlal}), 7);
  EXPECT_GE(cycles({kUdiv}), 2);
  EXPECT_LE(cycles({kUdiv}), 12);
}

TEST_F(CortexM3Test, Loads) {
  EXPECT_EQ(cycles({kLdrR0, kAddsR4}), 3);
  EXPECT_EQ(cycles({kLdrR0, kLdrR2Other}), 2);    // pipelined
  EXPECT_EQ(cycles({kLdrR0, kStrR2}), 2);         // a store hides the stall
  EXPECT_EQ(cycles({kLdrR0, kStrIndexed}), 4);    // not with two registers
  EXPECT_EQ(cycles({kLdrPost, kLdrR2Other}), 2);  // only the first of a run
  EXPECT_EQ(cycles({kLdrR0, kLdrPostOther}), 3);  // may write its base back
  EXPECT_EQ(cycles({kLdm3}), 4);
}

TEST_F(CortexM3Test, Branches) {
  EXPECT_EQ(taken({kB}), 2);  // 1 + P, P from 1 to 3
  EXPECT_EQ(taken({kBeqBack}), 3);
  EXPECT_EQ(cycles({kBeqBack}), 1);
  EXPECT_EQ(taken({kBl}), 2);
  EXPECT_EQ(taken({kPop4Pc}), 7);
}

}  // namespace
}  // namespace thimble::sim
