#include "frontend/onnx/images.h"

#include <algorithm>
#include <array>

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

constexpr int64_t kMaxSetting = 1 << 16;  // stride, dilation, kernel, padding

Result<std::vector<int64_t>> read_settings(const OnnxNode& node, std::string_view name,
                                           size_t count, int64_t min) {
  THIMBLE_ASSIGN(std::vector<int64_t> values,
                 node.get_ints(name, std::vector<int64_t>(count, min)));
  if (values.size() != count)
    return fail(ErrorCode::kMalformed, "{} has {} numbers, expected {}", name, values.size(),
                count);
  for (int64_t value : values)
    if (value < min || value > kMaxSetting)
      return fail(ErrorCode::kUnsupported, "{} has the value {}, supported are {} to {}", name,
                  value, min, kMaxSetting);
  return values;
}

Result<> set_output(bool rounds_up, WindowDimension& d) {
  const int64_t room = int64_t{d.input} + d.before + d.after - d.reach();
  if (room < 0)
    return fail(ErrorCode::kMalformed, "a window of {} does not fit an input of {}", d.reach(),
                d.input);
  d.output = static_cast<int32_t>(room / d.stride + 1);
  if (rounds_up && room % d.stride != 0) {
    // One more, if it begins inside.
    const int64_t begin = int64_t{d.output} * d.stride;
    if (begin < int64_t{d.input} + d.before) {
      ++d.output;
      d.overhang = static_cast<int32_t>(begin - room);
    }
  }
  return {};
}

// SAME_UPPER and SAME_LOWER differ in where the odd position goes.
void set_same_padding(bool odd_first, WindowDimension& d) {
  const int64_t output = (int64_t{d.input} + d.stride - 1) / d.stride;
  const int64_t total =
      std::max<int64_t>(0, (output - 1) * d.stride + d.reach() - int64_t{d.input});
  d.before = static_cast<int32_t>(odd_first ? total - total / 2 : total / 2);
  d.after = static_cast<int32_t>(total - d.before);
}

}  // namespace

Result<SlidingWindow> read_window(const OnnxNode& node, const ir::Shape& input,
                                  const std::vector<int64_t>& kernel) {
  const size_t count = input.size();
  if (kernel.size() != count)
    return fail(ErrorCode::kMalformed, "the window has {} dimensions, the input {}", kernel.size(),
                count);
  THIMBLE_ASSIGN(const std::vector<int64_t> strides, read_settings(node, "strides", count, 1));
  THIMBLE_ASSIGN(const std::vector<int64_t> dilations, read_settings(node, "dilations", count, 1));
  THIMBLE_ASSIGN(const std::vector<int64_t> pads, read_settings(node, "pads", 2 * count, 0));
  THIMBLE_ASSIGN(const std::string auto_pad, node.get_string("auto_pad", "NOTSET"));
  const bool is_same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  if (!is_same && auto_pad != "NOTSET" && auto_pad != "VALID")
    return fail(ErrorCode::kMalformed, "auto_pad is {}", auto_pad);
  SlidingWindow window;
  for (size_t i = 0; i < count; ++i) {
    if (kernel[i] < 1 || kernel[i] > kMaxSetting)
      return fail(ErrorCode::kUnsupported, "the window is {}, supported are 1 to {}", kernel[i],
                  kMaxSetting);
    WindowDimension& d = i + 1 == count ? window.w : window.h;
    d.input = input[i];
    d.kernel = static_cast<int32_t>(kernel[i]);
    d.stride = static_cast<int32_t>(strides[i]);
    d.dilation = static_cast<int32_t>(dilations[i]);
    THIMBLE_TRY(ops::check_reach(d.input, d.kernel, d.dilation));
    if (auto_pad == "NOTSET") {
      d.before = static_cast<int32_t>(pads[i]);
      d.after = static_cast<int32_t>(pads[count + i]);
    } else if (is_same) {
      set_same_padding(auto_pad == "SAME_LOWER", d);
    }
  }
  return window;
}

Result<> fit_window(const OnnxNode& node, SlidingWindow& window) {
  THIMBLE_ASSIGN(const int64_t rounds_up, node.get_int("ceil_mode", 0));
  THIMBLE_TRY(set_output(rounds_up != 0, window.h));
  return set_output(rounds_up != 0, window.w);
}

Result<Value> image_operand(Converter& converter, const OnnxNode& node, Value value) {
  const size_t rank = value.shape.size();
  if (rank != 3 && rank != 4)
    return fail(ErrorCode::kUnsupported, "an input of {} dimensions is not supported, only 3 or 4",
                rank);
  if (rank == 4) return value;
  ir::Shape shape = value.shape;
  shape.insert(shape.begin() + 2, 1);
  return converter.with_shape(node, std::move(value), std::move(shape));
}

Result<Value> image_result(Converter& converter, const OnnxNode& node, ir::TensorId id,
                           size_t rank) {
  const ir::Shape& lying = converter.graph().tensor(id).shape;
  const ir::Shape shape{lying[0], lying[3], lying[1], lying[2]};
  Value value = Converter::value_of(id, shape, channels_last(4));
  if (rank == 3) {
    THIMBLE_ASSIGN(value,
                   converter.with_shape(node, std::move(value), {shape[0], shape[1], shape[3]}));
  }
  value.is_image = true;
  return value;
}

bool is_same_padding(const SlidingWindow& window) {
  return std::ranges::all_of(std::array{window.h, window.w}, [](const WindowDimension& d) {
    const ops::WindowAxis same =
        ops::window_axis(ops::Padding::kSame, d.input, d.kernel, d.stride, d.dilation);
    return same.output == d.output && same.pad_before == d.before && d.overhang == 0;
  });
}

bool has_padding(const SlidingWindow& window) {
  return std::ranges::any_of(std::array{window.h, window.w}, [](const WindowDimension& d) {
    return d.before > 0 || d.after > 0 || d.overhang > 0;
  });
}

Result<ir::TensorId> add_border(Converter& converter, const OnnxNode& node, ir::TensorId id,
                                const SlidingWindow& window, std::optional<float> number) {
  return add_pad(converter, node, id,
                 {0, 0, window.h.before, window.h.after + window.h.overhang, window.w.before,
                  window.w.after + window.w.overhang, 0, 0},
                 number);
}

ir::Attributes window_attributes(const SlidingWindow& window, bool is_same,
                                 const std::string& activation) {
  return {{"padding", std::string(is_same ? "same" : "valid")},
          {"stride_h", int64_t{window.h.stride}},
          {"stride_w", int64_t{window.w.stride}},
          {"activation", activation}};
}

}  // namespace thimble::frontend
