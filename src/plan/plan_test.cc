// Whole plans of random networks, executed on the host in their arena.
#include "plan/plan.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/random.h"
#include "ops/op.h"

namespace thimble::plan {
namespace {

using ir::DataType;
using ir::TensorId;

// Small images that go through convolutions, poolings and sums.
class NetworkMaker {
 public:
  explicit NetworkMaker(base::Random& random) : random_(random) {}

  ir::Graph make() {
    const TensorId input = tensor({1, draw(4, 20), draw(4, 12), 4 * draw(1, 2)});
    graph_.inputs = {input};
    TensorId last = input;
    for (int32_t layers = draw(2, 8); layers > 0; --layers) last = add_layers(last);
    graph_.outputs = {last};
    return std::move(graph_);
  }

  ir::Graph make_chain(size_t layers) {
    TensorId last = tensor({1, 8, 8, 16});
    graph_.inputs = {last};
    while (graph_.nodes.size() < layers) last = node("RELU", {last}, {});
    graph_.outputs = {last};
    return std::move(graph_);
  }

  ir::Graph make_residual_block(ir::Shape shape) {
    const int32_t channels = shape[3];
    const TensorId input = tensor(std::move(shape));
    graph_.inputs = {input};
    graph_.outputs = {residual_block(input, channels)};
    return std::move(graph_);
  }

 private:
  int32_t draw(int64_t low, int64_t high) {
    return static_cast<int32_t>(random_.integer(low, high));
  }

  TensorId tensor(ir::Shape shape) {
    ir::Tensor tensor;
    tensor.name = fmt::format("t{}", graph_.tensors.size());
    tensor.type = DataType::kInt8;
    tensor.shape = std::move(shape);
    tensor.quantization = {.scales = {0.0625f}, .zero_points = {3}};
    return graph_.add_tensor(std::move(tensor));
  }

  TensorId constant(DataType type, ir::Shape shape, float scale) {
    ir::Tensor tensor;
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.quantization = {.scales = {scale}, .zero_points = {0}};
    base::Bytes bytes(tensor.bytes());
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_.next());
    // Biases stay small.
    if (type == DataType::kInt32)
      for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = i % 4 == 0 ? bytes[i] : std::byte{0};
    tensor.data = std::make_shared<const base::Bytes>(std::move(bytes));
    return graph_.add_tensor(std::move(tensor));
  }

  TensorId node(std::string op, std::vector<TensorId> inputs, ir::Attributes attributes) {
    const TensorId output = tensor({});
    ir::Node node{std::move(op), "", "", std::move(inputs), {output}, std::move(attributes)};
    node.name = fmt::format("n{}", graph_.nodes.size());
    const ops::OpInfo* info = ops::find_op(node.op);
    EXPECT_TRUE(info->verify(graph_, node));
    graph_.tensor(output).shape = info->infer_shapes(graph_, node)->front();
    graph_.nodes.push_back(std::move(node));
    return output;
  }

  std::string padding_for(const ir::Shape& shape, int32_t filter) {
    return std::min(shape[1], shape[2]) <= filter || draw(0, 2) ? "same" : "valid";
  }

  TensorId convolution(TensorId input, bool is_depthwise, int32_t out_c, int64_t stride,
                       bool keeps_size) {
    const ir::Shape shape = graph_.tensor(input).shape;
    const int32_t filter_h = draw(1, 3), filter_w = draw(1, 3);
    const TensorId weights =
        is_depthwise ? constant(DataType::kInt8, {1, filter_h, filter_w, shape[3]}, 0.01f)
                     : constant(DataType::kInt8, {out_c, filter_h, filter_w, shape[3]}, 0.01f);
    const TensorId bias =
        constant(DataType::kInt32, {is_depthwise ? shape[3] : out_c}, 0.0625f * 0.01f);
    ir::Attributes attributes = {{"padding", keeps_size ? "same" : padding_for(shape, 3)},
                                 {"stride_h", stride},
                                 {"stride_w", stride},
                                 {"dilation_h", int64_t{1}},
                                 {"dilation_w", int64_t{1}},
                                 {"activation", std::string(draw(0, 1) ? "relu" : "none")}};
    if (is_depthwise) attributes.set("depth_multiplier", int64_t{1});
    return node(is_depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", {input, weights, bias},
                std::move(attributes));
  }

