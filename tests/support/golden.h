// Reads the shared golden outputs (their format is described beside them).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace thimble::testing {

// One runtime's output tensor. `bytes` is missing for large tensors.
struct GoldenTensor {
  std::string sha256;
  std::optional<base::Bytes> bytes;
};

struct GoldenOutput {
  std::optional<GoldenTensor> tflm;    // TensorFlow Lite Micro, reference kernels
  std::optional<GoldenTensor> tflite;  // TensorFlow Lite
};

base::Result<std::vector<GoldenOutput>> read_golden_outputs(const std::filesystem::path& path);

// What ONNX Runtime computed on the pattern input, as ONNX counts elements.
base::Result<std::vector<base::Bytes>> read_golden_onnx_outputs(const std::filesystem::path& path);

// A sample of a data set with the network's only output, as numbers. `tflm` is empty when that
// runtime cannot load the network.
struct GoldenSample {
  std::string id;
  base::Bytes input;
  std::vector<double> tflm, tflite;
};

base::Result<std::vector<GoldenSample>> read_golden_samples(const std::filesystem::path& path);

// One operator's first output on the pattern input.
struct GoldenLayer {
  std::string op;
  size_t bytes;
  uint32_t crc32;
};

base::Result<std::vector<GoldenLayer>> read_golden_layers(const std::filesystem::path& path);

}  // namespace thimble::testing
