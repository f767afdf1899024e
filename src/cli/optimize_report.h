// What `thimble optimize` prints.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "optimize/prune/prune.h"
#include "optimize/quantize/quantize.h"

namespace thimble::cli {

// A network's sizes.
struct StoredSizes {
  uint64_t constant_bytes = 0;
  uint64_t file_bytes = 0, gzip_bytes = 0;  // of the .tflite file
};

// What the tables of all layers take in the flash of a Cortex-M with DSP instructions and FPU.
struct TableSizes {
  uint64_t dense_bytes = 0, sparse_bytes = 0;  // the second without weights of zero where they pay
};

struct Pruning {
  double fraction = 0;
  std::string unit, scope;
  optimize::Pruned pruned;
  TableSizes tables;
};

struct Quantizing {
  std::string scheme, calibration;  // calibration: the data set, or empty
  optimize::Quantized quantized;
};

// One of the two at least.
struct OptimizeReport {
  std::string model, output;
  std::optional<Pruning> pruning = {};
  std::optional<Quantizing> quantizing = {};
  StoredSizes before = {}, after = {};
};

std::string optimize_text(const OptimizeReport& report);
nlohmann::ordered_json optimize_json(const OptimizeReport& report);

}  // namespace thimble::cli
