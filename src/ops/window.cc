#include "ops/window.h"

#include <algorithm>

namespace thimble::ops {
namespace {

constexpr int64_t kMaxStep = 1 << 16;

base::Result<int32_t> read_step(const ir::Node& node, std::string_view name) {
  THIMBLE_ASSIGN(int64_t value, node.attributes.get_int(name));
  if (value < 1 || value > kMaxStep)
    return base::fail(base::ErrorCode::kMalformed, "{} is {}, expected 1 to {}", name, value,
                      kMaxStep);
  return static_cast<int32_t>(value);
}

}  // namespace

base::Result<Padding> read_padding(const ir::Node& node) {
  THIMBLE_ASSIGN(std::string name, node.attributes.get_string("padding"));
  if (name == "same") return Padding::kSame;
  if (name == "valid") return Padding::kValid;
  return base::fail(base::ErrorCode::kMalformed, "padding is {}, expected same or valid", name);
}

base::Result<Stride> read_stride(const ir::Node& node) {
  THIMBLE_ASSIGN(int32_t h, read_step(node, "stride_h"));
  THIMBLE_ASSIGN(int32_t w, read_step(node, "stride_w"));
  return Stride{h, w};
}

base::Result<Stride> read_dilation(const ir::Node& node) {
  THIMBLE_ASSIGN(int32_t h, read_step(node, "dilation_h"));
  THIMBLE_ASSIGN(int32_t w, read_step(node, "dilation_w"));
  return Stride{h, w};
}

base::Result<> check_reach(int32_t input, int32_t kernel, int32_t dilation) {
  constexpr int64_t kMaxReach = 1 << 30;
  int64_t reach = (int64_t{kernel} - 1) * dilation + 1;
  if (input + reach <= kMaxReach) return {};
  return base::fail(base::ErrorCode::kLimit,
                    "a window of {} elements with dilation {} is too large", kernel, dilation);
}

WindowAxis window_axis(Padding padding, int32_t input, int32_t kernel, int32_t stride,
                       int32_t dilation) {
  int64_t reach = (int64_t{kernel} - 1) * dilation + 1;
  if (padding == Padding::kValid) {
    int64_t output = input >= reach ? (input - reach) / stride + 1 : 0;
    return {static_cast<int32_t>(output), 0};
  }
  int64_t output = (int64_t{input} + stride - 1) / stride;
  int64_t total = std::max<int64_t>(0, (output - 1) * stride + reach - input);
  return {static_cast<int32_t>(output), static_cast<int32_t>(total / 2)};
}

WindowAxis explicit_window_axis(int32_t input, int32_t before, int32_t after, int32_t kernel,
                                int32_t stride, int32_t dilation) {
  const int64_t reach = (int64_t{kernel} - 1) * dilation + 1;
  const int64_t free = int64_t{input} + before + after - reach;
  return {free < 0 ? 0 : static_cast<int32_t>(free / stride + 1), before};
}

}  // namespace thimble::ops
