// Every one-operator network against what TensorFlow Lite computes for it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exec/executor.h"
#include "frontend/tflite/import.h"
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
  if (!theirs) return;  // it runs, but there is nothing to compare with
  EXPECT_EQ(
      difference(ours->outputs, to_bytes(*theirs, ours->type), ours->type, op_tolerance(*ours)),
      "");
}

INSTANTIATE_TEST_SUITE_P(, OpModelTest, ::testing::ValuesIn(op_models()),
                         [](const auto& tested) { return tested.param.name; });

// A network with state gives the same answer again once the state was reset, and not before.
TEST(OperatorState, IsResetToTheBeginning) {
  int with_state = 0;
  for (const OpModel& model : op_models()) {
    auto graph = frontend::import_tflite(model.file, model.name);
    ASSERT_TRUE(graph) << graph.error().to_string();
    if (std::ranges::none_of(graph->tensors, &ir::Tensor::is_variable)) continue;
    ++with_state;
    SCOPED_TRACE(model.name);
    auto executor = exec::Executor::create(*graph);
    ASSERT_TRUE(executor) << executor.error().to_string();
    auto run = [&] {
      auto outputs = executor->run(op_inputs(*graph, 1));
      EXPECT_TRUE(outputs) << outputs.error().to_string();
      return *outputs;
    };
    auto first = run(), second = run();
    executor->reset_state();
    EXPECT_NE(first, second);
    EXPECT_EQ(first, run());
  }
  EXPECT_GE(with_state, 3);
}

TEST(OperatorTable, NamesEveryOperator) {
  auto table = base::read_text_file(source_dir() / "docs/operators.md");
  ASSERT_TRUE(table) << table.error().to_string();
  for (const ops::OpInfo* op : ops::all_ops())
    EXPECT_NE(table->find(fmt::format("| {} ", op->name)), std::string::npos)
        << op->name << " is missing in docs/operators.md";
}

}  // namespace
}  // namespace thimble::testing
