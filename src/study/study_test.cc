#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "ops/op.h"
#include "ops/statistics.h"
#include "study/analysis.h"
#include "study/exhibits.h"
#include "study/grid.h"
#include "study/keep.h"
#include "study/layer_network.h"
#include "study/plot.h"

namespace thimble::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Grid, KindsHaveSeriesOfTheirOwn) {
  for (const char* kind : {"dense", "conv", "conv1x1", "depthwise"})
    for (const bool quick : {false, true}) {
      const auto grid = parse_grid(kind, quick);
      ASSERT_TRUE(grid) << grid.error().to_string();
      ASSERT_GE(grid->series.size(), 2u);
      // Every class of lengths, and pairs to compare.
      EXPECT_GE(grid->series[0].values.size(), 12u) << kind;
    }
}

TEST(Grid, ASpecSaysWhatVaries) {
  const auto grid = parse_grid("conv:channels=3-9+3,kernel=5/3,filters=7,size=8", false);
  ASSERT_TRUE(grid) << grid.error().to_string();
  ASSERT_EQ(grid->series.size(), 2u);
  EXPECT_EQ(grid->series[0].parameter, "channels");
  EXPECT_THAT(grid->series[0].values, ElementsAre(3, 6, 9));
  EXPECT_EQ(grid->series[0].points[1].kernel, 3);
  EXPECT_EQ(grid->series[1].parameter, "kernel");
  EXPECT_EQ(grid->series[1].points[1],
            (Point{.kind = Kind::kConv, .length = 3, .units = 7, .size = 8, .kernel = 5}));
}

TEST(Grid, BadSpecsAreExplained) {
  EXPECT_THAT(parse_grid("convv", false).error().hint, HasSubstr("did you mean conv?"));
  EXPECT_THAT(parse_grid("dense:kernel=3", false).error().hint, HasSubstr("inputs, units"));
  for (const char* spec :
       {"dense:inputs=0", "dense:inputs=4-2", "dense:inputs=", "dense:inputs=1-",
        "dense:inputs=99999999999", "dense:inputs=1-9+0", "dense:", "dense:inputs", "conv:size=2",
        "conv:size=4096", "dense:inputs=1-4096", "dense:inputs=3x", ""})
    EXPECT_FALSE(parse_grid(spec, false)) << spec;
}

TEST(LayerNetwork, EveryKindIsOneValidLayerOfTheRightWork) {
  for (const ir::DataType type : {ir::DataType::kInt8, ir::DataType::kFloat32}) {
    const auto network = [&](Point point) { return *layer_network(point, type); };
    const ir::Graph conv =
        network({.kind = Kind::kConv, .length = 3, .units = 5, .size = 6, .kernel = 3});
    EXPECT_TRUE(ops::verify(conv));
    EXPECT_EQ(conv.nodes.size(), 1u);
    EXPECT_EQ(ops::statistics(conv).total.cost.maccs, 4u * 4 * 5 * 27);
    const ir::Graph small = network({.kind = Kind::kConv1x1, .length = 3, .units = 5, .size = 6});
    // The paper's estimate counts a 1x1 convolution twice.
    const ops::Cost cost = ops::statistics(small).total.cost;
    EXPECT_EQ(cost.paper_maccs, 2.0 * static_cast<double>(cost.maccs));
    EXPECT_EQ(network({.kind = Kind::kDepthwise, .length = 4, .size = 6, .kernel = 2, .stride = 2})
                  .nodes[0]
                  .op,
              "DEPTHWISE_CONV_2D");
  }
}

TEST(LayerNetwork, JoinedNetworksStayApart) {
  const std::vector<ir::Graph> networks = {
      *layer_network({.kind = Kind::kDense, .length = 5, .units = 3}, ir::DataType::kInt8),
      *layer_network({.kind = Kind::kDense, .length = 7, .units = 2}, ir::DataType::kInt8)};
  const ir::Graph all = joined(networks);
  ASSERT_TRUE(ops::verify(all));
  EXPECT_EQ(all.inputs.size(), 2u);
  EXPECT_EQ(all.outputs.size(), 2u);
  EXPECT_EQ(all.nodes[1].name, "1");
  EXPECT_EQ(all.tensor(all.nodes[1].inputs[0]).shape, (ir::Shape{1, 7}));
}

