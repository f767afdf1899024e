#include "zoo/networks/networks.h"

namespace thimble::zoo {
namespace {

struct Block {
  int32_t filters;
  int convolutions;
};
constexpr Block kBlocks[] = {{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}};

}  // namespace

ir::TensorId vgg16(Builder& b, int32_t resolution) {
  using ops::Activation;
  ir::TensorId x = b.input({1, resolution, resolution, 3});
  for (const Block& block : kBlocks) {
    for (int i = 0; i < block.convolutions; ++i) x = b.conv(x, {.filters = block.filters});
    x = b.max_pool(x, 2, 2);
  }
  x = b.flatten(x);
  x = b.dense(x, 4096, Activation::kRelu);
  x = b.dense(x, 4096, Activation::kRelu);
  x = b.dense(x, 1000, Activation::kNone);
  return b.softmax(x);
}

}  // namespace thimble::zoo
