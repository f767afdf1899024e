#include "sim/run/access_locator.h"

#include <gtest/gtest.h>

namespace thimble::sim {
namespace {

constexpr uint32_t kCode = 0x08000100;

std::vector<uint32_t> accesses(const std::vector<uint16_t>& code, const Registers& registers,
                               uint32_t target) {
  return find_accesses(std::as_bytes(std::span(code)), kCode, registers, target);
}

TEST(FindAccesses, UnderstandsTheFormsOfAddresses) {
  Registers r{};
  r[1] = 0x20000000;
  r[2] = 0x40;
  r[kSp] = 0x20001000;
  using List = std::vector<uint32_t>;
  EXPECT_EQ(accesses({0xBF00, 0x6848}, r, 0x20000004), List{kCode + 2});  // ldr r0, [r1, #4]
  EXPECT_EQ(accesses({0x5488}, r, 0x20000040), List{kCode});              // strb r0, [r1, r2]
  EXPECT_EQ(accesses({0xF851, 0x0022}, r, 0x20000100), List{kCode});  // ldr r0, [r1, r2, lsl #2]
  EXPECT_EQ(accesses({0xF851, 0x0B04}, r, 0x20000000), List{kCode});  // ldr r0, [r1], #4
  EXPECT_EQ(accesses({0xF851, 0x0D04}, r, 0x1FFFFFFC), List{kCode});  // ldr r0, [r1, #-4]!
  EXPECT_EQ(accesses({0x9802}, r, 0x20001008), List{kCode});          // ldr r0, [sp, #8]
  EXPECT_EQ(accesses({0xBF00, 0x4802}, r, kCode + 12), List{kCode + 2});  // ldr r0, [pc, #8]
  EXPECT_EQ(accesses({0xB5F0}, r, 0x20000FEC), List{kCode});              // push {r4-r7, lr}
  EXPECT_EQ(accesses({0xBDF0}, r, 0x20001010), List{kCode});              // pop {r4-r7, pc}
  EXPECT_EQ(accesses({0xC9F8}, r, 0x20000010), List{kCode});              // ldm r1!, {r3-r7}
  EXPECT_EQ(accesses({0xE9D1, 0x3402}, r, 0x2000000C), List{kCode});      // ldrd r3, r4, [r1, #8]
  EXPECT_EQ(accesses({0xED91, 0x0A01}, r, 0x20000004), List{kCode});      // vldr s0, [r1, #4]
  EXPECT_TRUE(accesses({0x6848}, r, 0x30000000).empty());
}

TEST(FindAccesses, PrefersTheAccessThatBeginsThere) {
  Registers r{};
  r[3] = 0x60000000;
  // ldr r0, [r3, #0]; ldr r1, [r3, #4]; ldr r2, [r3, #4]
  const std::vector<uint32_t> expected = {kCode + 2, kCode + 4};
  EXPECT_EQ(accesses({0x6818, 0x6859, 0x685A}, r, 0x60000004), expected);
}

}  // namespace
}  // namespace thimble::sim