  TensorId residual_block(TensorId input, int32_t channels) {
    const TensorId inside = convolution(input, false, channels, 1, true);
    const TensorId other = convolution(inside, false, graph_.tensor(input).shape[3], 1, true);
    return node("ADD", {input, other}, {{"activation", std::string("none")}});
  }

  TensorId add_layers(TensorId input) {
    const ir::Shape shape = graph_.tensor(input).shape;
    switch (draw(0, 4)) {
      case 0:
        return convolution(input, true, shape[3], draw(1, 2), false);
      case 1:
        return residual_block(input, 4 * draw(1, 4));
      case 2:
        if (std::min(shape[1], shape[2]) < 2) return input;
        return node("MAX_POOL_2D", {input},
                    {{"filter_h", int64_t{2}},
                     {"filter_w", int64_t{2}},
                     {"stride_h", int64_t{2}},
                     {"stride_w", int64_t{2}},
                     {"padding", std::string("valid")},
                     {"activation", std::string("none")}});
      default:
        return convolution(input, false, 4 * draw(1, 6), draw(1, 2), false);
    }
  }

  base::Random& random_;
  ir::Graph graph_;
};

// A node's operands are copied out of memory, and its outputs into it.
void execute(const ir::Graph& graph, const ir::Node& node,
             const std::function<std::byte*(TensorId)>& address) {
  std::vector<base::Bytes> values;
  auto load = [&](const std::vector<TensorId>& ids) {
    for (TensorId id : ids) {
      const std::byte* from =
          graph.tensor(id).is_constant() ? graph.tensor(id).data->data() : address(id);
      values.emplace_back(from, from + graph.tensor(id).bytes());
    }
  };
  load(node.inputs);
  load(node.outputs);
  std::vector<std::byte*> inputs, outputs;
  for (size_t i = 0; i < values.size(); ++i)
    (i < node.inputs.size() ? inputs : outputs).push_back(values[i].data());
  ASSERT_TRUE(ops::find_op(node.op)->execute({graph, node, inputs, outputs}));
  std::memcpy(address(node.outputs[0]), outputs[0], graph.tensor(node.outputs[0]).bytes());
}

uint64_t maccs_of(const ir::Graph& graph) {
  uint64_t maccs = 0;
  for (const ir::Node& node : graph.nodes) maccs += ops::find_op(node.op)->cost(graph, node).maccs;
  return maccs;
}

base::Bytes run_without_plan(const ir::Graph& graph, const base::Bytes& input) {
  std::vector<base::Bytes> values;
  for (const ir::Tensor& tensor : graph.tensors) values.emplace_back(tensor.bytes());
  auto value = [&](TensorId id) -> base::Bytes& { return values[static_cast<size_t>(id)]; };
  value(graph.inputs[0]) = input;
  for (const ir::Node& node : graph.nodes)
    execute(graph, node, [&](TensorId id) { return value(id).data(); });
  return value(graph.outputs[0]);
}

base::Bytes run_in_arena(const Plan& plan, const base::Bytes& input) {
  base::Bytes arena(plan.arena_bytes, std::byte{0xA5});
  auto address = [&](TensorId id) { return arena.data() + plan.offset_of(id).value(); };
  std::memcpy(address(plan.graph.inputs[0]), input.data(), input.size());
  for (const Step& step : plan.steps) {
    execute(plan.graph, plan.graph.nodes[step.node], address);
    // Scratch memory may hold anything afterwards.
    if (step.scratch) {
      const Buffer& scratch = plan.buffers[*step.scratch];
      std::memset(arena.data() + scratch.offset, 0x5A, scratch.bytes);
    }
  }
  const TensorId output = plan.graph.outputs[0];
  return {address(output), address(output) + plan.graph.tensor(output).bytes()};
}

TEST(MakePlan, KeepsWhatIsNeededInTheArenaWithinAnyBudget) {
  base::Random random(21);
  size_t fits = 0, banded = 0, carrying = 0;
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const ir::Graph graph = NetworkMaker(random).make();
    if (graph.nodes.empty()) continue;
    base::Bytes input(graph.tensor(graph.inputs[0]).bytes());
    for (std::byte& byte : input) byte = static_cast<std::byte>(random.next());
    const base::Bytes expected = run_without_plan(graph, input);
    const ops::LowerTarget target{.dsp = true, .fpu = true, .optimized = random.integer(0, 1) == 1};
    auto plan = make_plan(graph, target);
    ASSERT_TRUE(plan) << plan.error().to_string();
    EXPECT_EQ(run_in_arena(*plan, input), expected);
    EXPECT_GE(plan->arena_bytes, plan->peak_live_bytes());
    EXPECT_GE(plan->arena_bytes, plan->least_arena_bytes());

    Choices choices;
    for (size_t percent : {90, 75, 60}) {
      choices.ram_budget_bytes = plan->arena_bytes * percent / 100;
      auto smaller = make_plan(graph, target, choices);
      if (!smaller) {
        EXPECT_EQ(smaller.error().code, base::ErrorCode::kDoesNotFit);
        continue;
      }
      ++fits;
      banded += !smaller->runs.empty();
      carrying += std::ranges::any_of(smaller->steps, &Step::carries_rows);
      EXPECT_LE(maccs_of(smaller->graph), maccs_of(graph));
      EXPECT_LE(smaller->arena_bytes, *choices.ram_budget_bytes);
      EXPECT_EQ(run_in_arena(*smaller, input), expected) << percent << " %";
    }
  }
  EXPECT_GT(fits, 60u);
  EXPECT_GT(banded, 30u);
  EXPECT_GT(carrying, 20u);
}

