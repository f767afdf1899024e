#include "tune/choices_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thimble::tune {
namespace {

using ::testing::HasSubstr;

ir::Graph graph() {
  ir::Graph graph;
  graph.name = "net";
  graph.nodes = {{"CONV_2D", "first", "", {}, {}, {}}, {"RESHAPE", "second", "", {}, {}, {}}};
  return graph;
}

TEST(ChoicesFile, ReadsWhatItWrote) {
  plan::Choices choices;
  choices.prefer = plan::Preference::kSpeed;
  choices.layers = {{"winograd8", true}, {"reference", false}};
  choices.ram_budget_bytes = 4096;
  const auto read = parse_choices(choices_json(choices, graph(), "board"), graph());
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->prefer, plan::Preference::kSpeed);
  EXPECT_EQ(read->ram_budget_bytes, 4096u);
  ASSERT_EQ(read->layers.size(), 2u);
  EXPECT_EQ(read->layers[0].variant, "winograd8");
  EXPECT_TRUE(read->layers[0].weights_in_ram);
  EXPECT_EQ(read->layers[1].variant, "reference");
  EXPECT_FALSE(read->layers[1].weights_in_ram);
}

TEST(ChoicesFile, RefusesAnotherNetworks) {
  const std::string json = choices_json({}, graph(), "board");
  ir::Graph longer = graph();
  longer.nodes.push_back(longer.nodes[0]);
  auto read = parse_choices(json, longer);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("2 layers, this one has 3"));
  ir::Graph other = graph();
  other.nodes[1].op = "SOFTMAX";
  read = parse_choices(json, other);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("RESHAPE there and SOFTMAX here"));
}

TEST(ChoicesFile, RefusesWhatItIsNot) {
  for (const char* text :
       {"", "[]", "{}", "nonsense", R"({"schema": 1})", R"({"schema": "thimble-choices/1"})",
        R"({"schema": "thimble-choices/1", "prefer": "haste", "layers": []})",
        R"({"schema": "thimble-choices/1", "prefer": "speed", "layers": 3})",
        R"({"schema": "thimble-choices/1", "prefer": "speed", "layers": [1, null]})",
        R"({"schema": "thimble-choices/1", "prefer": "speed", "layers": [{"op": 1}, {}]})"}) {
    const auto read = parse_choices(text, graph());
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, base::ErrorCode::kMalformed) << text;
  }
}

}  // namespace
}  // namespace thimble::tune
