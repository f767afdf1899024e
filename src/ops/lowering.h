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
  bool mve = false;       // Armv8.1-M vector instructions (Helium), integers
  bool optimized = true;  // false: portable reference kernels only
  bool small_code = false;  // code that layers share, rather than the fastest
  // So much data of flash is read again without waiting: its cache, or all of it.
  uint32_t fast_flash_bytes = 256;  // of an STM32L4
};

// A table that the kernel reads from flash: packed weights, biases, multipliers.
struct Constant {
  std::string name;                     // suffix of the C++ name: "weights", "multipliers"
  ir::DataType type;                    // element type of the C++ array
  base::Bytes bytes;                    // little endian
  ir::TensorId tensor = ir::kNoTensor;  // set when these are the unchanged bytes of a constant
                                        // tensor: then `bytes` is empty and the array is shared
  bool is_weights = false;  // read for every output: may be placed in RAM to be read faster
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
  // "conv_s8_ref", listed in the family's kernels.inc; or an instance of a template listed there,
  // "conv_s8_packed<96>", whose arguments repeat what the parameters say, for the compiler to use.
  std::string function;
  // What may be called instead with the same arguments, ever more general and a little slower: for
  // plans that share code between layers.
  std::vector<std::string> shared_functions;
  std::string params_type;  // "ConvParams"
  std::string header;       // below target/: "kernels/conv/kernel.h"
  std::string source;  // below target/: "kernels/conv/conv_s8_ref.cc"; headers are found through
                       // it; empty when the header holds the kernel's template
  std::vector<Field> fields;  // members that are not named are zero
  std::vector<Constant> constants;
  std::vector<ir::TensorId> inputs;  // call order; constants allowed, state tensors included
  std::vector<ir::TensorId> outputs;
  size_t scratch_bytes = 0;  // when not 0, a 16-byte aligned buffer is the last argument
};
// The emitted call is  function(params, inputs..., outputs..., [scratch])  with operands as
// pointers to the C++ type of their tensor (int8_t*, int16_t*, int32_t*, float*; inputs const
// unless variable).

// How output 0 may lie over an input that nobody reads afterwards: the output may begin at any
// address that is at least `lead_bytes` below the input's, or anywhere beside it. 0 suits a kernel
// that reads every element before it writes the element of the same or a later address; a kernel
// that writes ahead of what it reads needs a lead; a negative one lets the output begin above.
struct Overlap {
  size_t input = 0;  // position in Node::inputs
  int64_t lead_bytes = 0;
  bool exact = false;                      // only at exactly that distance (or beside it)
  std::optional<size_t> other_input = {};  // of which all this holds too, independently
};

// One way to execute a node.
struct Lowering {
  std::vector<KernelCall> calls;  // empty: nothing to do (a reshape whose operands share memory)
  std::optional<Overlap> overlap = {};  // required, with lead 0, when `calls` is empty
  // How the scratch memory of a single call may lie over an input that nobody reads afterwards.
  std::optional<Overlap> scratch_overlap = {};
  std::string variant = "reference";  // names this way in choice tables and reports
};

// Every way that the target allows, the one expected to be fastest first and the one with the least
// code last; never empty.
struct Lowerings {
  std::vector<Lowering> ways;

  Lowerings(Lowering only) { ways.push_back(std::move(only)); }  // NOLINT: a single way converts
  explicit Lowerings(std::vector<Lowering> all) : ways(std::move(all)) {}
};

}  // namespace thimble::ops
