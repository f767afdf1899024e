// A Slurm cluster of one node, this machine, for the time of a test: its daemons listen on the
// loopback interface only, live in a temporary folder, and end with the object.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace thimble::testing {

class SlurmCluster {
 public:
  // Sets SLURM_CONF for programs started from here; `settings` are further lines of the file.
  // Errors: what is missing, or did not start.
  static base::Result<SlurmCluster> start(const std::string& settings = {});
  SlurmCluster(SlurmCluster&&) = default;
  SlurmCluster& operator=(SlurmCluster&&) = delete;
  ~SlurmCluster();

 private:
  SlurmCluster() = default;
  base::Result<> launch(const std::string& program, const std::vector<std::string>& arguments);
  base::TemporaryDirectory folder_;
  std::vector<pid_t> daemons_;
};

}  // namespace thimble::testing
