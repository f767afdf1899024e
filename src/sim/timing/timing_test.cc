// The Cortex-M4, whose table was checked against hardware, and tables that are wrong. Each test
// asserts the cycles that one rule of docs/timing.md gives. The encodings were produced with
// arm-none-eabi-as; the comment beside each is its source.
#include "sim/timing/timing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "sim/timing/timing_test_support.h"

namespace thimble::sim {
namespace {

constexpr uint32_t kAdds = 0x3001;            // adds r0, #1
constexpr uint32_t kLdrR0R1 = 0x6808;         // ldr r0, [r1]
constexpr uint32_t kLdrR2R3 = 0x681A;         // ldr r2, [r3]
constexpr uint32_t kLdrR2R0 = 0x6802;         // ldr r2, [r0]
constexpr uint32_t kAddR0R2 = 0x1880;         // adds r0, r0, r2
constexpr uint32_t kStrR0R1 = 0x6008;         // str r0, [r1]
constexpr uint32_t kStrR2R3 = 0x601A;         // str r2, [r3]
constexpr uint32_t kStrIndexed = 0x5088;      // str r0, [r1, r2]
constexpr uint32_t kLdrIndexed = 0x5888;      // ldr r0, [r1, r2]
constexpr uint32_t kLdrIndexed2 = 0x58CC;     // ldr r4, [r1, r3]
constexpr uint32_t kLdrPost = 0xF8510B04;     // ldr.w r0, [r1], #4
constexpr uint32_t kLdrPost2 = 0xF8512B04;    // ldr.w r2, [r1], #4
constexpr uint32_t kStrPost = 0xF8410B04;     // str.w r0, [r1], #4
constexpr uint32_t kAddR1 = 0xEB010102;       // add.w r1, r1, r2
constexpr uint32_t kLdm3 = 0xC80E;            // ldmia r0!, {r1, r2, r3}
constexpr uint32_t kPush4 = 0xB570;           // push {r4, r5, r6, lr}
constexpr uint32_t kPop3 = 0xBC70;            // pop {r4, r5, r6}
constexpr uint32_t kPop4Pc = 0xBD70;          // pop {r4, r5, r6, pc}
constexpr uint32_t kLdrd = 0xE9D20102;        // ldrd r0, r1, [r2, #8]
constexpr uint32_t kStrd = 0xE9C20102;        // strd r0, r1, [r2, #8]
constexpr uint32_t kBeq = 0xD0FE;             // beq.n .
constexpr uint32_t kB = 0xE7FE;               // b.n .
constexpr uint32_t kBl = 0xF7FFFFFE;          // bl .
constexpr uint32_t kBxLr = 0x4770;            // bx lr
constexpr uint32_t kBlxR3 = 0x4798;           // blx r3
constexpr uint32_t kCbz = 0xB110;             // cbz r0, .+8
constexpr uint32_t kTbb = 0xE8DFF000;         // tbb [pc, r0]
constexpr uint32_t kLdrPc = 0xF8D0F000;       // ldr.w pc, [r0]
constexpr uint32_t kMovPc = 0x46F7;           // mov pc, lr
constexpr uint32_t kSmlad = 0xFB210002;       // smlad r0, r1, r2, r0
constexpr uint32_t kSmlald = 0xFBC201C3;      // smlald r0, r1, r2, r3
constexpr uint32_t kMul = 0xFB01F002;         // mul r0, r1, r2
constexpr uint32_t kSdiv = 0xFB91F0F2;        // sdiv r0, r1, r2
constexpr uint32_t kVfma = 0xEEA00A81;        // vfma.f32 s0, s1, s2
constexpr uint32_t kVdiv = 0xEE800A81;        // vdiv.f32 s0, s1, s2
constexpr uint32_t kVsqrt = 0xEEB10AE0;       // vsqrt.f32 s0, s1
constexpr uint32_t kVadd = 0xEE300A81;        // vadd.f32 s0, s1, s2
constexpr uint32_t kVldr = 0xED910A00;        // vldr s0, [r1]
constexpr uint32_t kVldrDouble = 0xED910B00;  // vldr d0, [r1]
constexpr uint32_t kVstr = 0xED810A00;        // vstr s0, [r1]
constexpr uint32_t kVldm1 = 0xECB00A01;       // vldmia r0!, {s0}
constexpr uint32_t kVmov = 0xEE100A10;        // vmov r0, s0
constexpr uint32_t kVmovPair = 0xEC510A10;    // vmov r0, r1, s0, s1
constexpr uint32_t kItEq = 0xBF08;            // it eq
constexpr uint32_t kMoveqInIt = 0x4608;       // moveq r0, r1
constexpr uint32_t kIsb = 0xF3BF8F6F;         // isb sy
constexpr uint32_t kUnknown = 0xF3DE8F00;     // subs pc, lr, #0: not for this processor

class CortexM4Test : public TimingTest {
 protected:
  CortexM4Test() : TimingTest("cortex-m4") {}
};

TEST_F(CortexM4Test, Rule1OneCycleEach) {
  EXPECT_EQ(cycles({kAdds, kAdds, kAdds}), 3);
  EXPECT_EQ(cycles({kMul}), 1);
  EXPECT_EQ(cycles({kSmlald}), 1);
  EXPECT_EQ(cycles({kVadd}), 1);
  EXPECT_EQ(cycles({kVmov}), 1);
  EXPECT_EQ(cycles({kIsb}), 1);
}

TEST_F(CortexM4Test, Rule1AccumulationChainRunsAtOneEach) {
  EXPECT_EQ(cycles(std::vector<uint32_t>(8, kSmlad)), 8);
}

TEST_F(CortexM4Test, Rule1SlowOnes) {
  EXPECT_EQ(cycles({kVmovPair}), 2);
  EXPECT_EQ(cycles({kVfma}), 3);
  EXPECT_EQ(cycles({kVdiv}), 14);
  EXPECT_EQ(cycles({kVsqrt}), 14);
  EXPECT_EQ(cycles({kSdiv}), 2);  // the shortest; the rest depends on the operands
}

TEST_F(CortexM4Test, Rule2LoadStallsTheNextInstructionUsedOrNot) {
  EXPECT_EQ(cycles({kLdrR0R1, kAdds}), 3);
  EXPECT_EQ(cycles({kLdrR2R3, kAdds}), 3);
  EXPECT_EQ(cycles({kVldr, kVadd}), 3);
}

TEST_F(CortexM4Test, Rule2LoadsPipeline) {
  EXPECT_EQ(cycles({kLdrR0R1, kLdrR2R3}), 2);
  EXPECT_EQ(cycles({kLdrR0R1, kLdrR2R3, kAddR0R2}), 4);
  EXPECT_EQ(cycles({kLdrR0R1, kLdrR2R3, kLdrR0R1, kLdrR2R3, kAdds}), 6);
}

TEST_F(CortexM4Test, Rule2LoadsDoNotPipelineWhenTheAddressDepends) {
  EXPECT_EQ(cycles({kLdrR0R1, kLdrR2R0}), 3);   // on the loaded register
  EXPECT_EQ(cycles({kLdrPost, kLdrPost2}), 3);  // on the base written back
}

TEST_F(CortexM4Test, Rule2StoreDoesNotHideTheStall) {
  EXPECT_EQ(cycles({kLdrR0R1, kStrR2R3}), 3);
}

TEST_F(CortexM4Test, Rule3FirstRegisterOffsetLoadOfARun) {
  EXPECT_EQ(cycles({kLdrIndexed}), 2);
  EXPECT_EQ(cycles({kLdrIndexed, kLdrIndexed2}), 3);
  EXPECT_EQ(cycles({kLdrR0R1, kLdrIndexed, kLdrIndexed2}), 4);
}

TEST_F(CortexM4Test, Rule4Stores) {
  EXPECT_EQ(cycles({kStrR0R1, kStrR2R3}), 2);
  EXPECT_EQ(cycles({kStrIndexed}), 2);
  EXPECT_EQ(cycles({kVstr}), 1);
  EXPECT_EQ(cycles({kStrR0R1, kLdrR2R3}), 3);
  EXPECT_EQ(cycles({kStrIndexed, kLdrR2R3}), 3);  // no further cycle after the slower store
}

TEST_F(CortexM4Test, Rule5AddressRegisterIsNeededACycleEarly) {
  EXPECT_EQ(cycles({kAddR1, kLdrR0R1}), 3);
  EXPECT_EQ(cycles({kAddR1, kStrR0R1}), 3);
  EXPECT_EQ(cycles({kAddR1, kAdds, kLdrR0R1}), 3);  // one instruction between: free
  EXPECT_EQ(cycles({kStrPost, kStrR0R1}), 3);
  EXPECT_EQ(cycles({kAddR1, kLdrR2R3}), 2);
}

TEST_F(CortexM4Test, Rule6PairsAndMultiples) {
  EXPECT_EQ(cycles({kLdrd}), 3);
  EXPECT_EQ(cycles({kStrd}), 3);
  EXPECT_EQ(cycles({kVldrDouble}), 3);
  EXPECT_EQ(cycles({kLdm3}), 4);
  EXPECT_EQ(cycles({kVldm1}), 2);
  EXPECT_EQ(cycles({kPush4}), 5);
  EXPECT_EQ(cycles({kPop3}), 4);
  EXPECT_EQ(cycles({kLdm3, kAdds}), 5);      // nothing stalls after it
  EXPECT_EQ(cycles({kLdrR2R3, kLdm3}), 6);   // and it hides nothing before it
  EXPECT_EQ(cycles({kLdm3, kLdrR2R0}), 5);   // its base is there in time,
  EXPECT_EQ(cycles({kVldm1, kLdrR2R0}), 4);  // that of the floating-point form is not
}

TEST_F(CortexM4Test, Rule8Branches) {
  EXPECT_EQ(taken({kB}), 2);
  EXPECT_EQ(taken({kBl}), 2);
  EXPECT_EQ(taken({kBeq}), 3);
  EXPECT_EQ(cycles({kBeq}), 1);
  EXPECT_EQ(taken({kCbz}), 2);
  EXPECT_EQ(cycles({kCbz}), 1);
  EXPECT_EQ(taken({kBxLr}), 3);
  EXPECT_EQ(taken({kBlxR3}), 3);
  EXPECT_EQ(taken({kMovPc}), 3);
  EXPECT_EQ(taken({kPop4Pc}), 7);
  EXPECT_EQ(taken({kTbb}), 4);
  EXPECT_EQ(taken({kLdrPc}), 5);
  EXPECT_EQ(taken({kLdrR0R1, kB}), 4);  // a branch waits for a load like any other instruction
}

TEST_F(CortexM4Test, UnconditionalBranchIsAlwaysTaken) {
  const BlockTiming timing = model_->time_block(assemble({kAdds, kBl}), kCodeAddress, kAfterBranch);
  EXPECT_EQ(timing.instructions, 2);
  EXPECT_EQ(timing.cycles_fall_through, timing.cycles_taken);
  EXPECT_EQ(timing.exit_state, kAfterBranch);
}

TEST_F(CortexM4Test, IfThen) {
  EXPECT_EQ(cycles({kItEq, kMoveqInIt}), 2);
  EXPECT_EQ(taken({kItEq, kBxLr}), 4);
  EXPECT_EQ(cycles({kItEq, kBxLr}), 2);
  EXPECT_EQ(taken({kItEq, kB}), 4);  // conditional: costs what beq costs
  EXPECT_EQ(cycles({kItEq, kB}), 2);
  EXPECT_EQ(cycles({kItEq, kPop4Pc}), 2);
  EXPECT_EQ(taken({kItEq, kMoveqInIt, kB}), 4);  // the block ended before it
}

TEST_F(CortexM4Test, Rule9UnalignedTarget) {
  EXPECT_EQ(cycles({kSmlad}, kCodeAddress), 1);
  EXPECT_EQ(cycles({kSmlad}, kCodeAddress + 2), 2);
  EXPECT_EQ(cycles({kAdds}, kCodeAddress + 2), 1);
  EXPECT_EQ(cycles({kAdds, kSmlad}, kCodeAddress), 2);  // its second word is there by now
}

TEST_F(CortexM4Test, Rule9UnalignedRunDrainsTheQueue) {
  EXPECT_EQ(cycles(std::vector<uint32_t>(2, kSmlad), kCodeAddress + 2), 3);
  EXPECT_EQ(cycles(std::vector<uint32_t>(3, kSmlad), kCodeAddress + 2), 5);
  EXPECT_EQ(cycles(std::vector<uint32_t>(16, kAdds), kCodeAddress + 2), 16);
  // A slow instruction lets it fill again.
  EXPECT_EQ(cycles({kSmlad, kVfma, kSmlad}, kCodeAddress + 2), 6);
}

TEST_F(CortexM4Test, BytesThatDoNotDecodeCostOneCycle) {
  const BlockTiming unknown = model_->time_block(assemble({kUnknown}), kCodeAddress, kAfterBranch);
  EXPECT_EQ(unknown.instructions, 1);
  EXPECT_EQ(unknown.cycles_fall_through, 1);
  const BlockTiming half = model_->time_block(assemble({0xF851}), kCodeAddress, kAfterBranch);
  EXPECT_EQ(half.instructions, 1);
  EXPECT_EQ(half.cycles_fall_through, 1);
  EXPECT_EQ(model_->time_block({}, kCodeAddress, kAfterBranch).cycles_fall_through, 0);
}

TEST(CoreTable, StoreMayHideTheLoadStall) {
  auto core = board::load_core("cortex-m4");
  ASSERT_TRUE(core.has_value());
  const std::string off = "hidden_by_store = false";
  core->timing_toml.replace(core->timing_toml.find(off), off.size(), "hidden_by_store = true");
  auto model = PipelineModel::create(*core);
  ASSERT_TRUE(model.has_value()) << model.error().to_string();
  const auto cycles = [&](const std::vector<uint32_t>& code) {
    return (*model)->time_block(assemble(code), kCodeAddress, kAfterBranch).cycles_fall_through;
  };
  EXPECT_EQ(cycles({kLdrR0R1, kStrR2R3}), 2);
  EXPECT_EQ(cycles({kLdrR0R1, kAdds}), 3);
}

TEST(CoreTable, ErrorsNameLineAndKey) {
  auto core = board::load_core("cortex-m4");
  ASSERT_TRUE(core.has_value());
  const std::string good = core->timing_toml;
  const auto error_of = [&](const std::string& from, const std::string& to) {
    core->timing_toml = good;
    core->timing_toml.replace(good.find(from), from.size(), to);
    auto model = PipelineModel::create(*core);
    EXPECT_FALSE(model.has_value());
    return model ? std::string() : model.error().to_string();
  };
  EXPECT_THAT(error_of("\ndivide =", "\ndivision ="),
              testing::HasSubstr("timing.class.divide: this key is missing"));
  EXPECT_THAT(error_of("divide = { cycles = 2", "divide = { cycles = -1"),
              testing::HasSubstr("from 0 to 1000"));
  EXPECT_THAT(error_of("divide = { cycles = 2, result = 1 }", "divide = { cycles = 2 }"),
              testing::HasSubstr("timing.class.divide.result: this key is missing"));
  EXPECT_THAT(error_of("[timing.store]", "[timing.store]\nfoo = 1"),
              testing::HasSubstr("timing.store.foo: no such key"));
  EXPECT_THAT(error_of("late_for = []", "late_for = [\"multiplication\"]"),
              testing::HasSubstr("'multiplication' is none of: data_processing"));
  EXPECT_THAT(error_of("queue_words = 3", "queue_words = 1"),
              testing::HasSubstr("must be 0 or at least 2"));
  EXPECT_THAT(error_of("queue_words = 3", "queue_words = true"),
              testing::HasSubstr("expected an integer, found a boolean"));
}

TEST(OperandTiming, DivisionsTakeAsLongAsTheirQuotients) {
  const OperandTiming timing{.divide_span = 10};
  EXPECT_EQ(timing.divide(0, 1), 0u);
  EXPECT_EQ(timing.divide(7, 8), 0u);
  EXPECT_EQ(timing.divide(1, 0), 0u);
  EXPECT_EQ(timing.divide(1000, 1000), 1u);
  EXPECT_EQ(timing.divide(0xFFFFFFFF, 1), 10u);
  EXPECT_EQ(timing.divide(0xFFFF, 1), 5u);
}

TEST(OperandTiming, UnalignedAccessesAreSplit) {
  const OperandTiming timing{.unaligned_half = 1, .unaligned_word = 2, .unaligned_word_odd = 3};
  EXPECT_EQ(timing.unaligned(0x1001, 2), 1u);
  EXPECT_EQ(timing.unaligned(0x1002, 4), 2u);
  EXPECT_EQ(timing.unaligned(0x1003, 4), 3u);
}

TEST_F(CortexM4Test, SkippedInstructionsTakeOneCycle) {
  const auto saving = [&](const std::vector<uint32_t>& program) {
    return model_->skipped_saving(assemble(program), kCodeAddress);
  };
  EXPECT_EQ(saving({kAdds}), 0u);
  EXPECT_EQ(saving({kLdrR0R1}), 1u);  // the stall that would follow
  EXPECT_EQ(saving({kVdiv}), 13u);
}

}  // namespace
}  // namespace thimble::sim
