// From a sample as stored to the bytes of a network's input.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "ir/tensor.h"

namespace thimble::data {

enum class ValueKind {
  kPixels,    // 0 to 255
  kIntegers,  // integers that already are the network's input
  kReal,
};

// real = ((value - zero_point) * scale - mean[channel]) / std[channel], the channel being the
// innermost dimension; one mean or std holds for all channels.
struct Affine {
  double scale = 1, zero_point = 0;
  std::vector<double> mean = {}, std = {};

  bool operator==(const Affine&) const = default;
};

// What the user asked for. Without it, pixels become 0 to 1 for a float input and the whole range
// of an integer input (int8: pixel - 128); integers stay what they are; real numbers stay for a
// float input and are quantized for an integer input.
using Normalization = std::optional<Affine>;

// One input of the network: `values` must have as many elements as `input`, which is float32, int8,
// uint8 or int16. Real numbers are quantized with the tensor's scale and zero point, rounded half
// away from zero and clamped. Errors: kInvalidArgument (sizes, means per channel that do not fit, a
// value that is no number), kUnsupported (the type).
base::Result<base::Bytes> to_input(std::span<const float> values, ValueKind kind,
                                   const Normalization& normalization, const ir::Tensor& input);

}  // namespace thimble::data
