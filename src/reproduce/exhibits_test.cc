// Exhibits of the real rows of the papers, with measurements made up.
#include "reproduce/exhibits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "reproduce/published.h"

namespace thimble::reproduce {
namespace {

using store::ExhibitRecord;
using store::ExhibitValue;
using testing::HasSubstr;

// Every run that the paper needs; the F4 is slower than the F7 and takes more.
Material material_of(const std::string& paper) {
  Material material;
  const std::vector<Row> rows = *published_rows(paper);
  double latency_ms = 10;
  for (const RunName& name : runs_of(rows)) {
    Measured measured;
    measured.run.key = fmt::format("key {}", material.measurements.size());
    measured.run.ok = true;
    const bool f4 = name.board == "disco-f469ni", f7 = name.board == "nucleo-f767zi";
    measured.run.latency_ms = latency_ms / (f7 ? 4 : f4 ? 2 : 1);
    measured.run.energy_uj = latency_ms * (f7 ? 200 : f4 ? 300 : 100);
    measured.run.flash_bytes = 2048;
    measured.run.ram_bytes = 1000;
    measured.supply_v = 3;
    measured.model_bytes = 1024;
    for (int64_t i = 0; i < 3; ++i) {
      store::Layer& layer = measured.layers.emplace_back();
      layer.step = i;
      layer.layer = i / 2;  // the first in two bands
      layer.op = "CONV_2D";
      layer.maccs = 50;
      layer.latency_ms = 1;
      layer.constant_bytes = 7;
    }
    material.measurements.emplace(name, std::move(measured));
  }
  material.figures = figures(rows, material.measurements);
  return material;
}

const ExhibitRecord* find(const std::vector<ExhibitRecord>& exhibits, const std::string& number,
                          const std::string& kind) {
  for (const ExhibitRecord& record : exhibits)
    if (record.exhibit.number == number && record.exhibit.kind == kind) return &record;
  return nullptr;
}

TEST(Exhibits, EveryPublishedRowIsInOneTable) {
  for (const std::string paper : {"heim", "profentzas"}) {
    const Material material = material_of(paper);
    const auto result = exhibits(paper, material);
    ASSERT_TRUE(result) << result.error().to_string();
    size_t rows = 0;
    for (const auto& [exhibit, values] : *result) {
      EXPECT_FALSE(exhibit.title.empty()) << exhibit.number;
      EXPECT_FALSE(values.empty()) << exhibit.number;
      if (exhibit.kind == "table" && exhibit.number != "Section 5.3.3.3") rows += values.size();
    }
    EXPECT_EQ(rows, material.figures.size()) << paper;
  }
  const auto mlperf = exhibits("mlperf", material_of("mlperf"));
  ASSERT_TRUE(mlperf);
  EXPECT_GE(mlperf->size(), 5u);
}

TEST(Exhibits, HeimHasTheFiguresOfTheThesis) {
  const auto result = exhibits("heim", material_of("heim"));
  ASSERT_TRUE(result);
  std::set<std::string> drawn;
  for (const ExhibitRecord& record : *result)
    if (record.exhibit.kind != "table") drawn.insert(record.exhibit.number);
  for (const char* number : {"5.2",   "5.3",  "5.4",   "5.5",   "5.6",  "5.7",   "5.8",   "5.9a",
                             "5.9b",  "5.10", "5.11",  "5.12",  "5.13", "5.14a", "5.14b", "5.15a",
                             "5.15b", "5.16", "5.17a", "5.17b", "6.2",  "A.6"})
    EXPECT_TRUE(drawn.contains(fmt::format("Figure {}", number))) << number;
}

TEST(Exhibits, BarsHaveThePublishedValuesOfTheSameRuns) {
  const Material material = material_of("heim");
  const auto result = exhibits("heim", material);
  ASSERT_TRUE(result);
  const ExhibitRecord* figure = find(*result, "Figure 5.10", "bars");
  ASSERT_TRUE(figure);
  ASSERT_EQ(figure->values.size(), 6u);
  const ExhibitValue& value = figure->values[1];
  EXPECT_EQ(value.label, "L4");
  EXPECT_EQ(value.series, "int8");
  EXPECT_EQ(value.published, 36.391) << "Table A.2's, the most exact";
  EXPECT_EQ(value.ours, 10);
  ASSERT_TRUE(value.run_key);
  const ExhibitRecord* statements = find(*result, "Figure 5.10", "table");
  ASSERT_TRUE(statements);
  EXPECT_EQ(statements, figure + 1) << "what is said of a figure follows it";
  EXPECT_FALSE(statements->values[0].run_key) << "a ratio is of two runs";
}

TEST(Exhibits, TheParetoStatementComesFromOurRuns) {
  Material material = material_of("heim");
  const auto note = [&] {
    const auto result = exhibits("heim", material);
    return find(*result, "Figure 5.13", "points")->exhibit.note;
  };
  EXPECT_THAT(note(), HasSubstr("dominated: F4 by F7. Published"));
  EXPECT_THAT(note(), HasSubstr("They are the same"));
  for (auto& [name, measured] : material.measurements)
    if (name.board == "disco-f469ni") measured.run.energy_uj = 1;
  EXPECT_THAT(note(), HasSubstr("They are NOT the same"));
  std::erase_if(material.measurements,
                [](const auto& each) { return each.first.board == "disco-f469ni"; });
  EXPECT_THAT(note(), HasSubstr("a run is missing"));
}

TEST(Exhibits, FrontsAreLinesWithoutMarks) {
  const auto result = exhibits("heim", material_of("heim"));
  std::vector<double> ours, published;
  for (const ExhibitValue& value : find(*result, "Figure 5.13", "points")->values) {
    if (!value.label.empty()) continue;
    if (value.ours_x) ours.push_back(*value.ours_x);
    if (value.published_x) published.push_back(*value.published_x);
  }
  EXPECT_THAT(ours, testing::ElementsAre(2.5, 10)) << "F7, L4";
  EXPECT_THAT(published, testing::ElementsAre(449.3, 2217.01));
}

TEST(Exhibits, LayersInBandsAreOneBar) {
  const auto result = exhibits("heim", material_of("heim"));
  const ExhibitRecord* figure = find(*result, "Figure 5.14a", "bars");
  ASSERT_TRUE(figure);
  ASSERT_EQ(figure->values.size(), 4u);  // two layers, with and without CMSIS-NN
  EXPECT_EQ(figure->values[0].ours, 2);
  EXPECT_EQ(figure->values[1].ours, 1);
  const ExhibitRecord* shares = find(*result, "Figure 5.15a", "bars");
  EXPECT_DOUBLE_EQ(*shares->values[0].ours, 200 / 3.);
}

TEST(Exhibits, WithoutRunsReasonsRemain) {
  Material material;
  material.figures = figures(*published_rows("heim"), {});
  const auto result = exhibits("heim", material);
  ASSERT_TRUE(result) << result.error().to_string();
  for (const auto& [exhibit, values] : *result)
    for (const ExhibitValue& value : values)
      EXPECT_TRUE(value.label.empty() || value.ours || !value.reason.empty())
          << exhibit.number << " " << value.label;
}

TEST(Exhibits, FrameworksOfProfentzasStandBesideTheirKernels) {
  const auto result = exhibits("profentzas", material_of("profentzas"));
  const ExhibitRecord* ram = find(*result, "Figure 3a", "bars");
  ASSERT_TRUE(ram);
  ASSERT_EQ(ram->values.size(), 15u);
  EXPECT_EQ(ram->values[1].series, "uTensor (ours: reference)");
  EXPECT_EQ(ram->values[1].published, 28544);
  EXPECT_EQ(ram->values[1].ours, 1000);
  const ExhibitRecord* current = find(*result, "Figure 5", "points");
  ASSERT_TRUE(current);
  ASSERT_EQ(current->values.size(), 3u);
  EXPECT_EQ(current->values[2].published_x, 1961);
  EXPECT_EQ(current->values[2].published, 6);
}

}  // namespace
}  // namespace thimble::reproduce
