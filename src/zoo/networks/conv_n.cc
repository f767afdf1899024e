#include "zoo/networks/networks.h"

namespace thimble::zoo {

ir::TensorId conv_n(Builder& b, int32_t filters, int32_t size, int32_t channels) {
  ir::TensorId x = b.input({1, size, size, channels});
  for (int block = 0; block < 2; ++block) {
    x = b.conv(x, {.filters = filters, .padding = ops::Padding::kValid});
    x = b.max_pool(x, 2, 2);
  }
  x = b.flatten(x);
  x = b.dense(x, 10, ops::Activation::kNone);
  return b.softmax(x);
}

}  // namespace thimble::zoo
