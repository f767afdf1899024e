#include "plan/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "plan/lifetimes.h"
#include "plan/offsets.h"

namespace thimble::plan {
namespace {

// Nodes whose lowerings are invented: only sizes, uses, scratch and overlaps count here.
class Network {
 public:
  ir::TensorId input(int32_t bytes) {
    graph_.inputs.push_back(tensor(bytes));
    return graph_.inputs.back();
  }

  ir::TensorId node(std::vector<ir::TensorId> inputs, int32_t bytes, size_t scratch_bytes = 0,
                    std::optional<ops::Overlap> overlap = std::nullopt) {
    const ir::TensorId output = tensor(bytes);
    ops::KernelCall call;
    call.scratch_bytes = scratch_bytes;
    add(std::move(inputs), output, {.calls = {call}, .overlap = overlap});
    return output;
  }

  ir::TensorId reshape(ir::TensorId input) {
    const ir::TensorId output = tensor(graph_.tensor(input).shape[0]);
    add({input}, output, {.calls = {}, .overlap = ops::Overlap{}});
    return output;
  }

  void output(ir::TensorId id) { graph_.outputs.push_back(id); }
  ir::Graph& graph() { return graph_; }
  const std::vector<Step>& steps() const { return steps_; }

  // The smallest arena that this order could have.
  size_t least_bytes(const std::vector<size_t>& order) const {
    return plan(order).least_arena_bytes();
  }

  size_t arena_bytes(const std::vector<size_t>& order) const {
    Plan placed = plan(order);
    return assign_offsets(placed.buffers, placed.overlaps);
  }

 private:
  ir::TensorId tensor(int32_t bytes) {
    ir::Tensor tensor;
    tensor.type = ir::DataType::kInt8;
    tensor.shape = {bytes};
    return graph_.add_tensor(std::move(tensor));
  }

  void add(std::vector<ir::TensorId> inputs, ir::TensorId output, ops::Lowering lowering) {
    Step step;
    step.node = graph_.nodes.size();
    step.lowering = std::move(lowering);
    steps_.push_back(std::move(step));
    graph_.nodes.push_back({"OP", "", "", std::move(inputs), {output}, {}});
  }

  Plan plan(const std::vector<size_t>& order) const {
    Plan plan;
    plan.graph = graph_;
    for (size_t position : order) plan.steps.push_back(steps_[position]);
    EXPECT_TRUE(find_buffers(plan));
    return plan;
  }

