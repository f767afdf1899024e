// Float constants as numbers and back.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ir/tensor.h"

namespace thimble::optimize {

inline std::span<const float> float_values(const ir::Tensor& constant) {
  return {constant.as<float>(), static_cast<size_t>(constant.elements())};
}

inline std::shared_ptr<const base::Bytes> float_data(std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  return std::make_shared<const base::Bytes>(bytes.begin(), bytes.end());
}

}  // namespace thimble::optimize
