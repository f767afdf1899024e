#include "zoo/networks/networks.h"

namespace thimble::zoo {

ir::TensorId lenet(Builder& b) {
  using ops::Activation;
  ir::TensorId x = b.input({1, 32, 32, 1});
  for (int32_t filters : {6, 16}) {
    x = b.conv(x, {.filters = filters, .padding = ops::Padding::kValid});
    x = b.average_pool(x, 2, 2);
  }
  x = b.flatten(x);
  x = b.dense(x, 120, Activation::kRelu);
  x = b.dense(x, 84, Activation::kRelu);
  x = b.dense(x, 10, Activation::kNone);
  return b.softmax(x);
}

}  // namespace thimble::zoo
