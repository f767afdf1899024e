// Fused activation functions: an attribute "activation" of many operators.
#pragma once

#include <limits>
#include <string_view>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::ops {

enum class Activation { kNone, kRelu, kReluN1To1, kRelu6 };

// "none", "relu", "relu_n1_to_1", "relu6".
std::string_view activation_name(Activation activation);

// Reads the attribute "activation". Errors: kMalformed, kUnsupported (tanh, sign bit).
base::Result<Activation> read_activation(const ir::Node& node);

struct FloatRange {
  float min = -std::numeric_limits<float>::infinity();
  float max = std::numeric_limits<float>::infinity();
};
FloatRange activation_range(Activation activation);

}  // namespace thimble::ops
