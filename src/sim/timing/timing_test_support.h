// What the tests of the timing model share: a model by the name of its core, and instructions by
// name. The encodings were produced with arm-none-eabi-as; the comment beside each is its source.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "sim/timing/timing.h"

namespace thimble::sim {

inline constexpr uint32_t kCodeAddress = 0x08000100;  // aligned

// 16-bit instructions; 32-bit ones have their first half-word on top.
inline std::vector<std::byte> assemble(const std::vector<uint32_t>& encodings) {
  std::vector<std::byte> code;
  auto half = [&](uint32_t value) {
    code.push_back(static_cast<std::byte>(value & 0xFF));
    code.push_back(static_cast<std::byte>(value >> 8 & 0xFF));
  };
  for (uint32_t encoding : encodings) {
    if (encoding > 0xFFFF) half(encoding >> 16);
    half(encoding);
  }
  return code;
}

inline std::unique_ptr<PipelineModel> make_model(const char* core_name) {
  auto core = board::load_core(core_name);
  EXPECT_TRUE(core.has_value()) << (core ? "" : core.error().to_string());
  auto model = PipelineModel::create(*core);
  EXPECT_TRUE(model.has_value()) << (model ? "" : model.error().to_string());
  return std::move(*model);
}

class TimingTest : public testing::Test {
 protected:
  explicit TimingTest(const char* core_name) : model_(make_model(core_name)) {}

  uint32_t cycles(const std::vector<uint32_t>& code, uint32_t address = kCodeAddress) {
    return model_->time_block(assemble(code), address, kAfterBranch).cycles_fall_through;
  }
  uint32_t taken(const std::vector<uint32_t>& code) {
    return model_->time_block(assemble(code), kCodeAddress, kAfterBranch).cycles_taken;
  }

