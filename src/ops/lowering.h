// How a node is executed on the target: calls of kernels (target/kernels/), with their parameters.
//
// A Lowering is data. The planner reads which tensors share memory and how much scratch is needed,
// the emitter prints the parameter structs, constants and calls. Nothing here knows C++ syntax.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/files.h"
#include "ir/graph.h"

namespace thimble::ops {

// What the generated code may use.
struct LowerTarget {
  bool dsp = false;       // Armv7E-M DSP instructions
  bool fpu = false;       // single-precision floating-point unit
  bool optimized = true;  // false: portable reference kernels only
};

// A table that the kernel reads from flash: packed weights, biases, multipliers.
struct Constant {
  std::string name;                     // suffix of the C++ name: "weights", "multipliers"
  ir::DataType type;                    // element type of the C++ array
  base::Bytes bytes;                    // little endian
  ir::TensorId tensor = ir::kNoTensor;  // set when these are the unchanged bytes of a constant
                                        // tensor: then `bytes` is empty and the array is shared
};

struct ConstantRef {
  size_t index;  // into KernelCall::constants
};

// One member of the kernel's parameter struct: integer, float, pointer to a constant, or a small
// array.
struct Field {
  std::string name;
  std::variant<int64_t, float, ConstantRef, std::vector<int64_t>> value;
};

struct KernelCall {
  std::string function;     // "conv_s8_ref"; a variant listed in the family's kernels.inc
  std::string params_type;  // "ConvParams"
  std::string header;       // below target/: "kernels/conv/kernel.h"
  std::string source;  // below target/: "kernels/conv/conv_s8_ref.cc"; headers are found through it
  std::vector<Field> fields;  // members that are not named are zero
  std::vector<Constant> constants;
  std::vector<ir::TensorId> inputs;  // call order; constants allowed, state tensors included
  std::vector<ir::TensorId> outputs;
  size_t scratch_bytes = 0;  // when not 0, a 16-byte aligned buffer is the last argument
};
// The emitted call is  function(params, inputs..., outputs..., [scratch])  with operands as
// pointers to the C++ type of their tensor (int8_t*, int16_t*, int32_t*, float*; inputs const
// unless variable).

struct Lowering {
  std::vector<KernelCall> calls;  // empty: nothing to do (a reshape whose operands share memory)

  // Output 0 may (must, when `calls` is empty) lie at the same address as this input: the kernel
  // reads each element before it writes the element of the same or a later address.
  std::optional<size_t> in_place_input;
};

}  // namespace thimble::ops
