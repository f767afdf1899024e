// Windows that slide over images and signals: what convolutions and poolings share.
#pragma once

#include <vector>

#include "base/result.h"
#include "frontend/onnx/converter.h"
#include "frontend/onnx/nodes.h"
#include "ops/window.h"

namespace thimble::frontend {

// One spatial dimension.
struct WindowDimension {
  int32_t input = 1, kernel = 1, stride = 1, dilation = 1;
  int32_t before = 0, after = 0;  // padding
  int32_t output = 1;
  int32_t overhang = 0;  // how far the last window reaches behind the padding (ceil_mode)

  int32_t reach() const { return (kernel - 1) * dilation + 1; }
};

// A signal is an image of height 1.
struct SlidingWindow {
  WindowDimension h, w;
};

// Reads strides, dilations and padding of a node. `input` and `kernel`: the spatial extents, one or
// two. Errors: kMalformed, kUnsupported.
base::Result<SlidingWindow> read_window(const OnnxNode& node, const ir::Shape& input,
                                        const std::vector<int64_t>& kernel);

// How often the window fits: sets outputs and overhangs. Errors: kMalformed (not once).
base::Result<> fit_window(const OnnxNode& node, SlidingWindow& window);

// The first input as an image [N, C, H, W]. A signal [N, C, L] becomes [N, C, 1, L].
base::Result<Value> image_operand(Converter& converter, const OnnxNode& node, Value value);

// The result [N, H, W, C] as an image, or as a signal if the input was one.
base::Result<Value> image_result(Converter& converter, const OnnxNode& node, ir::TensorId id,
                                 size_t rank);

// Whether padding "same" means the window's own padding.
bool is_same_padding(const SlidingWindow& window);
bool has_padding(const SlidingWindow& window);

// Border of the window around an NHWC tensor.
base::Result<ir::TensorId> add_border(Converter& converter, const OnnxNode& node, ir::TensorId id,
                                      const SlidingWindow& window,
                                      std::optional<float> number = {});

// padding, stride_h, stride_w.
ir::Attributes window_attributes(const SlidingWindow& window, bool is_same,
                                 const std::string& activation);

}  // namespace thimble::frontend
