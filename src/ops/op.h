// What the host knows about an operator, as one table of functions per operator.
//
// An operator lives in src/ops/<op>/<op>.cc, which defines its OpInfo; ops.inc lists them.
// Everything else (frontends, executor, planner, emitter, analyze) goes through this table, so
// adding an operator touches one folder and one line.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "ops/lowering.h"
#include "ops/quantize_rule.h"

namespace thimble::ops {

// Arithmetic of one execution of a node, batch included.
struct Cost {
  uint64_t maccs = 0;  // multiply-accumulates, exact: taps that fall into padding count, as usual
  uint64_t flops =
      0;  // all arithmetic operations: 2 per MACC, 1 per bias add, compare or table look-up
  double paper_maccs = 0;  // the estimate c_e of Heim 2021, appendix A; 0 where the paper has none
};

// Operands of one execution, in the node's order. Absent inputs are nullptr. Variable tensors
// (state) come as inputs and may be written. Buffers hold Tensor::bytes() bytes, aligned to 16;
// outputs never overlap inputs.
struct ExecContext {
  const ir::Graph& graph;
  const ir::Node& node;
  std::span<std::byte* const> inputs;
  std::span<std::byte* const> outputs;

  template <typename T>
  const T* in(size_t i) const {
    return i < inputs.size() ? reinterpret_cast<const T*>(inputs[i]) : nullptr;
  }
  template <typename T>
  T* state(size_t i) const {
    return reinterpret_cast<T*>(inputs[i]);
  }
  template <typename T>
  T* out(size_t i = 0) const {
    return reinterpret_cast<T*>(outputs[i]);
  }
};

struct OpInfo {
  std::string_view name;  // TensorFlow Lite's name: "CONV_2D"

  // Operand count, types, quantization, attribute ranges and shapes of the inputs. What it accepts,
  // every function below handles without looking again. Errors: kMalformed, or kUnsupported naming
  // the data type or attribute.
  base::Result<> (*verify)(const ir::Graph&, const ir::Node&);

  // Shapes of the outputs from the inputs. Called after `verify` passed; compared with the graph's.
  base::Result<std::vector<ir::Shape>> (*infer_shapes)(const ir::Graph&, const ir::Node&);

  Cost (*cost)(const ir::Graph&, const ir::Node&);

  // Reference execution: the meaning of the operator.
  base::Result<> (*execute)(const ExecContext&);

  // The same on the target, in every way there is. Errors: kUnsupported.
  base::Result<Lowerings> (*lower)(const ir::Graph&, const ir::Node&, const LowerTarget&);

  // How a float network's node becomes an integer one.
  QuantizeRule quantize;
};

// nullptr when Thimble does not know the operator.
const OpInfo* find_op(std::string_view name);

std::span<const OpInfo* const> all_ops();

// ir::verify, then every node's own rules and output shapes. Errors name the node and its origin.
base::Result<> verify(const ir::Graph& graph);

}  // namespace thimble::ops
