#include <cstring>

#include "base/check.h"
#include "base/random.h"
#include "exec/executor.h"

namespace thimble::exec {
namespace {

template <typename T, typename F>
base::Bytes fill(const ir::Tensor& tensor, F value_of) {
  base::Bytes bytes(tensor.bytes());
  for (int64_t i = 0; i < tensor.elements(); ++i) {
    T value = value_of(i);
    std::memcpy(bytes.data() + static_cast<size_t>(i) * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

}  // namespace

base::Bytes pattern_input(const ir::Tensor& tensor) {
  auto u = [](int64_t i) { return static_cast<int32_t>((i * 37 + 11) % 256); };
  switch (tensor.type) {
    case ir::DataType::kInt8:
      return fill<int8_t>(tensor, [&](int64_t i) { return static_cast<int8_t>(u(i) - 128); });
    case ir::DataType::kUInt8:
      return fill<uint8_t>(tensor, [&](int64_t i) { return static_cast<uint8_t>(u(i)); });
    case ir::DataType::kInt16:
      return fill<int16_t>(tensor,
                           [&](int64_t i) { return static_cast<int16_t>((u(i) - 128) * 256); });
    case ir::DataType::kInt32:
      return fill<int32_t>(tensor, [&](int64_t i) { return u(i) - 128; });
    case ir::DataType::kInt64:
      return fill<int64_t>(tensor, [&](int64_t i) { return int64_t{u(i)} - 128; });
    case ir::DataType::kFloat32:
      return fill<float>(tensor,
                         [&](int64_t i) { return static_cast<float>(u(i) - 128) / 128.0f; });
    case ir::DataType::kBool:
      return fill<uint8_t>(tensor, [&](int64_t i) { return static_cast<uint8_t>(u(i) & 1); });
    case ir::DataType::kFloat16:
      break;
  }
  CHECK(false, "no pattern for {}", ir::type_name(tensor.type));
}

base::Bytes random_input(const ir::Tensor& tensor, uint64_t seed) {
  base::Random random(seed);
  if (tensor.type == ir::DataType::kFloat32)
    return fill<float>(tensor, [&](int64_t) { return random.uniform(-1.0f, 1.0f); });
  if (tensor.type == ir::DataType::kBool)
    return fill<uint8_t>(tensor, [&](int64_t) { return static_cast<uint8_t>(random.next() & 1); });
  base::Bytes bytes(tensor.bytes());
  for (std::byte& b : bytes) b = static_cast<std::byte>(random.next() >> 56);
  return bytes;
}

}  // namespace thimble::exec