// A core whose time is `per_four` for each begun group of four.
std::vector<Sample> samples_in_fours(const std::vector<int32_t>& values) {
  std::vector<Sample> samples;
  for (const int32_t value : values) {
    Sample sample{.point = {.length = value}};
    sample.cycles = static_cast<uint64_t>(100 * ((value + 3) / 4) + value % 4);
    sample.latency_us = static_cast<double>(sample.cycles);
    sample.maccs = static_cast<uint64_t>(value);
    sample.paper_maccs = value;
    samples.push_back(sample);
  }
  return samples;
}

TEST(Guidelines, FindTheMultipleThatCostsNothing) {
  std::vector<int32_t> values(33);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int32_t>(i) + 32;
  const auto found = roundings(values, samples_in_fours(values));
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[1].pairs, 24u);
  EXPECT_EQ(found[1].faster, 24u);
  EXPECT_LT(found[1].time_ratio, 1);
  EXPECT_GT(found[2].time_ratio, 1);
  EXPECT_THAT(guideline("channels", found), HasSubstr("round channels up to a multiple of 4"));
}

TEST(Guidelines, ALinearCoreLikesEveryLength) {
  const std::vector<int32_t> values = {8, 9, 10, 11, 12, 13, 14, 15, 16};
  std::vector<Sample> samples = samples_in_fours(values);
  for (Sample& sample : samples) sample.latency_us = static_cast<double>(sample.maccs);
  EXPECT_THAT(guideline("units", roundings(values, samples)), HasSubstr("may be any number"));
  EXPECT_THAT(guideline("units", {}), HasSubstr("too few"));
}

TEST(Gain, ClassesOfLengths) {
  const std::vector<int32_t> values = {1, 2, 3, 4};
  std::vector<Sample> reference, optimized;
  for (const int32_t value : values) {
    Sample sample{.point = {.length = value}, .cycles = 1, .paper_maccs = 1};
    sample.latency_us = 0.1;
    reference.push_back(sample);
    sample.latency_us = value % 4 == 0 ? 0.01 : value % 2 == 0 ? 0.03 : 0.05;
    optimized.push_back(sample);
  }
  const GainRow row = gain_row(reference, optimized);
  EXPECT_DOUBLE_EQ(row.reference_ns, 100);
  EXPECT_DOUBLE_EQ(*row.gain[0], 100 / 35.0);
  EXPECT_DOUBLE_EQ(*row.gain[1], 2);
  EXPECT_DOUBLE_EQ(*row.gain[2], 5);
  EXPECT_DOUBLE_EQ(*row.gain[3], 10);
}

// Dense layers of 4 to 7 inputs, whose time is their length.
Study dense_study() {
  Study study{.grid = *parse_grid("dense:inputs=4-7,units=3", false)};
  for (const Point& point : study.grid.series[0].points)
    for (const Variant variant : {Variant::kOptimized, Variant::kReference})
      study.samples.push_back(
          {.point = point,
           .variant = variant,
           .cycles = 1,
           .latency_us = point.length * (variant == Variant::kReference ? 3. : 1),
           .maccs = 1,
           .paper_maccs = 10. * point.length});
  return study;
}

TEST(Exhibits, FiguresOfThePaperMarkTheClassesOfLengths) {
  const std::vector<store::ExhibitRecord> records = figures({dense_study()});
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].exhibit.number, "Figure 4 of the paper");
  EXPECT_EQ(records[1].exhibit.number, "Figure 9 of the paper");
  EXPECT_THAT(records[1].exhibit.note, HasSubstr("dense int8: inputs"));
  ASSERT_EQ(records[0].values.size(), 4u);
  const std::pair<const char*, double> marks[] = {
      {"odd", 5}, {"odd", 7}, {"even", 6}, {"divisible by 4", 4}};
  for (size_t i = 0; i < 4; ++i) {
    const auto& [name, inputs] = marks[i];
    EXPECT_EQ(records[0].values[i].series, name);
    EXPECT_EQ(records[0].values[i].ours_x, 10 * inputs);
    EXPECT_EQ(records[1].values[i].ours_x, inputs);
    EXPECT_EQ(records[1].values[i].ours, inputs);
    EXPECT_FALSE(records[1].values[i].published);
  }
}

