// Which layers get weights of four bits.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "optimize/quantize/noise.h"

namespace thimble::optimize {

struct Int4Options {
  enum class Which { kNone, kAll, kNamed, kAuto };
  Which which = Which::kNone;
  std::vector<std::string> layers = {};  // kNamed
  double least_sqnr_db = 15;             // kAuto: of the network, as predicted
};

// By node of a float network. Convolutions and fully connected layers that are `integer` can have
// them; depthwise ones must be named. `noise`: of the network with weights of eight bits. kAuto
// goes from the layer that loses least for each byte saved to the one that loses most, and takes
// those after which the prediction for the network is not below the bound; layers with less than 2
// % of the weights are left out. Errors: kInvalidArgument for a layer that does not exist or cannot
// have them.
base::Result<std::vector<bool>> int4_layers(const ir::Graph& graph,
                                            const std::vector<bool>& integer, const Noise& noise,
                                            const Int4Options& options);

}  // namespace thimble::optimize
