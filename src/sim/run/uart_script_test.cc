#include "sim/run/uart_script.h"

#include <gtest/gtest.h>

namespace thimble::sim {
namespace {

TEST(UartScript, AnswersEachPromptWithTheNextLine) {
  UartScript script("name%\ninfer 1%", "ready");
  EXPECT_EQ(script.start(), "");
  const auto hear = [&](std::string_view text) {
    std::string answer;
    for (char byte : text) answer += script.answer(byte);
    return answer;
  };
  EXPECT_EQ(hear("m-rready\r\n"), "name%");
  EXPECT_EQ(hear("thimble\r\n"), "");
  EXPECT_EQ(hear("m-ready\r\n"), "infer 1%");
  EXPECT_EQ(hear("m-ready\r\n"), "");
}

TEST(UartScript, SendsAllAtOnceWithoutPrompt) {
  UartScript script("a\nb\n", "");
  EXPECT_EQ(script.start(), "a\nb\n");
  EXPECT_EQ(script.start(), "");
}

TEST(Unescape, KnowsSixEscapes) {
  EXPECT_EQ(unescape("a\\n\\x41\\\\").value(), "a\nA\\");
  EXPECT_EQ(unescape("\\0").value(), std::string(1, '\0'));
  for (const char* bad : {"\\q", "\\", "\\x4", "\\xZZ", "\\x-1"})
    EXPECT_FALSE(unescape(bad)) << bad;
}

}  // namespace
}  // namespace thimble::sim
