// A MacShape over integers: output lanes that sum (input - zero point) * weight, rescale the sum
// and clamp it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "passes/mac_shape.h"

namespace thimble::passes {

class MacNode : public MacShape {
 public:
  // nullopt for what is no MacShape, and for floats.
  static std::optional<MacNode> of(const ir::Graph& graph, const ir::Node& node);

  ops::OutputStage stage;
  std::vector<int64_t> bias;  // by output lane

  // Without its zero point.
  int64_t weight(int32_t out, int32_t tap, int32_t in) const {
    return layer.weights.as<int8_t>()[weight_index(out, tap, in)] - layer.weight_zero_point();
  }

  // Whether sums are computed modulo 2^32.
  bool has_narrow_sum() const { return layer.mode() != ops::MacMode::kInt16; }

 private:
  MacNode(MacShape shape, ops::OutputStage output_stage);
};

}  // namespace thimble::passes