  ir::Graph graph_;
  std::vector<Step> steps_;
};

std::vector<size_t> given_order(const Network& network) {
  std::vector<size_t> order(network.steps().size());
  std::iota(order.begin(), order.end(), size_t{0});
  return order;
}

bool can_be_executed(Network& network, const std::vector<size_t>& order) {
  std::vector<bool> written(network.graph().tensors.size());
  for (ir::TensorId id : network.graph().inputs) written[static_cast<size_t>(id)] = true;
  for (size_t position : order) {
    const ir::Node& node = network.graph().nodes[position];
    for (ir::TensorId id : node.inputs)
      if (!written[static_cast<size_t>(id)]) return false;
    for (ir::TensorId id : node.outputs) written[static_cast<size_t>(id)] = true;
  }
  return true;
}

// Every tensor is read, but for the last one, which is the output.
Network random_network(base::Random& random, int64_t nodes) {
  Network network;
  auto bytes = [&] { return static_cast<int32_t>(random.integer(1, 50) * 16); };
  std::vector<ir::TensorId> tensors = {network.input(bytes())}, unread = tensors;
  for (int64_t i = 0; i < nodes; ++i) {
    std::vector<ir::TensorId> inputs;
    if (random.integer(0, 1) || i + 1 == nodes)
      inputs = {
          unread[static_cast<size_t>(random.integer(0, static_cast<int64_t>(unread.size()) - 1))]};
    else
      inputs = {tensors[static_cast<size_t>(
          random.integer(0, static_cast<int64_t>(tensors.size()) - 1))]};
    if (i + 1 == nodes) inputs = unread;
    for (ir::TensorId id : inputs) std::erase(unread, id);
    std::optional<ops::Overlap> overlap;
    if (random.integer(0, 1)) overlap = ops::Overlap{.lead_bytes = 16 * random.integer(-2, 5)};
    const bool is_reshape = inputs.size() == 1 && random.integer(0, 5) == 0;
    const size_t scratch_bytes = static_cast<size_t>(random.integer(0, 3) == 0 ? bytes() : 0);
    tensors.push_back(is_reshape ? network.reshape(inputs[0])
                                 : network.node(inputs, bytes(), scratch_bytes, overlap));
    unread.push_back(tensors.back());
  }
  network.output(tensors.back());
  return network;
}

TEST(FindOrder, FinishesABranchBeforeItBeginsTheNext) {
  Network network;
  const ir::TensorId input = network.input(16);
  std::vector<ir::TensorId> large, small;
  for (int i = 0; i < 4; ++i) large.push_back(network.node({input}, 1600));
  for (int i = 0; i < 4; ++i) small.push_back(network.node({large[static_cast<size_t>(i)]}, 16));
  network.output(network.node(small, 64));
  const std::vector<size_t> order = find_order(network.graph(), network.steps());
  EXPECT_EQ(order, (std::vector<size_t>{0, 4, 1, 5, 2, 6, 3, 7, 8}));
  EXPECT_EQ(network.least_bytes(given_order(network)), 4u * 1600 + 16);
  EXPECT_EQ(network.least_bytes(order), 1600u + 4 * 16);
}

TEST(FindOrder, LeavesWhatCannotBeImproved) {
  Network network;
  const ir::TensorId input = network.input(160);
  const ir::TensorId a = network.node({input}, 160), b = network.node({input}, 160);
  network.output(network.node({a, b}, 16));
  EXPECT_EQ(find_order(network.graph(), network.steps()), given_order(network));
}

TEST(FindOrder, KeepsTheOrderOfThoseThatShareState) {
  Network network;
  const ir::TensorId input = network.input(16), state = network.input(16);
  network.graph().inputs.pop_back();
  network.graph().tensor(state).is_variable = true;
  const ir::TensorId a = network.node({input, state, state}, 1600);  // better late
  const ir::TensorId b = network.node({input, state}, 16, 3200);
  network.output(network.node({a, b}, 16));
  EXPECT_EQ(find_order(network.graph(), network.steps()), given_order(network));
}

TEST(FindOrder, FindsTheBestOrderOfSmallNetworks) {
  base::Random random(3);
  size_t improved = 0;
  for (int round = 0; round < 100; ++round) {
    SCOPED_TRACE(round);
    Network network = random_network(random, random.integer(2, 7));
    std::vector<size_t> order = given_order(network);
    size_t best = SIZE_MAX;
    do {
      if (can_be_executed(network, order)) best = std::min(best, network.least_bytes(order));
    } while (std::ranges::next_permutation(order).found);
    order = find_order(network.graph(), network.steps());
    ASSERT_TRUE(can_be_executed(network, order));
    EXPECT_EQ(network.least_bytes(order), best);
    improved += best < network.least_bytes(given_order(network));
  }
  EXPECT_GT(improved, 10u);
}

TEST(FindOrder, NeverMakesLargeNetworksWorse) {
  base::Random random(5);
  for (int round = 0; round < 10; ++round) {
    SCOPED_TRACE(round);
    Network network = random_network(random, 40);
    const std::vector<size_t> order = find_order(network.graph(), network.steps());
    ASSERT_EQ(order.size(), network.steps().size());
    ASSERT_TRUE(can_be_executed(network, order));
    EXPECT_LE(network.least_bytes(order), network.least_bytes(given_order(network)));
    EXPECT_GE(network.arena_bytes(order), network.least_bytes(order));
  }
}

// Of which there are more sets of layers than anyone could follow.
TEST(FindOrder, LeavesNetworksWithThousandsOfBranches) {
  constexpr size_t kBranches = 3000;
  Network network;
  const ir::TensorId input = network.input(16);
  std::vector<ir::TensorId> ends;
  for (size_t i = 0; i < kBranches; ++i) ends.push_back(network.node({input}, 1600));
  for (ir::TensorId& end : ends) end = network.node({end, input}, 16);
  network.output(network.node(ends, 64));
  EXPECT_EQ(find_order(network.graph(), network.steps()), given_order(network));
}

}  // namespace
}  // namespace thimble::plan
