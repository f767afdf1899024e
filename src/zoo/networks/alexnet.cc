#include "zoo/networks/networks.h"

namespace thimble::zoo {

ir::TensorId alexnet(Builder& b, int32_t resolution) {
  using ops::Activation;
  ir::TensorId x = b.input({1, resolution, resolution, 3});
  x = b.conv(x, {.filters = 96, .kernel = 11, .stride = 4, .padding = ops::Padding::kValid});
  x = b.max_pool(x, 3, 2);
  x = b.conv(x, {.filters = 256, .kernel = 5});
  x = b.max_pool(x, 3, 2);
  for (int32_t filters : {384, 384, 256}) x = b.conv(x, {.filters = filters});
  x = b.max_pool(x, 3, 2);
  x = b.flatten(x);
  x = b.dense(x, 4096, Activation::kRelu);
  x = b.dense(x, 4096, Activation::kRelu);
  x = b.dense(x, 1000, Activation::kNone);
  return b.softmax(x);
}

}  // namespace thimble::zoo
