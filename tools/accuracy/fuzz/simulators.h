// Runs a batch of cases on QEMU and on the simulated core.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "board/board.h"
#include "sim/machine.h"
#include "tools/accuracy/fuzz/case_batch.h"
#include "tools/accuracy/target.h"

namespace thimble::accuracy {

// What a simulator made of a batch: a record per case that ended, and why there are no more of
// them.
struct Outcome {
  std::vector<Record> records;
  std::string end;
};

class Simulators {
 public:
  // Errors: those of loading the core and the image of harness.S, which the build makes.
  static base::Result<Simulators> create(Target target);

  uint32_t case_return() const { return case_return_; }
  const Target& target() const { return target_; }

  // Our machine with the batch in its memory, before the first instruction.
  base::Result<sim::Machine> machine(const CaseBatch& batch) const;
  base::Result<Outcome> run_qemu(const CaseBatch& batch) const;
  base::Result<Outcome> run_ours(const CaseBatch& batch) const;

 private:
  Simulators() = default;

  Target target_;
  std::filesystem::path harness_;
  board::Core core_;
  uint32_t case_return_ = 0;
  base::TemporaryDirectory directory_;
};

}  // namespace thimble::accuracy
