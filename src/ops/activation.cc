#include "ops/activation.h"

#include <array>
#include <utility>

namespace thimble::ops {
namespace {
constexpr std::array<std::pair<std::string_view, Activation>, 4> kNames = {{
    {"none", Activation::kNone},
    {"relu", Activation::kRelu},
    {"relu_n1_to_1", Activation::kReluN1To1},
    {"relu6", Activation::kRelu6},
}};
}  // namespace

std::string_view activation_name(Activation activation) {
  return kNames[static_cast<size_t>(activation)].first;
}

base::Result<Activation> read_activation(const ir::Node& node) {
  THIMBLE_ASSIGN(std::string name, node.attributes.get_string("activation"));
  for (const auto& [text, activation] : kNames)
    if (name == text) return activation;
  return base::fail(base::ErrorCode::kUnsupported, "fused activation {} is not supported", name);
}

FloatRange activation_range(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return {};
    case Activation::kRelu:
      return {.min = 0};
    case Activation::kReluN1To1:
      return {.min = -1, .max = 1};
    case Activation::kRelu6:
      return {.min = 0, .max = 6};
  }
  return {};
}

}  // namespace thimble::ops
