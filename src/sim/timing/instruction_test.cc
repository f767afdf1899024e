// The class of an instruction, and which of its operands are special.
#include "sim/timing/instruction.h"

#include <gtest/gtest.h>

#include "sim/timing/timing_test_support.h"

namespace thimble::sim {
namespace {

using namespace code;

constexpr RegisterSet reg(unsigned number) {
  return RegisterSet{1} << number;
}

class InstructionTest : public testing::Test {
 protected:
  Instruction decode(uint32_t encoding) {
    return decoder_->decode(assemble({encoding}), kCodeAddress);
  }
  base::Result<InstructionDecoder> decoder_ = InstructionDecoder::create();
};

TEST_F(InstructionTest, ClassesOfPlainInstructions) {
  EXPECT_EQ(decode(kAddWide).kind, InstructionClass::kAddMove);
  EXPECT_EQ(decode(kEorWide).kind, InstructionClass::kDataProcessing);
  EXPECT_EQ(decode(kCmp).kind, InstructionClass::kDataProcessing);
  EXPECT_EQ(decode(kAddRor).kind, InstructionClass::kShiftedOperand);
  EXPECT_EQ(decode(kAddLsl).kind, InstructionClass::kLeftShiftedOperand);
  EXPECT_EQ(decode(kAndShiftedConstant).kind, InstructionClass::kShiftedConstant);
  EXPECT_EQ(decode(0xF0000001).kind, InstructionClass::kDataProcessing);  // and.w r0, r0, #1
  EXPECT_EQ(decode(0xF08031FF).kind, InstructionClass::kDataProcessing);  // eor r1, r0, #~0
  EXPECT_EQ(decode(0xF2000001).kind, InstructionClass::kAddMove);         // addw r0, r0, #1
  EXPECT_EQ(decode(0x0088).kind, InstructionClass::kShift);               // lsls r0, r1, #2
  EXPECT_EQ(decode(kUxtb).kind, InstructionClass::kExtend);
  EXPECT_EQ(decode(kSxtab16).kind, InstructionClass::kExtendAdd);
  EXPECT_EQ(decode(kUbfx).kind, InstructionClass::kBitFieldExtract);
  EXPECT_EQ(decode(kBfi).kind, InstructionClass::kBitFieldInsert);
  EXPECT_EQ(decode(kSadd16).kind, InstructionClass::kParallel);
  EXPECT_EQ(decode(kNop).kind, InstructionClass::kNoOperation);
  EXPECT_EQ(decode(kMrs).kind, InstructionClass::kSystem);
  EXPECT_EQ(decode(kMovPc).kind, InstructionClass::kBranchRegister);
}

TEST_F(InstructionTest, ClassesOfFloatingPointInstructions) {
  EXPECT_EQ(decode(kVadd).kind, InstructionClass::kFloat);
  EXPECT_EQ(decode(kVfma).kind, InstructionClass::kFloatMultiplyAccumulate);
  EXPECT_EQ(decode(kVdiv).kind, InstructionClass::kFloatDivide);
  EXPECT_EQ(decode(kVldr).kind, InstructionClass::kFloatLoad);
  EXPECT_EQ(decode(kVstr).kind, InstructionClass::kFloatStore);
  EXPECT_EQ(decode(kVmovToCore).kind, InstructionClass::kFloatToCore);
  EXPECT_EQ(decode(kVmovFromCore).kind, InstructionClass::kCoreToFloat);
  EXPECT_EQ(decode(kVmovPair).kind, InstructionClass::kFloatMovePair);
  EXPECT_EQ(decode(kDadd).kind, InstructionClass::kDouble);
  EXPECT_EQ(decode(0xEE210B02).kind, InstructionClass::kDoubleMultiply);  // vmul.f64 d0, d1, d2
  EXPECT_EQ(decode(0xEEF1FA10).kind, InstructionClass::kFloatToCore);     // vmrs APSR_nzcv, fpscr
}

TEST_F(InstructionTest, SpecialOperands) {
  EXPECT_EQ(decode(kAddRor).shifted, reg(4));
  EXPECT_EQ(decode(kUbfxOnR4).shifted, reg(4));
  EXPECT_EQ(decode(kBfi).shifted, reg(5));
  EXPECT_EQ(decode(0x0088).shifted, 0);  // lsls r0, r1, #2
  EXPECT_EQ(decode(kSmlad).accumulator, reg(0));
  EXPECT_EQ(decode(kSmlal).accumulator, reg(0) | reg(1));
  EXPECT_EQ(decode(kSxtab16Next).accumulator, reg(0));
  EXPECT_EQ(decode(kVfma).accumulator, reg(16));
  EXPECT_EQ(decode(0xFB000001).accumulator, 0);  // mla r0, r0, r1, r0: a factor too
  EXPECT_EQ(decode(kStrR0).store_data, reg(0));
  EXPECT_EQ(decode(kStrR0).address, reg(3));
}

TEST_F(InstructionTest, ResultsAndFlags) {
  EXPECT_EQ(decode(kAddsR0).results, reg(0) | kFlags);
  EXPECT_EQ(decode(kAddWide).results, reg(4));
  EXPECT_EQ(decode(kCmp).results, kFlags);
  EXPECT_EQ(decode(kLdrPost).results, reg(0));
  EXPECT_EQ(decode(kLdrPost).base_update, reg(1));
  EXPECT_EQ(decode(kLdm3).results, reg(1) | reg(2) | reg(3));
  EXPECT_EQ(decode(kLdm3).reads, reg(5));
  EXPECT_EQ(decode(kPush4).reads, reg(4) | reg(5) | reg(6) | reg(13) | reg(14));
  EXPECT_EQ(decode(kVldr).results, reg(17));
}

TEST_F(InstructionTest, BranchDirection) {
  EXPECT_TRUE(decode(kBeqBack).backward);
  EXPECT_FALSE(decode(kBeqForward).backward);
  EXPECT_FALSE(decode(kCbz).backward);
}

TEST_F(InstructionTest, BanksOfConstantOffsets) {
  EXPECT_EQ(decode(kLdrR0).bank, 0);
  EXPECT_EQ(decode(kLdrR2Next).bank, 1);
  EXPECT_EQ(decode(kLdrR2Same).bank, 0);
}

}  // namespace
}  // namespace thimble::sim
