// The committed results of docs/accuracy/: written by one task of the `accuracy` program, read by
// the task that writes the page.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace thimble::accuracy {

// Where the source tree is and where to find programs, from the command line.
struct Paths {
  std::filesystem::path root;  // of the source tree
  std::filesystem::path thimble;
  std::filesystem::path programs() const { return root / "tests/accuracy/programs.toml"; }
  std::filesystem::path published() const { return root / "tests/accuracy/published.csv"; }
  std::filesystem::path coremark() const { return root / "tests/accuracy/coremark.csv"; }
  std::filesystem::path mlperf() const { return root / "tests/accuracy/mlperf.csv"; }
  std::filesystem::path results(const std::string& name) const {
    return root / "docs/accuracy" / (name + ".csv");
  }
};

// The first lines of every result: how it was made.
std::string result_header(const std::string& what);

// The versions of all that decides about cycles, as in the headers.
std::string timing_versions();

// The results that were measured with other versions than the present ones.
base::Result<std::vector<std::string>> stale_results(const Paths& paths);

// Each writes its result.
base::Result<> measure_programs(const Paths& paths);
base::Result<> measure_hardware(const Paths& paths, const std::filesystem::path& elf_directory);
base::Result<> measure_coremark(const Paths& paths, const std::filesystem::path& elf_directory);
base::Result<> measure_mlperf(const Paths& paths, const std::filesystem::path& firmware_directory);
base::Result<> measure_boards(const Paths& paths);
base::Result<> compare_networks(const Paths& paths);

// docs/simulator-accuracy.md from all results.
base::Result<> write_page(const Paths& paths);

}  // namespace thimble::accuracy
