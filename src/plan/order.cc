#include "plan/order.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace thimble::plan {
namespace {

constexpr size_t kMostStates = 500;        // followed at a time
constexpr size_t kMostWork = 200'000'000;  // elements of states that are copied: half a second

// A set of tasks that have been executed.
using TaskSet = std::vector<uint64_t>;

// Memory that is written once: a tensor, and those that nodes without code make of it.
struct Value {
  size_t bytes = 0;
  size_t readers = 0;  // tasks
  size_t last_reader = SIZE_MAX;
  bool is_kept = false;  // until the end
};

struct Task {
  std::vector<size_t> reads, writes;  // values
  size_t scratch_bytes = 0;
  std::vector<size_t> overlapped;  // values that the output may lie over, if they die here
  size_t lead_bytes = 0;
  std::vector<size_t> successors;  // tasks that must come later
  size_t predecessors = 0;         // number of tasks that must come earlier
};

void add_once(std::vector<size_t>& list, size_t element) {
  if (std::ranges::find(list, element) == list.end()) list.push_back(element);
}

class TaskGraph {
 public:
  TaskGraph(const ir::Graph& graph, std::span<const Step> steps)
      : graph_(graph), value_of_(graph.tensors.size(), kNone), maker_of_(value_of_) {
    for (ir::TensorId id : graph.inputs) add_value(id);
    for (size_t id = 0; id < graph.tensors.size(); ++id)
      if (graph.tensors[id].is_variable) {
        add_value(static_cast<ir::TensorId>(id));
        values_.back().is_kept = true;
      }
    initial_values_ = values_.size();
    tasks_.resize(steps.size());
    for (size_t i = 0; i < steps.size(); ++i) add_task(i, steps[i]);
    for (ir::TensorId id : graph.outputs)
      if (size_t value = value_of(id); value != kNone) values_[value].is_kept = true;
  }

  const std::vector<Task>& tasks() const { return tasks_; }
  const std::vector<Value>& values() const { return values_; }

  // Before the first task.
  size_t initial_bytes() const {
    size_t bytes = 0;
    for (size_t value = 0; value < initial_values_; ++value)
      if (values_[value].is_kept || values_[value].readers > 0) bytes += values_[value].bytes;
    return bytes;
  }

  struct Effect {
    size_t during_bytes, after_bytes;  // live
  };

  // Executes `task` where `live_bytes` are live and `unread` says how many tasks are still to read
  // each value.
  Effect execute(size_t task, std::span<const size_t> unread, size_t live_bytes) const {
    const Task& t = tasks_[task];
    auto dies = [&](size_t value) { return !values_[value].is_kept && unread[value] == 1; };
    auto is_unused = [&](size_t value) { return !values_[value].is_kept && unread[value] == 0; };
    size_t written = 0, dying = 0, saved = 0;
    for (size_t value : t.writes) {
      written += values_[value].bytes;
      if (is_unused(value)) dying += values_[value].bytes;
    }
    for (size_t value : t.reads)
      if (dies(value)) dying += values_[value].bytes;
    for (size_t value : t.overlapped) {
      if (!dies(value)) continue;
      const size_t input = values_[value].bytes, output = values_[t.writes[0]].bytes;
      saved += input + output - std::min(input + output, std::max(output, input + t.lead_bytes));
    }
    if (saved > 0) saved = std::min(saved, values_[t.writes[0]].bytes);
    const size_t all = live_bytes + written;
    return {all - saved + t.scratch_bytes, all - dying};
  }

 private:
  static constexpr size_t kNone = SIZE_MAX;

  size_t value_of(ir::TensorId id) const {
    return id == ir::kNoTensor ? kNone : value_of_[static_cast<size_t>(id)];
  }

  void add_value(ir::TensorId id) {
    value_of_[static_cast<size_t>(id)] = values_.size();
    values_.push_back({graph_.tensor(id).bytes()});
  }

  void add_predecessor(size_t task, size_t earlier) {
    if (earlier == task) return;  // a state that a node reads twice
    // Tasks are added in order, so one that is known is the last.
    std::vector<size_t>& successors = tasks_[earlier].successors;
    if (!successors.empty() && successors.back() == task) return;
    successors.push_back(task);
    ++tasks_[task].predecessors;
  }

