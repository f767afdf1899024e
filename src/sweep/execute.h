// Runs the commands of one point, each as a program of its own: whatever happens there (a crash, no
// memory, an endless loop) becomes the point's recorded failure.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sweep/point.h"
#include "sweep/work_folder.h"

namespace thimble::sweep {

struct ExecuteOptions {
  std::filesystem::path program;  // thimble
  std::chrono::seconds timeout = std::chrono::seconds(3600);
  unsigned eval_threads = 1;
  // A folder of this sweep alone: why shared work has failed, so that it fails once for all points
  // that need it. Empty: each tries.
  std::filesystem::path failures;
};

// What came out, as JSON (thimble-point/1, docs/sweep.md): what the commands printed, or why one of
// them failed. Networks that several points need are made once and kept in the work folder.
std::string execute_point(const Point& point, const WorkFolder& work,
                          const ExecuteOptions& options);

// The row of a point whose execution gave this. Errors: kMalformed, when it is no such text or of
// another point.
base::Result<store::Record> read_result(const Point& point, std::string_view result);

// The result of a point that could not be executed.
std::string failed_result(const Point& point, std::string_view code, std::string_view message);

}  // namespace thimble::sweep
