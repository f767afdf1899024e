// Every one-operator network against what TensorFlow Lite computes for it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ops/op.h"
#include "tests/golden/op_outputs.h"
#include "tests/support/shared_data.h"

namespace thimble::testing {

void PrintTo(const OpModel& model, std::ostream* out) {
  *out << model.name;
}

namespace {

class OpModelTest : public ::testing::TestWithParam<OpModel> {};

TEST_P(OpModelTest, AgreesWithTensorFlowLite) {
  static const auto references =
      read_op_outputs(source_dir() / "tests/golden/ops/tensorflow_lite.txt");
  ASSERT_TRUE(references) << references.error().to_string();
  const OpModel& model = GetParam();
  auto ours = run_op_model(model);
  ASSERT_TRUE(ours) << ours.error().to_string();
  ASSERT_TRUE(references->contains(model.name)) << "write the references again";
  const auto& theirs = references->at(model.name);
  if (!theirs) GTEST_SKIP() << "TensorFlow Lite cannot run this network";
  EXPECT_EQ(
      difference(ours->outputs, to_bytes(*theirs, ours->type), ours->type, op_tolerance(*ours)),
      "");
}

INSTANTIATE_TEST_SUITE_P(, OpModelTest, ::testing::ValuesIn(op_models()),
                         [](const auto& tested) { return tested.param.name; });

TEST(OperatorTable, NamesEveryOperator) {
  auto table = base::read_text_file(source_dir() / "docs/operators.md");
  ASSERT_TRUE(table) << table.error().to_string();
  for (const ops::OpInfo* op : ops::all_ops())
    EXPECT_NE(table->find(fmt::format("| {} ", op->name)), std::string::npos)
        << op->name << " is missing in docs/operators.md";
}

}  // namespace
}  // namespace thimble::testing
