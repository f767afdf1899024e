// What `thimble optimize` prints.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "optimize/quantize/quantize.h"

namespace thimble::cli {

struct OptimizeReport {
  std::string model, output, scheme, calibration;  // calibration: the data set, or empty
  const optimize::Quantized& quantized;
  uint64_t file_bytes = 0;
};

std::string optimize_text(const OptimizeReport& report);
nlohmann::ordered_json optimize_json(const OptimizeReport& report);

}  // namespace thimble::cli
