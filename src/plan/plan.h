// Where everything lies: the order of execution, the kernel calls, and one arena that holds inputs,
// outputs, activations, state and scratch. The arena's size is known here, before anything is
// built.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "ops/lowering.h"
#include "plan/choice.h"

namespace thimble::plan {

inline constexpr size_t kAlignment = 16;  // of every buffer and of the arena itself

// Steps are positions in Plan::steps. Inputs live from step 0 on until their last use, outputs
// until after the last step, variables throughout.
struct Buffer {
  size_t offset = 0;
  size_t bytes = 0;
  size_t first_step = 0;
  size_t last_step = 0;  // inclusive
  std::vector<ir::TensorId>
      tensors;  // all that have the same bytes, in order of birth; empty: scratch
};

// The output (or scratch memory) of the step in which the input is used for the last time may begin
// `lead_bytes` or more below it, so over it (ops::Overlap), or anywhere beside it.
struct BufferOverlap {
  size_t output, input;  // indexes into Plan::buffers
  int64_t lead_bytes = 0;
  bool exact = false;
};

// A tensor that is a part of another one and has no memory of its own.
struct View {
  ir::TensorId tensor, base;
  size_t offset_bytes;
};

// Nodes first_node to last_node execute layers band by band (bands.h). The output may begin
// `lead_bytes` or more below the input, if nothing else reads that and as far as the kernels that
// read the one and write the other allow it.
struct BandedRun {
  size_t first_node, last_node;
  ir::TensorId input, output;
  int64_t lead_bytes;
  int32_t bands;
};

struct Step {
  size_t node = 0;            // index into Graph::nodes
  size_t layer = 0;           // the same in the graph that the plan was made of
  bool carries_rows = false;  // copies rows of the layer from one band to the next
  ops::Lowering lowering;
  bool weights_in_ram = false;
  std::optional<size_t> scratch =
      {};  // index into Plan::buffers; the calls use it one after another
};

struct Plan {
  ir::Graph graph;  // as given, or with some layers in bands, in order of execution
  std::vector<View> views;
  std::vector<BandedRun> runs;
  ops::LowerTarget target;
  std::vector<Step> steps;
  std::vector<Buffer> buffers;
  std::vector<BufferOverlap> overlaps;
  size_t arena_bytes = 0;

  // Offset in the arena; nullopt for constants and for tensors that nothing uses.
  std::optional<size_t> offset_of(ir::TensorId id) const;

  // Bytes of the arena that hold something needed during a step, and the most there ever are. Bytes
  // of an input that its output lies over count once.
  size_t live_bytes(size_t step) const;
  size_t peak_live_bytes() const;

  // No arena for these steps in this order can be smaller.
  size_t least_arena_bytes() const;
};

// Lowers every node, finds the order of execution that needs the smallest arena, and places every
// buffer. The graph must pass ops::verify.
// Errors: kUnsupported from an operator's lowering, kInvalidArgument from a choice, with the node;
// kDoesNotFit when no arena within the choices' budget was found.
base::Result<Plan> make_plan(ir::Graph graph, const ops::LowerTarget& target,
                             const Choices& choices = {});

}  // namespace thimble::plan