  void add_task(size_t index, const Step& step) {
    const ir::Node& node = graph_.nodes[step.node];
    Task& task = tasks_[index];
    for (ir::TensorId id : node.inputs) {
      const size_t value = value_of(id);
      if (value == kNone) continue;
      const auto tensor = static_cast<size_t>(id);
      if (maker_of_[tensor] != kNone) add_predecessor(index, maker_of_[tensor]);
      // Whoever uses a state comes after those that used it before.
      if (graph_.tensor(id).is_variable) maker_of_[tensor] = index;
      if (values_[value].last_reader == index) continue;
      values_[value].last_reader = index;
      ++values_[value].readers;
      task.reads.push_back(value);
    }
    const ops::Lowering& lowering = step.lowering;
    for (ir::TensorId id : node.outputs) {
      maker_of_[static_cast<size_t>(id)] = index;
      if (lowering.calls.empty()) {
        value_of_[static_cast<size_t>(id)] = value_of(node.inputs[lowering.overlap->input]);
        continue;
      }
      task.writes.push_back(values_.size());
      add_value(id);
    }
    if (lowering.overlap && !lowering.calls.empty()) {
      const ops::Overlap& overlap = *lowering.overlap;
      for (std::optional<size_t> input : {std::optional(overlap.input), overlap.other_input})
        if (input && value_of(node.inputs[*input]) != kNone)
          add_once(task.overlapped, value_of(node.inputs[*input]));
      task.lead_bytes = static_cast<size_t>(std::max<int64_t>(overlap.lead_bytes, 0));
    }
    for (const ops::KernelCall& call : lowering.calls)
      task.scratch_bytes = std::max(task.scratch_bytes, call.scratch_bytes);
  }

  const ir::Graph& graph_;
  std::vector<size_t> value_of_;  // by tensor
  std::vector<size_t> maker_of_;  // by tensor: the task that must come before its readers
  std::vector<Value> values_;
  size_t initial_values_ = 0;
  std::vector<Task> tasks_;
};

// What is known after the execution of a set of tasks; which order led there matters no longer.
struct State {
  TaskSet executed;
  std::vector<size_t> ready;    // tasks that can be next, ascending
  std::vector<size_t> missing;  // by task: predecessors that have not been executed
  std::vector<size_t> unread;   // by value: readers that have not been executed
  size_t live_bytes = 0, peak_bytes = 0;
  std::vector<size_t> order;  // the best that led here
};

State initial_state(const TaskGraph& graph) {
  const size_t count = graph.tasks().size();
  State state;
  state.executed.resize(count / 64 + 1);
  for (size_t i = 0; i < count; ++i) {
    state.missing.push_back(graph.tasks()[i].predecessors);
    if (state.missing.back() == 0) state.ready.push_back(i);
  }
  for (const Value& value : graph.values()) state.unread.push_back(value.readers);
  state.live_bytes = graph.initial_bytes();
  return state;
}

void execute(const TaskGraph& graph, size_t task, State& state) {
  const TaskGraph::Effect effect = graph.execute(task, state.unread, state.live_bytes);
  state.live_bytes = effect.after_bytes;
  state.peak_bytes = std::max(state.peak_bytes, effect.during_bytes);
  state.executed[task / 64] |= uint64_t{1} << task % 64;
  state.order.push_back(task);
  for (size_t value : graph.tasks()[task].reads) --state.unread[value];
  std::erase(state.ready, task);
  for (size_t successor : graph.tasks()[task].successors)
    if (--state.missing[successor] == 0) state.ready.push_back(successor);
  std::ranges::sort(state.ready);
}

size_t peak_bytes(const TaskGraph& graph, std::span<const size_t> order) {
  State state = initial_state(graph);
  state.ready.clear();  // the order says what is next
  for (size_t task : order) {
    execute(graph, task, state);
    state.ready.clear();
  }
  return state.peak_bytes;
}

// The best order that was found; nothing when that takes too much work.
std::optional<State> search(const TaskGraph& graph) {
  size_t work_left = kMostWork;
  // Level by level: all sets of one task, of two tasks, ...
  std::vector<State> states = {initial_state(graph)};
  const size_t state_size = 2 * graph.tasks().size() + graph.values().size();
  for (size_t level = 0; level < graph.tasks().size(); ++level) {
    std::vector<State> next;
    std::map<TaskSet, size_t> index_of;
    for (const State& state : states) {
      const size_t work = state.ready.size() * (state_size + state.ready.size());
      if (work > work_left) return std::nullopt;
      work_left -= work;
      for (size_t task : state.ready) {
        State reached = state;
        execute(graph, task, reached);
        auto [entry, is_new] = index_of.try_emplace(reached.executed, next.size());
        if (is_new)
          next.push_back(std::move(reached));
        else if (reached.peak_bytes < next[entry->second].peak_bytes)
          next[entry->second] = std::move(reached);
      }
    }
    std::ranges::stable_sort(
        next, {}, [](const State& state) { return std::pair(state.peak_bytes, state.live_bytes); });
    if (next.size() > kMostStates) next.resize(kMostStates);
    states = std::move(next);
  }
  return std::move(states.front());
}

}  // namespace

std::vector<size_t> find_order(const ir::Graph& graph, std::span<const Step> steps) {
  const TaskGraph tasks(graph, steps);
  std::vector<size_t> given(steps.size());
  std::iota(given.begin(), given.end(), size_t{0});
  std::optional<State> best = search(tasks);
  return best && best->peak_bytes < peak_bytes(tasks, given) ? std::move(best->order) : given;
}

}  // namespace thimble::plan
