// Which way of executing each layer a plan uses, and where its weights lie. Data: a rule or a tuner
// fills it, the planner and the emitter obey.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "ops/lowering.h"

namespace thimble::plan {

enum class Preference {
  kSpeed,     // the fastest way, whatever flash it takes
  kBalanced,  // the fastest way that does not expand the weights
  kSize,      // the fewest bytes of flash
};

// Whether layers leave weights of zero out of flash (ops::kSparseVariant).
enum class SparseUse {
  kAuto,    // where the preference, or measuring, chooses it like any other way
  kAlways,  // wherever it takes less flash
  kNever,
};

struct LayerChoice {
  std::string variant;          // Lowering::variant; empty: by preference
  bool weights_in_ram = false;  // copied there when the program starts, to be read without waiting
};

struct Choices {
  Preference prefer = Preference::kBalanced;
  SparseUse sparse = SparseUse::kAuto;
  std::vector<LayerChoice> layers;  // by node; those that are missing are chosen by preference
  std::optional<size_t> ram_budget_bytes = {};  // of the arena: time is given for it where needed
  bool whole_layers = false;                    // in bands only where the budget asks for it
};

// Bytes of flash that the tables of one way take, tensors of the graph included.
size_t table_bytes(const ops::Lowering& lowering, const ir::Graph& graph);

// Of those, the weights that may be placed in RAM.
size_t weights_bytes(const ops::Lowering& lowering, const ir::Graph& graph);

// A node's ways without those that the use of sparse ones rules out; never empty. Errors: as of the
// operator's lowering.
base::Result<ops::Lowerings> lower_node(const ir::Graph& graph, const ir::Node& node,
                                        const ops::LowerTarget& target, SparseUse sparse);

// The ways that a preference leaves to choose from, in the same order; never empty.
std::vector<const ops::Lowering*> allowed_ways(const ops::Lowerings& lowerings,
                                               const ir::Graph& graph, Preference prefer);

// Bytes of flash that the tables of all layers take in the ways with the fewest. Errors: as of the
// operators' lowerings.
base::Result<uint64_t> least_table_bytes(const ir::Graph& graph, const ops::LowerTarget& target,
                                         SparseUse sparse);

// The way that the choices name for a node. Errors: kInvalidArgument, naming the ways there are.
base::Result<ops::Lowering> choose(const ops::Lowerings& lowerings, const ir::Graph& graph,
                                   size_t node, const Choices& choices);

}  // namespace thimble::plan
