// Our outputs for the one-operator networks, and those of another runtime kept as text.
//
// The text has one line a network, "name: number number ...": the outputs of its inferences, one
// after another; "name: refused" where that runtime cannot run the network or misunderstands it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "ir/graph.h"
#include "tests/support/compare.h"
#include "tests/support/op_models.h"

namespace thimble::testing {

// Absent: refused.
using OpOutputs = std::map<std::string, std::optional<std::vector<double>>>;

base::Result<OpOutputs> read_op_outputs(const std::filesystem::path& path);
std::string op_outputs_text(const OpOutputs& outputs);

// The inputs of inference number `run`, in the order of Graph::inputs: first the pattern, then
// random numbers.
std::vector<base::Bytes> op_inputs(const ir::Graph& graph, int run);

// A network, all its inferences and their outputs, one after another.
struct OpRun {
  ir::DataType type;
  bool hybrid;  // float activations and int8 weights
  base::Bytes outputs;
};
base::Result<OpRun> run_op_model(const OpModel& model);

// One step for integers: other runtimes round once where the reference rounds twice.
Tolerance op_tolerance(const OpRun& run);

}  // namespace thimble::testing
