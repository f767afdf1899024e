// The zoo: the networks of the papers that Thimble builds on, with random weights from a seed.
//
// The values of the weights do not change a network's latency (Heim 2021), as long as no channel is
// dead; docs/zoo.md says how that is ensured. The same name, options and seed give the same graph.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "zoo/calibrate.h"

namespace thimble::zoo {

struct Options {
  ir::DataType type = ir::DataType::kInt8;  // or kFloat32
  uint64_t seed = 1;
  double width = 1.0;      // mobilenet-v1: 0.25, 0.5, 0.75 or 1
  int32_t resolution = 0;  // mobilenet-v1: a multiple of 32 from 96 to 224; 0: the network's own
};

struct Description {
  std::string name;
  std::string text;  // one line: source and structure
  ir::Shape input;
  uint64_t parameters_stored = 0;   // batch normalization folded
  uint64_t parameters_trained = 0;  // with it
  uint64_t maccs = 0;
  uint64_t int8_weight_bytes = 0, float32_weight_bytes = 0;
};

// In the order in which they are listed.
std::vector<std::string> names();

// Errors of both: kNotFound (no such network, with the nearest name as hint), kInvalidArgument (an
// option that this network does not have, or out of range).
base::Result<Description> describe(std::string_view name, const Options& options = {});
base::Result<ir::Graph> make_network(std::string_view name, const Options& options = {},
                                     const Progress& progress = {});

}  // namespace thimble::zoo
