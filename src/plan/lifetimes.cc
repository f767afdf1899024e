#include "plan/lifetimes.h"

#include <algorithm>

#include "base/check.h"

namespace thimble::plan {
namespace {

constexpr size_t kNoBuffer = SIZE_MAX;

class BufferFinder {
 public:
  explicit BufferFinder(Plan& plan)
      : plan_(plan),
        buffer_of_(plan.graph.tensors.size(), kNoBuffer),
        part_of_(plan.graph.tensors.size(), nullptr) {
    for (const View& view : plan.views) part_of_[static_cast<size_t>(view.tensor)] = &view;
    last_use_ = find_last_uses();
  }

  base::Result<> run() {
    plan_.buffers.clear();
    plan_.overlaps.clear();
    for (ir::TensorId id : plan_.graph.inputs) create(id, 0);
    for (size_t id = 0; id < plan_.graph.tensors.size(); ++id)
      if (plan_.graph.tensors[id].is_variable) create(static_cast<ir::TensorId>(id), 0);
    for (size_t step = 0; step < plan_.steps.size(); ++step) {
      const ir::Node& node = plan_.graph.nodes[plan_.steps[step].node];
      THIMBLE_TRY_IN(place_outputs(step, node), fmt::format("{} ({})", node.origin, node.op));
      add_scratch(step);
    }
    for (const BandedRun& run : plan_.runs) allow_overlap(run);
    return {};
  }

 private:
  // A tensor that nothing reads still occupies its buffer while it is written. Graph outputs and
  // variables stay until one past the last step.
  std::vector<size_t> find_last_uses() const {
    const ir::Graph& graph = plan_.graph;
    std::vector<size_t> last(graph.tensors.size(), 0);
    for (size_t step = 0; step < plan_.steps.size(); ++step) {
      const ir::Node& node = graph.nodes[plan_.steps[step].node];
      for (ir::TensorId id : node.inputs)
        if (id != ir::kNoTensor) last[whole(id)] = step;
      for (ir::TensorId id : node.outputs) last[whole(id)] = step;
    }
    for (ir::TensorId id : graph.outputs) last[static_cast<size_t>(id)] = plan_.steps.size();
    for (size_t id = 0; id < graph.tensors.size(); ++id)
      if (graph.tensors[id].is_variable) last[id] = plan_.steps.size();
    return last;
  }

  // The tensor itself, or the one that it is a part of.
  size_t whole(ir::TensorId id) const {
    const View* view = part_of_[static_cast<size_t>(id)];
    return static_cast<size_t>(view ? view->base : id);
  }

  void create(ir::TensorId id, size_t step) {
    buffer_of_[static_cast<size_t>(id)] = plan_.buffers.size();
    Buffer buffer;
    buffer.bytes = plan_.graph.tensor(id).bytes();
    buffer.first_step = step;
    buffer.last_step = std::max(step, last_use_[static_cast<size_t>(id)]);
    buffer.tensors = {id};
    plan_.buffers.push_back(std::move(buffer));
  }

  void join(ir::TensorId id, size_t buffer_index) {
    Buffer& buffer = plan_.buffers[buffer_index];
    buffer_of_[static_cast<size_t>(id)] = buffer_index;
    buffer.last_step = std::max(buffer.last_step, last_use_[static_cast<size_t>(id)]);
    buffer.tensors.push_back(id);
  }

  base::Result<> place_outputs(size_t step, const ir::Node& node) {
    const ops::Lowering& lowering = plan_.steps[step].lowering;
    if (lowering.calls.empty()) return alias(node, lowering.overlap->input);
    const bool is_new = buffer_of_[whole(node.outputs[0])] == kNoBuffer;
    for (ir::TensorId output : node.outputs)
      if (buffer_of_[whole(output)] == kNoBuffer)
        create(static_cast<ir::TensorId>(whole(output)), step);
    if (lowering.overlap && is_new)
      allow_overlap(step, node, *lowering.overlap, buffer_of_[whole(node.outputs[0])],
                    part_offset(node.outputs[0]));
    return {};
  }

  // Where a tensor begins in its buffer.
  int64_t part_offset(ir::TensorId id) const {
    const View* view = part_of_[static_cast<size_t>(id)];
    return view ? static_cast<int64_t>(view->offset_bytes) : 0;
  }

  // The bytes stay as they are, so later readers of the input do not matter.
  base::Result<> alias(const ir::Node& node, size_t input) {
    const size_t buffer = input_buffer(node, input);
    if (buffer == kNoBuffer)
      return base::fail(base::ErrorCode::kUnsupported,
                        "a constant as the operand of {} is not supported on the target", node.op);
    // The output would follow every later change of the state.
    if (holds_state(plan_.buffers[buffer]))
      return base::fail(base::ErrorCode::kUnsupported,
                        "the state of another operator as the operand of {} is not supported on "
                        "the target",
                        node.op);
    for (ir::TensorId output : node.outputs) join(output, buffer);
    return {};
  }

