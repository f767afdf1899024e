// Runs the program for one row of the benchmark.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "tools/bench/figures.h"

namespace thimble::bench {

struct Setup {
  std::filesystem::path root = ".", thimble;
  std::filesystem::path models;          // for sources "shared:..."; need not exist
  std::filesystem::path scratch;         // for networks of the zoo
  bool tune = false;                     // choose the kernels of tuned rows anew
  std::filesystem::path peer_directory;  // NETWORK.elf, another framework's firmware
  std::string peer_symbol;               // its function that infers once
};

// The row's model; nothing when it is not on this machine. Networks of the zoo are written when
// first asked for, so not by several threads at once.
base::Result<std::optional<std::filesystem::path>> find_model(const Setup& setup, const Row& row);

// Errors: what the program says; kFault when outputs differ from the host's.
base::Result<Figures> measure(const Setup& setup, const Row& row,
                              const std::filesystem::path& model);

// Cycles of one inference of the other framework's firmware on the row's board; nothing when there
// is none for the network or it does not run there.
std::optional<double> peer_cycles(const Setup& setup, const Row& row);

}  // namespace thimble::bench
