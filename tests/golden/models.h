// The shared models and how exactly each must agree with its golden outputs.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/compare.h"

namespace thimble::testing {

enum class Arithmetic { kInteger, kFloat, kHybrid };

Tolerance tolerance(Arithmetic arithmetic);

struct GoldenModelRow {
  std::string model;  // below shared/models
  Arithmetic arithmetic;

  // "mlonmcu/magic_wand.tflite" -> "mlonmcu__magic_wand.json"
  std::string golden_file() const;
};

struct GoldenLayersRow {
  std::string model, layers;  // below shared/golden/layers
};

struct GoldenSamplesRow {
  std::string model, samples;  // below shared/golden/real20
  Arithmetic arithmetic;
};

std::vector<GoldenModelRow> golden_models();
std::vector<GoldenLayersRow> golden_layers();
std::vector<GoldenSamplesRow> golden_samples();

}  // namespace thimble::testing
