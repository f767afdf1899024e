#include "zoo/networks/networks.h"

namespace thimble::zoo {
namespace {

// Table 1 of the paper: pointwise filters at width 1, and the stride of the depthwise convolution
// before them.
struct Separable {
  int32_t filters, stride;
};
constexpr Separable kLayers[] = {{64, 1},  {128, 2},  {128, 1}, {256, 2}, {256, 1},
                                 {512, 2}, {512, 1},  {512, 1}, {512, 1}, {512, 1},
                                 {512, 1}, {1024, 2}, {1024, 1}};

}  // namespace

ir::TensorId mobilenet_v1(Builder& b, double width, int32_t resolution) {
  auto scaled = [&](int32_t filters) { return static_cast<int32_t>(filters * width); };
  constexpr auto kActivation = ops::Activation::kRelu6;
  constexpr auto kBatchNorm = BatchNorm::kInsteadOfBias;

  ir::TensorId x = b.input({1, resolution, resolution, 3});
  x = b.conv(
      x, {.filters = scaled(32), .stride = 2, .activation = kActivation, .batch_norm = kBatchNorm});
  for (const Separable& layer : kLayers) {
    x = b.depthwise_conv(
        x, {.stride = layer.stride, .activation = kActivation, .batch_norm = kBatchNorm});
    x = b.conv(x, {.filters = scaled(layer.filters),
                   .kernel = 1,
                   .activation = kActivation,
                   .batch_norm = kBatchNorm});
  }
  x = b.average_pool(x, b.shape(x)[1], b.shape(x)[1]);
  x = b.flatten(x);
  x = b.dense(x, 1000, ops::Activation::kNone);
  return b.softmax(x);
}

}  // namespace thimble::zoo
