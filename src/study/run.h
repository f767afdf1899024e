// Simulates the layers of a study on a board.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "board/board.h"
#include "measure/bench.h"
#include "study/grid.h"

namespace thimble::study {

// How a layer is executed.
enum class Variant { kOptimized, kReference, kFloat };
inline constexpr size_t kVariants = 3;
const char* variant_name(Variant variant);  // "optimized", "reference", "float"

struct Sample {
  Point point;
  Variant variant = Variant::kOptimized;
  uint64_t cycles = 0;      // 0: not measured,
  std::string reason = {};  // because of this
  std::string kernel = {};
  double latency_us = 0;
  uint64_t maccs = 0;      // exact
  double paper_maccs = 0;  // c_e of Heim 2021, appendix A

  bool measured() const { return cycles > 0; }
  bool is_of(const Point& of_point, Variant of_variant) const {
    return variant == of_variant && point == of_point;
  }
  double ns_per_paper_macc() const { return 1e3 * latency_us / paper_maccs; }
  double ns_per_macc() const { return 1e3 * latency_us / static_cast<double>(maccs); }
};

struct RunOptions {
  firmware::BuildOptions build = {};
  plan::Preference prefer = plan::Preference::kBalanced;
  std::vector<Variant> variants = {Variant::kOptimized, Variant::kReference, Variant::kFloat};
  std::vector<Sample> known = {};  // taken as they are rather than measured again
  // From several threads, one at a time.
  std::function<void(size_t done, size_t all)> on_progress = {};
  std::function<base::Result<>(const std::vector<Sample>& measured)> on_measured = {};
};

struct Study {
  Grid grid;
  std::vector<Sample> samples = {};  // each layer of the grid once in every variant
};

// A layer that does not fit the board is a sample without cycles. Errors: of the compiler and the
// simulator.
base::Result<Study> run_study(Grid grid, const board::Board& board, const board::Core& core,
                              const RunOptions& options);

}  // namespace thimble::study
