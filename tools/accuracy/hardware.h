// Programs whose cycles others measured on a board, run on the simulated one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace thimble::accuracy {

// One row of tests/accuracy/published.csv.
struct PublishedFigure {
  std::string program;    // name of its ELF, without ".elf"
  std::string operation;  // the function operation_<operation>() in it
  std::string language;   // "assembly" or "C"
  std::string set;        // "fitted", "looked at", "unseen"
  std::string statistic;  // "minimum" or "mean" over the calls
  uint64_t cycles = 0;
  double spread_percent = 0;
};

// Errors: kNotFound, kIo, kMalformed (the line).
base::Result<std::vector<PublishedFigure>> load_published_figures(
    const std::filesystem::path& path);

struct HardwareComparison {
  PublishedFigure published;
  double cycles = 0;  // ours
  double error_percent() const {
    const auto hardware = static_cast<double>(published.cycles);
    return (cycles - hardware) / hardware * 100;
  }
};

// Runs every program of the figures whose ELF is in `directory`, on a Cortex-M4 without wait
// states. Programs without an ELF are left out. Errors: kFault (a program failed), kNotFound (an
// operation is missing in the ELF).
base::Result<std::vector<HardwareComparison>> compare_with_hardware(
    const std::vector<PublishedFigure>& figures, const std::filesystem::path& directory);

// CoreMark per MHz of an ELF whose function iterate() does kCoreMarkIterations of them, on a core
// without wait states. Errors: those of loading it; kFault.
inline constexpr int kCoreMarkIterations = 10;
base::Result<double> coremark_per_mhz(const std::filesystem::path& elf, const std::string& core);

}  // namespace thimble::accuracy
