// The papers' networks, layer by layer: exact multiply-accumulates and the estimate c_e of Heim
// 2021, appendix A, equations 2 (dense) and 4 (convolution), with the real output size of each
// layer.
#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

struct Totals {
  uint64_t maccs = 0;
  double paper_maccs = 0;

  void add(const Cost& cost) {
    maccs += cost.maccs;
    paper_maccs += cost.paper_maccs;
  }
};

std::vector<float> zeros(const ir::Shape& shape) {
  return std::vector<float>(static_cast<size_t>(ir::element_count(shape)));
}

Cost conv(int32_t size, int32_t in_c, int32_t out_c, int32_t filter, int32_t stride,
          const std::string& padding) {
  OneOp op("CONV_2D", {{"padding", padding},
                       {"stride_h", stride},
                       {"stride_w", stride},
                       {"dilation_h", 1},
                       {"dilation_w", 1},
                       {"activation", "relu"}});
  const ir::Shape input = {1, size, size, in_c}, weights = {out_c, filter, filter, in_c};
  op.input<float>(input, zeros(input)).constant<float>(weights, zeros(weights)).output<float>();
  return op.cost();
}

Cost dense(int32_t in, int32_t out) {
  OneOp op("FULLY_CONNECTED", {{"activation", "none"}, {"keep_num_dims", 0}});
  op.input<float>({1, in}, zeros({in})).constant<float>({out, in}, zeros({out, in}));
  return op.output<float>().cost();
}

TEST(MacCost, LeNet) {
  Totals totals;
  totals.add(conv(32, 1, 6, 3, 1, "valid"));
  totals.add(conv(15, 6, 16, 3, 1, "valid"));
  totals.add(dense(6 * 6 * 16, 120));
  totals.add(dense(120, 84));
  totals.add(dense(84, 10));
  EXPECT_EQ(totals.maccs, 274'656u);
  EXPECT_EQ(totals.paper_maccs, 296'494);
}

TEST(MacCost, ResNet20) {
  Totals totals;
  totals.add(conv(32, 3, 16, 3, 1, "same"));
  int32_t size = 32, in_c = 16;
  for (int32_t out_c : {16, 32, 64})
    for (int block = 0; block < 3; ++block) {
      const int32_t stride = out_c != in_c ? 2 : 1;
      totals.add(conv(size, in_c, out_c, 3, stride, "same"));
      if (stride == 2) totals.add(conv(size, in_c, out_c, 1, stride, "same"));  // the shortcut
      size /= stride;
      totals.add(conv(size, out_c, out_c, 3, 1, "same"));
      in_c = out_c;
    }
  totals.add(dense(64, 10));
  EXPECT_EQ(totals.maccs, 40'813'184u);
  EXPECT_EQ(totals.paper_maccs, 45'580'938);
}

}  // namespace
}  // namespace thimble::ops
