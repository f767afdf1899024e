#include "sim/elf/firmware.h"

#include <gtest/gtest.h>

namespace thimble::sim {
namespace {

std::string error_of(std::string_view text) {
  const auto result = parse_intel_hex(text);
  return result ? "" : result.error().to_string();
}

TEST(IntelHex, JoinsNeighboursAndKeepsGaps) {
  const auto chunks = parse_intel_hex(
      ":020000040800F2\r\n"
      ":0400000001020304F2\r\n"
      ":02000400050GEF\r\n");
  EXPECT_FALSE(chunks);
  const auto good = parse_intel_hex(
      ":020000040800F2\r\n"
      ":0400000001020304F2\r\n"
      ":020004000506EF\r\n"
      ":0101000007F7\r\n"
      ":0400000508000101ED\r\n"
      ":00000001FF\r\n");
  ASSERT_TRUE(good) << good.error().message;
  ASSERT_EQ(good->size(), 2u);
  EXPECT_EQ(good->at(0x08000000).size(), 6u);
  EXPECT_EQ(good->at(0x08000000)[5], std::byte{6});
  EXPECT_EQ(good->at(0x08000100), base::Bytes{std::byte{7}});
}

TEST(IntelHex, SegmentAddressIsSixteenTimesItsValue) {
  const auto chunks = parse_intel_hex(":020000021000EC\n:0100000001FE\n:00000001FF\n");
  ASSERT_TRUE(chunks) << chunks.error().message;
  EXPECT_TRUE(chunks->contains(0x10000));
}

TEST(IntelHex, RefusesWhatIsWrong) {
  EXPECT_NE(error_of(":0100000001FF\n:00000001FF\n").find("checksum"), std::string::npos);
  EXPECT_NE(error_of(":0100000001FE\n").find("no end record"), std::string::npos);
  EXPECT_NE(error_of(":00000001FF\n:00000001FF\n").find("after the end"), std::string::npos);
  EXPECT_NE(error_of(":0100000001FE\n:0100000001FE\n:00000001FF\n").find("two values"),
            std::string::npos);
  EXPECT_NE(error_of(":0200000001FD\n:00000001FF\n").find("length"), std::string::npos);
  EXPECT_NE(error_of(":02FFFF000102FD\n:00000001FF\n").find("wrap"), std::string::npos);
  EXPECT_NE(error_of(":00000006FA\n:00000001FF\n").find("type 6"), std::string::npos);
  EXPECT_NE(error_of(":00000001FF\n").find("nothing to load"), std::string::npos);
  EXPECT_NE(error_of("hello").find("line 1"), std::string::npos);
}

TEST(Firmware, RawImageGoesToTheFlash) {
  auto directory = base::TemporaryDirectory::create();
  ASSERT_TRUE(directory);
  const auto image = directory->path() / "program.bin";
  ASSERT_TRUE(base::write_file(image, std::string_view("\x00\x01\x02\x03", 4)));
  const auto program = load_firmware(image, 0x08000000);
  ASSERT_TRUE(program) << program.error().message;
  ASSERT_EQ(program->segments().size(), 1u);
  EXPECT_EQ(program->segments()[0].load_address, 0x08000000u);
  EXPECT_EQ(program->segments()[0].bytes.size(), 4u);
  EXPECT_EQ(program->function_at(0x08000000), nullptr);
  EXPECT_FALSE(program->source_line(0x08000000));

  const auto text = directory->path() / "notes.txt";
  ASSERT_TRUE(base::write_file(text, std::string_view("hello")));
  EXPECT_FALSE(load_firmware(text, 0x08000000));
}

}  // namespace
}  // namespace thimble::sim
