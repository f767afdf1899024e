// Where the rewrites that need data get it: the inputs of a network, one sample after another.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "ir/graph.h"

namespace thimble::optimize {

// Overwrites `inputs` with the next sample, one tensor for each input of the network; false when
// there is none left.
using Samples = std::function<base::Result<bool>(std::vector<base::Bytes>& inputs)>;

// Opens from the first sample; opening again gives the same samples.
using OpenSamples = std::function<base::Result<Samples>()>;

// The first `max_samples` (0: all) of a data set (data/data_set.h) for a network with one input,
// of which a sample may hold several. Errors when reading: those of the data set, kInvalidArgument
// when samples do not fit the input.
OpenSamples samples_of_data_set(std::string spec, const ir::Tensor& input, uint64_t max_samples);

}  // namespace thimble::optimize
