// The points of a sweep: every combination of its axes that makes sense, once.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/run.h"
#include "sweep/file_digests.h"
#include "sweep/spec.h"

namespace thimble::sweep {

using Arguments = std::vector<std::string>;

// What is measured, and the commands of Thimble that do it, without their outputs and --json. Empty
// arguments: that command is not needed.
struct Point {
  store::Record record;          // as far as it is known before the point has run
  std::filesystem::path folder;  // where the commands run
  Arguments zoo;                 // makes the network; otherwise it is `model`
  std::string model;             // a file
  Arguments optimize;            // options
  Arguments eval;                // options
  std::string calibration_id;    // what the data sets that these options name hold
  std::string data_id;
  Arguments bench;       // options
  Arguments sim;         // firmware and options, instead of all others
  std::string function;  // with `sim` and no symbols: what one inference calls

  const std::string& key() const { return record.run.key; }
};

struct Expansion {
  std::vector<Point> points;
  size_t excluded = 0;    // by the specification
  size_t same = 0;        // as another point, as soft floating point on a part without a unit
  size_t unreadable = 0;  // files and folders of data sets
};

// Reads the networks, boards and firmware that the specification names, and asks the compiler for
// its version. Errors: of these; kInvalidArgument for a board that does not exist. The digests of
// data sets are kept beside the store, if the specification has one.
base::Result<Expansion> expand(const Spec& spec);
base::Result<Expansion> expand(const Spec& spec, FileDigests& digests);

// "lenet, full, nucleo-l4r5zi, optimized, balanced, -O2": what tells it from other points.
std::string describe(const store::Run& run);

// SHA-256 of the parts; other parts give another one.
std::string content_id(const std::vector<std::string>& parts);

}  // namespace thimble::sweep