  // Only over inputs that die here, but for a last part, and that the node does not read in another
  // way as well. `over`: the buffer of the output or of the scratch memory, in which it begins at
  // `at`.
  void allow_overlap(size_t step, const ir::Node& node, const ops::Overlap& overlap, size_t over,
                     int64_t at) {
    auto is_named = [&](size_t i) { return i == overlap.input || i == overlap.other_input; };
    std::vector<size_t> inputs;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const size_t input = input_buffer(node, i);
      if (!is_named(i) || input == kNoBuffer) continue;
      bool is_new = std::ranges::find(inputs, input) == inputs.end();
      for (size_t j = 0; j < node.inputs.size(); ++j)
        is_new = is_new && (is_named(j) || input_buffer(node, j) != input);
      if (!is_new) continue;
      int64_t lead = overlap.lead_bytes - part_offset(node.inputs[i]) + at;
      if (plan_.buffers[input].last_step > step) {
        const int64_t used_from = first_byte_used_after(step, plan_.buffers[input]);
        const int64_t least_lead = static_cast<int64_t>(plan_.buffers[over].bytes) - used_from;
        if (used_from == 0 || (overlap.exact && lead < least_lead)) continue;
        lead = std::max(lead, least_lead);
      }
      inputs.push_back(input);
      plan_.overlaps.push_back({over, input, lead, overlap.exact});
    }
  }

  // Greater than 0 only where later steps do no more than read parts of the buffer.
  int64_t first_byte_used_after(size_t step, const Buffer& buffer) const {
    const auto base = static_cast<size_t>(buffer.tensors.front());
    if (buffer.tensors.size() > 1 || buffer.last_step >= plan_.steps.size()) return 0;
    auto first = static_cast<int64_t>(buffer.bytes);
    for (size_t later = step + 1; later <= buffer.last_step; ++later) {
      const ir::Node& node = plan_.graph.nodes[plan_.steps[later].node];
      for (ir::TensorId id : node.outputs)
        if (whole(id) == base) return 0;
      for (ir::TensorId id : node.inputs)
        if (id != ir::kNoTensor && whole(id) == base) first = std::min(first, part_offset(id));
    }
    return first;
  }

  // The output of layers in bands, over their input if nobody reads that later.
  void allow_overlap(const BandedRun& run) {
    const size_t input = buffer_of_[static_cast<size_t>(run.input)];
    const size_t output = buffer_of_[static_cast<size_t>(run.output)];
    size_t end = 0;  // of the run
    int64_t lead = run.lead_bytes;
    for (size_t step = 0; step < plan_.steps.size(); ++step) {
      const size_t node = plan_.steps[step].node;
      if (node == run.last_node) end = step;
      if (node >= run.first_node && node <= run.last_node)
        lead = std::max(lead, lead_within(plan_.steps[step], run));
    }
    if (plan_.buffers[input].last_step > end) return;
    std::erase_if(plan_.overlaps, [&](const BufferOverlap& overlap) {
      return overlap.input == input && overlap.output == output;
    });
    plan_.overlaps.push_back({output, input, lead, false});
  }

  // What a step of a run that reads rows of its input and writes rows of its output demands.
  int64_t lead_within(const Step& step, const BandedRun& run) const {
    const ir::Node& node = plan_.graph.nodes[step.node];
    const ir::TensorId output = node.outputs[0];
    int64_t lead = INT64_MIN;
    if (whole(output) != static_cast<size_t>(run.output)) return lead;
    const std::optional<ops::Overlap>& overlap = step.lowering.overlap;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ir::TensorId id = node.inputs[i];
      if (id == ir::kNoTensor || whole(id) != static_cast<size_t>(run.input)) continue;
      const bool allows =
          overlap && !overlap->exact && (overlap->input == i || overlap->other_input == i);
      const auto output_bytes = static_cast<int64_t>(plan_.graph.tensor(output).bytes());
      const int64_t own = allows ? overlap->lead_bytes : output_bytes;
      lead = std::max(lead, own - part_offset(id) + part_offset(output));
    }
    return lead;
  }

  bool holds_state(const Buffer& buffer) const {
    return std::ranges::any_of(buffer.tensors,
                               [&](ir::TensorId id) { return plan_.graph.tensor(id).is_variable; });
  }

  size_t input_buffer(const ir::Node& node, size_t input) const {
    ir::TensorId id = node.inputs[input];
    return id == ir::kNoTensor ? kNoBuffer : buffer_of_[whole(id)];
  }

  void add_scratch(size_t step_index) {
    Step& step = plan_.steps[step_index];
    step.scratch.reset();
    size_t bytes = 0;
    for (const ops::KernelCall& call : step.lowering.calls)
      bytes = std::max(bytes, call.scratch_bytes);
    if (bytes == 0) return;
    step.scratch = plan_.buffers.size();
    plan_.buffers.push_back({0, bytes, step_index, step_index, {}});
    const std::optional<ops::Overlap>& overlap = step.lowering.scratch_overlap;
    if (overlap)
      allow_overlap(step_index, plan_.graph.nodes[step.node], *overlap, step.scratch.value(), 0);
  }

  Plan& plan_;
  std::vector<size_t> buffer_of_;     // by tensor, but for parts
  std::vector<const View*> part_of_;  // by tensor
  std::vector<size_t> last_use_;      // by tensor
};

}  // namespace

base::Result<> find_buffers(Plan& plan) {
  return BufferFinder(plan).run();
}

}  // namespace thimble::plan
