#include "zoo/networks/networks.h"

namespace thimble::zoo {
namespace {

using ops::Activation;

ir::TensorId residual_block(Builder& b, ir::TensorId x, int32_t filters, int32_t stride) {
  ir::TensorId y =
      b.conv(x, {.filters = filters, .stride = stride, .batch_norm = BatchNorm::kBesideBias});
  y = b.conv(
      y,
      {.filters = filters, .activation = Activation::kNone, .batch_norm = BatchNorm::kBesideBias});
  ir::TensorId shortcut = x;
  if (stride != 1)
    shortcut = b.conv(
        x, {.filters = filters, .kernel = 1, .stride = stride, .activation = Activation::kNone});
  return b.add(shortcut, y, Activation::kRelu);
}

}  // namespace

ir::TensorId resnet20(Builder& b) {
  ir::TensorId x = b.input({1, 32, 32, 3});
  x = b.conv(x, {.filters = 16, .batch_norm = BatchNorm::kBesideBias});
  for (int32_t filters : {16, 32, 64})
    for (int block = 0; block < 3; ++block)
      x = residual_block(b, x, filters, filters != 16 && block == 0 ? 2 : 1);
  x = b.average_pool(x, 8, 8);
  x = b.flatten(x);
  x = b.dense(x, 10, Activation::kNone);
  return b.softmax(x);
}

}  // namespace thimble::zoo
