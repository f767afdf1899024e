#include "emit/tflite_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "exec/executor.h"
#include "frontend/tflite/import.h"
#include "ops/statistics.h"
#include "tests/support/op_models.h"
#include "tests/support/sanitizer.h"
#include "tests/support/shared_data.h"
#include "tflite_subset_generated.h"

namespace thimble::emit {
namespace {

namespace fs = std::filesystem;
namespace schema = frontend::schema;
using base::Bytes;

ir::Tensor make_tensor(std::string name, ir::Shape shape) {
  ir::Tensor tensor;
  tensor.name = std::move(name);
  tensor.shape = std::move(shape);
  return tensor;
}

ir::Tensor make_constant(std::string name, ir::Shape shape, size_t bytes) {
  ir::Tensor tensor = make_tensor(std::move(name), std::move(shape));
  tensor.type = ir::DataType::kInt8;
  tensor.data = std::make_shared<const Bytes>(bytes);
  return tensor;
}

// The smallest network: a sigmoid of two numbers.
ir::Graph sigmoid_graph() {
  ir::Graph graph;
  graph.name = "sigmoid";
  graph.inputs = {graph.add_tensor(make_tensor("in", {1, 2}))};
  graph.outputs = {graph.add_tensor(make_tensor("out", {1, 2}))};
  graph.nodes.push_back({.op = "LOGISTIC",
                         .name = "out",
                         .origin = "operator 0",
                         .inputs = graph.inputs,
                         .outputs = graph.outputs,
                         .attributes = {}});
  return graph;
}

const schema::Model& model_of(const Bytes& file) {
  return *schema::GetModel(file.data());
}

void expect_same_tensors(const ir::Graph& a, const ir::Graph& b) {
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    const ir::Tensor &x = a.tensors[i], &y = b.tensors[i];
    EXPECT_TRUE(x.quantization == y.quantization) << x.name;
    ASSERT_EQ(x.is_constant(), y.is_constant()) << x.name;
    EXPECT_TRUE(!x.is_constant() || *x.data == *y.data) << x.name;
  }
}

// Writing and reading again must give the same network.
void expect_round_trip(const ir::Graph& graph) {
  auto file = write_tflite(graph);
  ASSERT_TRUE(file) << file.error().to_string();
  auto again = frontend::import_tflite(*file, graph.name);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(ir::print(graph), ir::print(*again));
  expect_same_tensors(graph, *again);
}

std::vector<Bytes> outputs_on_pattern(ir::Graph graph) {
  std::vector<Bytes> inputs;
  for (ir::TensorId id : graph.inputs) inputs.push_back(exec::pattern_input(graph.tensor(id)));
  auto executor = exec::Executor::create(std::move(graph));
  EXPECT_TRUE(executor) << executor.error().to_string();
  auto outputs = executor->run(inputs);
  EXPECT_TRUE(outputs) << outputs.error().to_string();
  return *outputs;
}

TEST(TfliteWriter, EveryOperatorSurvivesARoundTrip) {
  std::set<std::string> seen;
  for (const testing::OpModel& model : testing::op_models()) {
    SCOPED_TRACE(model.name);
    auto graph = frontend::import_tflite(model.file, model.name);
    ASSERT_TRUE(graph) << graph.error().to_string();
    for (const ir::Node& node : graph->nodes) seen.insert(node.op);
    expect_round_trip(*graph);
  }
  EXPECT_GE(seen.size(), 20u);
}

// The highest version of each operator in TensorFlow Lite of 2023 (npm's @tensorflow/tfjs-tflite
// 0.0.1-alpha.10), found by asking it for one after the other. It refuses files that want more.
const std::map<schema::BuiltinOperator, int32_t> kVersionsOf2023 = {
    {schema::BuiltinOperator::ADD, 4},
    {schema::BuiltinOperator::AVERAGE_POOL_2D, 3},
    {schema::BuiltinOperator::CONCATENATION, 3},
    {schema::BuiltinOperator::CONV_2D, 6},
    {schema::BuiltinOperator::DEPTHWISE_CONV_2D, 6},
    {schema::BuiltinOperator::DEQUANTIZE, 5},
    {schema::BuiltinOperator::FULLY_CONNECTED, 9},
    {schema::BuiltinOperator::LEAKY_RELU, 2},
    {schema::BuiltinOperator::LOGISTIC, 3},
    {schema::BuiltinOperator::MAX_POOL_2D, 3},
    {schema::BuiltinOperator::MEAN, 3},
    {schema::BuiltinOperator::MUL, 6},
    {schema::BuiltinOperator::PAD, 4},
    {schema::BuiltinOperator::PADV2, 4},
    {schema::BuiltinOperator::QUANTIZE, 3},
    {schema::BuiltinOperator::RELU, 3},
    {schema::BuiltinOperator::RELU6, 3},
    {schema::BuiltinOperator::RESHAPE, 1},
    {schema::BuiltinOperator::SOFTMAX, 3},
    {schema::BuiltinOperator::STRIDED_SLICE, 6},
    {schema::BuiltinOperator::SUB, 5},
    {schema::BuiltinOperator::SVDF, 4},
    {schema::BuiltinOperator::TANH, 3},
    {schema::BuiltinOperator::TRANSPOSE, 5},
    {schema::BuiltinOperator::TRANSPOSE_CONV, 3},
};

TEST(TfliteWriter, AsksForNoNewerOperatorThanItNeeds) {
  const std::set<std::string> later = {"fully_connected_int8_per_channel",
                                       "fully_connected_hybrid_per_channel"};
  for (const testing::OpModel& model : testing::op_models()) {
    auto graph = frontend::import_tflite(model.file, model.name);
    ASSERT_TRUE(graph) << graph.error().to_string();
    auto file = write_tflite(*graph);
    ASSERT_TRUE(file) << file.error().to_string();
    for (const schema::OperatorCode* code : *model_of(*file).operator_codes()) {
      const auto highest = kVersionsOf2023.find(code->builtin_code());
      ASSERT_NE(highest, kVersionsOf2023.end()) << model.name;
      if (later.contains(model.name))
        EXPECT_GT(code->version(), highest->second) << model.name;
      else
        EXPECT_LE(code->version(), highest->second) << model.name;
    }
  }
}

TEST(TfliteWriter, SharedModelsComputeTheSameAfterARoundTrip) {
  THIMBLE_NEED_SHARED(shared);
  const uint64_t max_maccs = testing::kSanitized ? 3'000'000 : 300'000'000;
  size_t imported = 0;
  for (const auto& entry : fs::recursive_directory_iterator(shared / "models")) {
    if (entry.path().extension() != ".tflite") continue;
    auto graph = frontend::import_file(entry.path());
    if (!graph) continue;  // an operator that Thimble does not have
    SCOPED_TRACE(entry.path());
    ++imported;
    expect_round_trip(*graph);
    if (ops::statistics(*graph).total.cost.maccs > max_maccs) continue;
    auto file = write_tflite(*graph);
    auto again = frontend::import_tflite(*file, graph->name);
    ASSERT_TRUE(again);
    EXPECT_EQ(outputs_on_pattern(*graph), outputs_on_pattern(*again));
  }
  EXPECT_GT(imported, 20u);
}

TEST(TfliteWriter, TensorsThatShareBytesShareABuffer) {
  ir::Graph graph = sigmoid_graph();
  ir::Tensor constant = make_constant("a", {8}, 8);
  graph.add_tensor(constant);
  constant.shape = {2, 4};
  graph.add_tensor(constant);
  auto file = write_tflite(graph);
  ASSERT_TRUE(file);
  EXPECT_EQ(model_of(*file).buffers()->size(), 2u);  // the empty one and this one
}

TEST(TfliteWriter, ConstantsAreAligned) {
  ir::Graph graph = sigmoid_graph();
  for (int32_t bytes : {1, 7, 16, 33})
    graph.add_tensor(make_constant("constant", {bytes}, static_cast<size_t>(bytes)));
  auto file = write_tflite(graph);
  ASSERT_TRUE(file);
  for (const schema::Buffer* buffer : *model_of(*file).buffers()) {
    if (!buffer->data()) continue;
    const auto offset = reinterpret_cast<const std::byte*>(buffer->data()->data()) - file->data();
    EXPECT_EQ(offset % 16, 0);
  }
}

// An odd number of elements, the extremes among them.
TEST(TfliteWriter, FourBitsSurviveARoundTrip) {
  ir::Graph graph = sigmoid_graph();
  const std::vector<int8_t> values = {-8, 7, 0, -1, 3, -5, 1};
  ir::Tensor small = make_constant("small", {7}, values.size());
  const auto bytes = std::as_bytes(std::span(values));
  small.data = std::make_shared<const Bytes>(bytes.begin(), bytes.end());
  small.quantization = {.scales = {0.5f}, .zero_points = {0}, .axis = 0};
  graph.outputs.push_back(graph.add_tensor(std::move(small)));
  auto file = write_tflite(graph, {.int4 = {graph.outputs[1]}});
  ASSERT_TRUE(file) << file.error().to_string();
  const schema::Model& model = model_of(*file);
  const auto& stored = *model.subgraphs()->Get(0)->tensors()->Get(2);
  EXPECT_EQ(stored.type(), schema::TensorType::INT4);
  const auto& packed = *model.buffers()->Get(stored.buffer())->data();
  EXPECT_EQ(std::vector<uint8_t>(packed.begin(), packed.end()),
            (std::vector<uint8_t>{0x78, 0xF0, 0xB3, 0x01}));
  auto again = frontend::import_tflite(*file, graph.name);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(ir::print(graph), ir::print(*again));
  expect_same_tensors(graph, *again);
}

TEST(TfliteWriter, IsDeterministic) {
  EXPECT_EQ(write_tflite(sigmoid_graph()).value(), write_tflite(sigmoid_graph()).value());
}

TEST(TfliteWriter, WritesBothOperatorCodes) {
  auto file = write_tflite(sigmoid_graph());
  ASSERT_TRUE(file);
  const schema::Model& model = model_of(*file);
  EXPECT_TRUE(schema::ModelBufferHasIdentifier(file->data()));
  EXPECT_EQ(model.version(), 3u);
  ASSERT_EQ(model.operator_codes()->size(), 1u);
  EXPECT_EQ(model.operator_codes()->Get(0)->builtin_code(), schema::BuiltinOperator::LOGISTIC);
  EXPECT_EQ(model.operator_codes()->Get(0)->deprecated_builtin_code(), 14);
}

// TensorFlow Lite takes the shape from the options when there is no second operand.
TEST(TfliteWriter, WritesTheShapeOfAReshape) {
  ir::Graph graph = sigmoid_graph();
  graph.nodes[0].op = "RESHAPE";
  graph.tensor(graph.outputs[0]).shape = {2, 1};
  auto file = write_tflite(graph);
  ASSERT_TRUE(file);
  const schema::Operator* op = model_of(*file).subgraphs()->Get(0)->operators()->Get(0);
  const auto* options = op->builtin_options_as_ReshapeOptions();
  ASSERT_TRUE(options && options->new_shape());
  EXPECT_EQ(std::vector<int32_t>(options->new_shape()->begin(), options->new_shape()->end()),
            (std::vector<int32_t>{2, 1}));
}

TEST(TfliteWriter, NamesTheOperatorItCannotWrite) {
  ir::Graph graph = sigmoid_graph();
  graph.nodes[0].op = "FFT";
  auto file = write_tflite(graph);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, base::ErrorCode::kUnsupported);
  EXPECT_EQ(file.error().to_string(),
            "operator 0 (FFT): this operator cannot be written as .tflite");
}

TEST(TfliteWriter, SaysWhichAttributeIsMissing) {
  ir::Graph graph = sigmoid_graph();
  graph.nodes[0].op = "SOFTMAX";
  auto file = write_tflite(graph);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().to_string(), "operator 0 (SOFTMAX): attribute beta is missing");
}

}  // namespace
}  // namespace thimble::emit
