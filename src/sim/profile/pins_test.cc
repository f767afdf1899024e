#include "sim/profile/pins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <vector>

#include "base/random.h"
#include "sim/profile/passes.h"

namespace thimble::sim {
namespace {

TEST(PinName, GoesThereAndBack) {
  for (uint16_t pin = 0; pin < 26 * 16; ++pin)
    EXPECT_EQ(parse_pin(pin_name(pin, PinNaming::kPortLetter)), pin);
  for (uint16_t pin = 0; pin < 26 * 32; ++pin)
    EXPECT_EQ(parse_pin(pin_name(pin, PinNaming::kPortNumber)), pin);
  EXPECT_EQ(pin_name(21, PinNaming::kPortLetter), "PB5");
  EXPECT_EQ(pin_name(37, PinNaming::kPortNumber), "P1.05");
  EXPECT_EQ(parse_pin("pb5"), 21);
}

TEST(PinName, RejectsWhatIsNone) {
  for (const char* name : {"", "P", "PB", "PB16", "B5", "P5", "PB5x", "P1.", "P.5", "P1.32", "PB-1",
                           "P99.1", "PB99999999999"})
    EXPECT_FALSE(parse_pin(name)) << name;
  for (const char* event : {"PB5", "PB5:", "PB5:up", ":rise", "rise"})
    EXPECT_FALSE(parse_pin_event(event)) << event;
  EXPECT_EQ(parse_pin_event("P0.13:fall"), (PinEvent{13, false}));
}

TEST(Passes, CountFromTheLatestStart) {
  const std::vector<PinEdge> edges = {{5, 1, false},  {10, 1, true},  {20, 1, true},  {30, 2, true},
                                      {35, 1, false}, {40, 1, true},  {41, 2, false}, {90, 2, true},
                                      {95, 2, true},  {100, 1, false}};
  const PassStatistics high = passes_between(edges, {1, true}, {1, false});
  EXPECT_EQ(high, (PassStatistics{2, 25 + 60, 25, 60}));
  const PassStatistics across = passes_between(edges, {1, true}, {2, true});
  EXPECT_EQ(across, (PassStatistics{2, 20 + 50, 20, 50}));
  EXPECT_DOUBLE_EQ(across.mean_cycles(), 35);
  const PassStatistics period = passes_between(edges, {1, true}, {1, true});
  EXPECT_EQ(period, (PassStatistics{1, 30, 30, 30}));
  EXPECT_EQ(passes_between(edges, {7, true}, {7, false}).count, 0u);
}

// A reader of value change dumps that knows no more than the standard.
struct Dump {
  std::string timescale;
  std::map<std::string, std::vector<std::pair<uint64_t, char>>> changes;  // by name of the wire
  uint64_t end = 0;
};

Dump read_dump(const std::string& text) {
  std::istringstream words(text);
  std::map<std::string, std::string> names;  // by identifier code
  Dump dump;
  for (std::string word; words >> word;) {
    auto until_end = [&] {
      std::vector<std::string> parts;
      for (std::string part; words >> part && part != "$end";) parts.push_back(part);
      return parts;
    };
    if (word == "$timescale") {
      for (const std::string& part : until_end()) dump.timescale += part;
    } else if (word == "$var") {
      const auto parts = until_end();
      EXPECT_EQ(parts.size(), 4u);
      names[parts[2]] = parts[3];
    } else if (word == "$version" || word == "$scope" || word == "$upscope" ||
               word == "$enddefinitions") {
      until_end();
    } else if (word[0] == '#') {
      const uint64_t time = std::stoull(word.substr(1));
      EXPECT_GE(time, dump.end);
      dump.end = time;
    } else if (word != "$dumpvars" && word != "$end") {
      EXPECT_TRUE(word[0] == '0' || word[0] == '1') << word;
      EXPECT_TRUE(names.contains(word.substr(1))) << word;
      dump.changes[names[word.substr(1)]].push_back({dump.end, word[0]});
    }
  }
  return dump;
}

TEST(Vcd, HoldsEveryEdgeAtItsTime) {
  constexpr uint64_t kClock = 80'000'000;  // 12.5 ns
  const std::vector<PinEdge> edges = {{8, 21, true}, {8, 3, true}, {9, 21, false}, {800, 3, false}};
  const Dump dump = read_dump(vcd_text(edges, kClock, 1000, PinNaming::kPortLetter));
  EXPECT_EQ(dump.timescale, "1ps");
  using Changes = std::vector<std::pair<uint64_t, char>>;
  EXPECT_EQ(dump.changes.at("PB5"), (Changes{{0, '0'}, {100'000, '1'}, {112'500, '0'}}));
  EXPECT_EQ(dump.changes.at("PA3"), (Changes{{0, '0'}, {100'000, '1'}, {10'000'000, '0'}}));
  EXPECT_EQ(dump.end, 12'500'000u);
}

TEST(Vcd, ManyPinsKeepTheirNames) {
  std::vector<PinEdge> edges;
  for (uint16_t pin = 0; pin < 300; ++pin) edges.push_back({pin + uint64_t{1}, pin, true});
  const Dump dump = read_dump(vcd_text(edges, 1'000'000'000'000, 400, PinNaming::kPortNumber));
  ASSERT_EQ(dump.changes.size(), 300u);
  for (uint16_t pin = 0; pin < 300; ++pin)
    EXPECT_EQ(dump.changes.at(pin_name(pin, PinNaming::kPortNumber)).back(),
              std::pair(pin + uint64_t{1}, '1'));
}

}  // namespace
}  // namespace thimble::sim
