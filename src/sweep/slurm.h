// Points as tasks of Slurm job arrays. Each runs `thimble sweep SPEC --point KEY --result FILE` and
// leaves its result in the work folder, which every node must see.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sweep/point.h"
#include "sweep/runner.h"
#include "sweep/work_folder.h"

namespace thimble::sweep {

class SlurmJobs {
 public:
  // They are cancelled when the program is interrupted or the object dies before they have ended.
  // Errors: kNotFound (no Slurm here), kToolFailed (sbatch says why), kUnsupported (no arrays).
  static base::Result<SlurmJobs> submit(const std::vector<const Point*>& points,
                                        const WorkFolder& work, const RunOptions& options);
  SlurmJobs(SlurmJobs&&) noexcept;
  SlurmJobs& operator=(SlurmJobs&&) = delete;
  ~SlurmJobs();

  // Whether no task waits or runs any more. Slurm is asked at most every two seconds.
  base::Result<bool> ended();

  // Why a task has left no result, as far as its log says.
  std::string say_why(const Point& point) const;

 private:
  struct State;
  explicit SlurmJobs(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Cancels the jobs of sweeps that were killed, also those that Slurm took in while their sweep
// died. What they would do is submitted again. Errors: Slurm cannot do it; what is left is tried
// next time.
base::Result<> cancel_abandoned_jobs(const WorkFolder& work);

// The most tasks that an array may have, out of what `scontrol show config` prints.
base::Result<size_t> max_array_tasks(std::string_view configuration);

}  // namespace thimble::sweep
