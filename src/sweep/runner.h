// Brings the points of a sweep that a store lacks into it, on this machine or as a Slurm job array.
//
// A point is in the store, in one transaction, as soon as it has ended. Whenever the program dies,
// the next run goes on with what is missing.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "sweep/execute.h"
#include "sweep/point.h"

namespace thimble::sweep {

struct Progress {
  size_t done = 0, total = 0, failed = 0;  // points of this run, without those that were there
  double seconds = 0;                      // since the first began
};

// Jobs that run `thimble sweep SPEC --point KEY`, so both must mean the same on every node.
struct SlurmOptions {
  std::filesystem::path spec;
  std::vector<std::string> sbatch;  // further options, as "--partition=short"
};

struct RunOptions {
  std::filesystem::path store;
  ExecuteOptions execute;  // but for eval_threads, which follow from `jobs`, and failures
  unsigned jobs = 0;       // points at once; 0: one per processor (Slurm: as many as it likes)
  bool retry_failed = false;
  std::optional<SlurmOptions> slurm;                   // empty: on this machine
  std::function<void(const Progress&)> on_progress;    // several times a second
  std::function<void(const store::Run&)> on_finished;  // each run that went into the store
};

struct Summary {
  size_t points = 0;
  size_t known = 0,
         known_failed = 0;    // of them in the store before; the second are among the first
  size_t ok = 0, failed = 0;  // of those that ran now
  double seconds = 0;
};

// Which of the points the store lacks, and so would run. A store that does not exist has none.
base::Result<std::vector<const Point*>> missing_points(const std::vector<Point>& points,
                                                       const std::filesystem::path& store,
                                                       bool retry_failed);

// Errors: of the store, the work folder and Slurm. What a point does wrong is no error of the run.
base::Result<Summary> run_points(const std::vector<Point>& points, const RunOptions& options);

}  // namespace thimble::sweep