// The searches are bounded, also where no file of a reasonable size comes near.
TEST(MakePlan, PlansThousandsOfLayers) {
  base::Random random(1);
  const auto plan = make_plan(NetworkMaker(random).make_chain(2000), {.dsp = true});
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->arena_bytes, 8u * 8 * 16);
}

// An image that two convolutions of its size and a sum go over, which hold two such images and what
// their kernels need. In two bands they hold one and a half.
TEST(MakePlan, TakesBandsThatSaveMuchUnlessSpeedOrSizeIsPreferred) {
  base::Random random(4);
  const ir::Graph graph = NetworkMaker(random).make_residual_block({1, 32, 32, 16});
  const size_t image_bytes = 32 * 32 * 16;
  base::Bytes input(image_bytes);
  for (std::byte& byte : input) byte = static_cast<std::byte>(random.next());
  const base::Bytes expected = run_without_plan(graph, input);
  const ops::LowerTarget target{.dsp = true, .fpu = true};
  for (Preference prefer : {Preference::kSpeed, Preference::kBalanced, Preference::kSize}) {
    const auto plan = make_plan(graph, target, {.prefer = prefer, .layers = {}});
    ASSERT_TRUE(plan) << plan.error().to_string();
    EXPECT_EQ(run_in_arena(*plan, input), expected);
    const bool is_banded = prefer == Preference::kBalanced;
    EXPECT_EQ(plan->runs.size(), is_banded ? 1u : 0u);
    EXPECT_EQ(plan->arena_bytes < 2 * image_bytes, is_banded);
  }
  EXPECT_TRUE(make_plan(graph, target, {.layers = {}, .whole_layers = true})->runs.empty());
}

// The same network with float activations; its convolutions keep their int8 weights.
ir::Graph with_float_activations(ir::Graph graph, bool decodes_weights) {
  for (ir::Tensor& tensor : graph.tensors) {
    if (tensor.is_constant() && tensor.type == DataType::kInt8) continue;
    tensor.type = DataType::kFloat32;
    tensor.quantization = {};
    if (tensor.is_constant()) tensor.data = std::make_shared<const base::Bytes>(tensor.bytes());
  }
  for (ir::Node& node : graph.nodes)
    if (node.op == "CONV_2D") node.attributes.set("decode_weights", int64_t{decodes_weights});
  return graph;
}

// Hybrid layers quantize their whole input, with one scale.
TEST(MakePlan, CutsLayersThatDecodeTheirWeightsButNoHybridOnes) {
  base::Random random(4);
  const ir::Graph integers = NetworkMaker(random).make_residual_block({1, 32, 32, 16});
  const ops::LowerTarget target{.dsp = true, .fpu = true};
  for (bool decodes_weights : {true, false}) {
    const ir::Graph graph = with_float_activations(integers, decodes_weights);
    base::Bytes input(graph.tensor(graph.inputs[0]).bytes());
    for (size_t i = 0; i < input.size(); i += sizeof(float)) {
      const float value = random.uniform(-1, 1);
      std::memcpy(input.data() + i, &value, sizeof(value));
    }
    const auto plan = make_plan(graph, target);
    ASSERT_TRUE(plan) << plan.error().to_string();
    EXPECT_EQ(plan->runs.size(), decodes_weights ? 1u : 0u);
    EXPECT_EQ(run_in_arena(*plan, input), run_without_plan(graph, input));
  }
}

}  // namespace
}  // namespace thimble::plan