  std::unique_ptr<PipelineModel> model_;
};

namespace code {

inline constexpr uint32_t kAddsR0 = 0x3001;                  // adds r0, #1
inline constexpr uint32_t kAddsR4 = 0x3401;                  // adds r4, #1
inline constexpr uint32_t kAddWide = 0xEB050406;             // add.w r4, r5, r6
inline constexpr uint32_t kAddWide2 = 0xEB050607;            // add.w r6, r5, r7
inline constexpr uint32_t kAddOnR4 = 0xEB040607;             // add.w r6, r4, r7
inline constexpr uint32_t kEorWide = 0xEA850406;             // eor.w r4, r5, r6
inline constexpr uint32_t kEorOnR4 = 0xEA840607;             // eor.w r6, r4, r7
inline constexpr uint32_t kAddLsl = 0xEB010084;              // add.w r0, r1, r4, lsl #2
inline constexpr uint32_t kAddRor = 0xEB012034;              // add.w r0, r1, r4, ror #8
inline constexpr uint32_t kAddRor2 = 0xEB032235;             // add.w r2, r3, r5, ror #8
inline constexpr uint32_t kOnR0 = 0xEB000807;                // add.w r8, r0, r7
inline constexpr uint32_t kAndShiftedConstant = 0xF41150FE;  // ands r0, r1, #0x1fc0
inline constexpr uint32_t kUxtb = 0xB2EC;                    // uxtb r4, r5
inline constexpr uint32_t kUxtb2 = 0xB2FE;                   // uxtb r6, r7
inline constexpr uint32_t kUbfx = 0xF3C504C3;                // ubfx r4, r5, #3, #4
inline constexpr uint32_t kUbfxOnR4 = 0xF3C406C3;            // ubfx r6, r4, #3, #4
inline constexpr uint32_t kBfi = 0xF36504C6;                 // bfi r4, r5, #3, #4
inline constexpr uint32_t kSadd16 = 0xFA95F406;              // sadd16 r4, r5, r6
inline constexpr uint32_t kSxtab16 = 0xFA21F084;             // sxtab16 r0, r1, r4
inline constexpr uint32_t kSxtab16Next = 0xFA20F085;         // sxtab16 r0, r0, r5
inline constexpr uint32_t kMul = 0xFB01F002;                 // mul r0, r1, r2
inline constexpr uint32_t kMulOnR0 = 0xFB00F302;             // mul r3, r0, r2
inline constexpr uint32_t kMul2 = 0xFB04F305;                // mul r3, r4, r5
inline constexpr uint32_t kMuls = 0x4348;                    // muls r0, r1
inline constexpr uint32_t kMla = 0xFB010002;                 // mla r0, r1, r2, r0
inline constexpr uint32_t kSmlad = 0xFB210002;               // smlad r0, r1, r2, r0
inline constexpr uint32_t kSmladOnProduct = 0xFB203301;      // smlad r3, r0, r1, r3
inline constexpr uint32_t kSmull = 0xFB820103;               // smull r0, r1, r2, r3
inline constexpr uint32_t kSmlal = 0xFBC20103;               // smlal r0, r1, r2, r3
inline constexpr uint32_t kUdiv = 0xFBB1F0F2;                // udiv r0, r1, r2
inline constexpr uint32_t kLdrR0 = 0x6808;                   // ldr r0, [r1]
inline constexpr uint32_t kLdrR0Wide = 0xF8D10000;           // ldr.w r0, [r1]
inline constexpr uint32_t kLdrR2Next = 0xF8D12004;           // ldr.w r2, [r1, #4]
inline constexpr uint32_t kLdrR2Same = 0xF8D12008;           // ldr.w r2, [r1, #8]
inline constexpr uint32_t kLdrR2Other = 0xF8D32000;          // ldr.w r2, [r3]
inline constexpr uint32_t kLdrOnR0 = 0xF8D02000;             // ldr.w r2, [r0]
inline constexpr uint32_t kLdrbR0 = 0xF8910000;              // ldrb.w r0, [r1]
inline constexpr uint32_t kLdrPost = 0xF8510B04;             // ldr.w r0, [r1], #4
inline constexpr uint32_t kLdrPost2 = 0xF8512B04;            // ldr.w r2, [r1], #4
inline constexpr uint32_t kLdrPostOther = 0xF8532B04;        // ldr.w r2, [r3], #4
inline constexpr uint32_t kLdrOnR4 = 0xF8D42000;             // ldr.w r2, [r4]
inline constexpr uint32_t kStrR0 = 0x6018;                   // str r0, [r3]
inline constexpr uint32_t kStrR0Wide = 0xF8C30000;           // str.w r0, [r3]
inline constexpr uint32_t kStrR2 = 0xF8C32004;               // str.w r2, [r3, #4]
inline constexpr uint32_t kStrIndexed = 0xF8410002;          // str.w r0, [r1, r2]
inline constexpr uint32_t kLdrd = 0xE9D20102;                // ldrd r0, r1, [r2, #8]
inline constexpr uint32_t kLdm3 = 0xCD0E;                    // ldmia r5!, {r1, r2, r3}
inline constexpr uint32_t kLdm4 = 0xCD1E;                    // ldmia r5!, {r1, r2, r3, r4}
inline constexpr uint32_t kPush4 = 0xB570;                   // push {r4, r5, r6, lr}
inline constexpr uint32_t kPop4Pc = 0xBD70;                  // pop {r4, r5, r6, pc}
inline constexpr uint32_t kPopLr = 0xE8BD4010;               // ldmia.w sp!, {r4, lr}
inline constexpr uint32_t kNop = 0xBF00;                     // nop
inline constexpr uint32_t kCmp = 0x2805;                     // cmp r0, #5
inline constexpr uint32_t kCmpWide = 0xF1B00F05;             // cmp.w r0, #5
inline constexpr uint32_t kBeqBack = 0xD0FA;                 // beq.n .-8
inline constexpr uint32_t kBeqForward = 0xD002;              // beq.n .+8
inline constexpr uint32_t kB = 0xE7FE;                       // b.n .
inline constexpr uint32_t kBl = 0xF7FFFFFE;                  // bl .
inline constexpr uint32_t kBxLr = 0x4770;                    // bx lr
inline constexpr uint32_t kBlxR3 = 0x4798;                   // blx r3
inline constexpr uint32_t kCbz = 0xB114;                     // cbz r4, .+8
inline constexpr uint32_t kMrs = 0xF3EF8010;                 // mrs r0, primask
inline constexpr uint32_t kMovPc = 0x46F7;                   // mov pc, lr
inline constexpr uint32_t kStm2 = 0xC506;                    // stmia r5!, {r1, r2}
inline constexpr uint32_t kVadd = 0xEE300A81;                // vadd.f32 s0, s1, s2
inline constexpr uint32_t kVaddOnS0 = 0xEE701A02;            // vadd.f32 s3, s0, s4
inline constexpr uint32_t kVadd2 = 0xEE721A82;               // vadd.f32 s3, s5, s4
inline constexpr uint32_t kVfma = 0xEEA00A81;                // vfma.f32 s0, s1, s2
inline constexpr uint32_t kVfmaOnS0 = 0xEEE02A01;            // vfma.f32 s5, s0, s2
inline constexpr uint32_t kVfma2 = 0xEEE32A23;               // vfma.f32 s5, s6, s7
inline constexpr uint32_t kVldr = 0xEDD10A00;                // vldr s1, [r1]
inline constexpr uint32_t kVldr2 = 0xED912A01;               // vldr s4, [r1, #4]
inline constexpr uint32_t kVstr = 0xED810A00;                // vstr s0, [r1]
inline constexpr uint32_t kVdiv = 0xEE800A81;                // vdiv.f32 s0, s1, s2
inline constexpr uint32_t kVmovToCore = 0xEE100A10;          // vmov r0, s0
inline constexpr uint32_t kVmovFromCore = 0xEE000A90;        // vmov s1, r0
inline constexpr uint32_t kVmovPair = 0xEC510A10;            // vmov r0, r1, s0, s1
inline constexpr uint32_t kDadd = 0xEE310B02;                // vadd.f64 d0, d1, d2
inline constexpr uint32_t kItEq = 0xBF08;                    // it eq
inline constexpr uint32_t kMoveqR0 = 0x4608;                 // moveq r0, r1

}  // namespace code
}  // namespace thimble::sim
