// Everything that a layer could be: each way of executing it, with its weights in flash or in RAM.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "ops/lowering.h"
#include "plan/choice.h"

namespace thimble::tune {

struct Candidate {
  plan::LayerChoice choice;
  ops::Lowering lowering;               // its tables without their bytes
  uint64_t table_bytes = 0;             // flash
  uint64_t weights_bytes = 0;           // RAM, when the choice puts them there
  uint64_t scratch_bytes = 0;           // part of the arena
  std::string signature;                // all that its cycles depend on; empty: it has no code
  std::optional<uint64_t> cycles = {};  // once they are known

  bool has_code() const { return !signature.empty(); }
};

// The candidates of one node, with weights in flash before those with weights in RAM, in the
// operator's order. Never empty.
using Layer = std::vector<Candidate>;

struct CandidateOptions {
  plan::Preference prefer = plan::Preference::kBalanced;
  plan::SparseUse sparse = plan::SparseUse::kAuto;
  bool weights_in_ram = false;  // whether there may be such
  std::string environment;      // the part of every signature that no layer has a say in
};

// By node of a graph that passes ops::verify. Portable reference kernels are left out where there
// are others. Errors: as an operator's lowering.
base::Result<std::vector<Layer>> find_candidates(const ir::Graph& graph,
                                                 const ops::LowerTarget& target,
                                                 const CandidateOptions& options);

}  // namespace thimble::tune