TEST(Exhibits, WhatVariesBesideTheLengthIsACurveForEachVariant) {
  Study study{.grid = *parse_grid("dense:units=1-3", false)};
  for (const Point& point : study.grid.series[1].points)
    for (const Variant variant : {Variant::kOptimized, Variant::kReference})
      study.samples.push_back({.point = point, .variant = variant, .cycles = 1, .latency_us = 2});
  study.samples[2] = {.point = study.grid.series[1].points[1], .reason = "does not fit"};
  const std::vector<store::ExhibitRecord> records = figures({study});
  ASSERT_EQ(records.size(), 1u) << "no figure of one length";
  EXPECT_EQ(records[0].exhibit.kind, "curves");
  ASSERT_EQ(records[0].values.size(), 5u) << "what was not measured is no mark";
  EXPECT_EQ(records[0].values[1].series, "optimized");
  EXPECT_EQ(records[0].values[1].ours_x, 3);
  EXPECT_EQ(records[0].values[2].series, "reference");
}

TEST(Exhibits, GainsStandBesideThePapers) {
  Study study = dense_study();
  const store::ExhibitRecord table = gain_table({study});
  ASSERT_EQ(table.values.size(), 1 + kLengthClasses);
  EXPECT_EQ(table.values[0].published, 145.2);
  EXPECT_DOUBLE_EQ(*table.values[0].ours, 300);
  EXPECT_DOUBLE_EQ(*table.values[1].ours, 3);
  EXPECT_DOUBLE_EQ(*table.values[1].ratio(), 1);
  study.grid = *parse_grid("dense:inputs=5/7,units=3", false);
  EXPECT_EQ(gain_table({study}).values[4].reason, "no such length was measured");
  study.samples.clear();
  EXPECT_FALSE(gain_table({study}).values[0].ours) << "rather than 0";
}

TEST(Keep, NoLayerIsMeasuredTwice) {
  if (!firmware::compiler_version("arm-none-eabi-g++"))
    GTEST_SKIP() << "needs arm-none-eabi-g++: install gcc-arm-none-eabi";
  const auto folder = *base::TemporaryDirectory::create();
  store::Store store = *store::Store::open(folder.path() / "study.db", true);
  const board::Board board = *board::load_board("nucleo-l496zg");
  const board::Core core = *board::load_core(board.core);
  size_t measured = 0;
  const auto study = [&](const char* spec, const char* optimization) {
    RunOptions options{.variants = {Variant::kOptimized}};
    options.build.optimization = optimization;
    measured = 0;
    options.on_progress = [&](size_t, size_t all) { measured = all; };
    auto result =
        run_kept_study(*parse_grid(spec, false), "nucleo-l496zg", board, core, options, store);
    EXPECT_TRUE(result) << result.error().to_string();
    return *result;
  };
  const Study first = study("dense:inputs=4/5,units=3", "-O2");
  EXPECT_EQ(measured, 2u);
  const Study again = study("dense:inputs=4-6,units=3", "-O2");
  EXPECT_EQ(measured, 1u) << "what the store lacks";
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again.samples[i].cycles, first.samples[i].cycles);
    EXPECT_EQ(again.samples[i].latency_us, first.samples[i].latency_us);
    EXPECT_EQ(again.samples[i].maccs, first.samples[i].maccs);
    EXPECT_EQ(again.samples[i].paper_maccs, first.samples[i].paper_maccs);
    EXPECT_EQ(again.samples[i].kernel, first.samples[i].kernel);
  }
  study("dense:inputs=4/5,units=3", "-Os");
  EXPECT_EQ(measured, 2u) << "another optimization";
  const auto rows = store.study_layers();
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(), 5u);
  EXPECT_THAT(rows->front().command,
              ::testing::EndsWith(" && thimble study dense:inputs=4,units=3 --board nucleo-l496zg "
                                  "--opt -O2 --prefer balanced"));
}

TEST(Plot, DrawsWhatIsThere) {
  const std::string text = plot({{0, 0, 'a'}, {10, 5, 'b'}}, "x", "y", 11, 3);
  EXPECT_EQ(text,
            "y\n"
            "        5 |          b\n"
            "          |\n"
            "        0 |a\n"
            "          +-----------\n"
            "           0        10  x\n");
  EXPECT_EQ(plot({}, "x", "y"), "");
}

}  // namespace
}  // namespace thimble::study
