// A catalogue of networks with one operator each: every supported operator and data type, with the
// options that change what it computes. All numbers come from fixed seeds.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"

namespace thimble::testing {

struct OpModel {
  std::string name;        // "conv_2d_int8_dilated"
  base::Bytes file;        // .tflite
  int runs = 2;            // how many inferences one after another (more for operators with state)
  bool comparable = true;  // false: TensorFlow Lite runs it, but not as the format means it
};

// Stable order: by operator, then data type.
std::vector<OpModel> op_models();

}  // namespace thimble::testing
