#include "sim/run/pty_bridge.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace thimble::sim {
namespace {

TEST(PtyBridge, BytesPassBothWaysUnchangedAndNothingBlocks) {
  auto bridge = PtyBridge::open();
  ASSERT_TRUE(bridge.has_value()) << bridge.error().to_string();
  EXPECT_EQ(bridge->receive(), "");
  const int terminal = open(bridge->name().c_str(), O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  bridge->send("one\ntwo\r");
  char buffer[16] = {};
  EXPECT_EQ(read(terminal, buffer, sizeof(buffer)), 8);
  EXPECT_STREQ(buffer, "one\ntwo\r");
  EXPECT_EQ(write(terminal, "\x03\r", 2), 2);
  EXPECT_EQ(bridge->receive(), "\x03\r");
  close(terminal);
  EXPECT_EQ(bridge->receive(), "");
}

TEST(PtyBridge, WhatNobodyReadsIsDropped) {
  auto bridge = PtyBridge::open();
  ASSERT_TRUE(bridge.has_value()) << bridge.error().to_string();
  bridge->send(std::string(1 << 20, 'x'));
  EXPECT_GT(bridge->dropped_bytes(), 0u);
}

TEST(PtyBridge, KnowsWhatWasNotRead) {
  auto bridge = PtyBridge::open();
  ASSERT_TRUE(bridge.has_value()) << bridge.error().to_string();
  const int terminal = open(bridge->name().c_str(), O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  bridge->send("abc");
  char byte = 0;
  ASSERT_EQ(read(terminal, &byte, 1), 1);  // waits until they have arrived
  EXPECT_EQ(bridge->unread_bytes(), 2u);
  char rest[2];
  ASSERT_EQ(read(terminal, rest, 2), 2);
  EXPECT_EQ(bridge->unread_bytes(), 0u);
  close(terminal);
}

}  // namespace
}  // namespace thimble::sim
