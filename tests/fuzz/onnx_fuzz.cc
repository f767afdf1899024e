// libFuzzer target: any bytes as an .onnx file. docs/onnx.md says how to run it.
#include <cstddef>
#include <cstdint>
#include <span>

#include "tests/fuzz/exercise.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)thimble::fuzz::exercise_onnx(std::as_bytes(std::span(data, size)));
  return 0;
}
