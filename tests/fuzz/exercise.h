// Everything Thimble does with a file before it trusts it: what the fuzzer and the regression test
// run.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"

namespace thimble::fuzz {

// Imports a .tflite file, verifies, prints, counts, lowers and, when the network is small, executes.
// Returns the import's error; anything that goes wrong after a successful import is a bug and
// aborts.
base::Result<> exercise(std::span<const std::byte> file);

// The same with an .onnx file.
base::Result<> exercise_onnx(std::span<const std::byte> file);

}  // namespace thimble::fuzz
