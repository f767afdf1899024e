#include <gmock/gmock.h>

#include "kernels/kernel_test_support.h"
#include "kernels/pad/kernel.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;
using enum ir::DataType;

template <typename T>
Members<PadParams<T>> members() {
  return {{"extents", &PadParams<T>::extents},
          {"before", &PadParams<T>::before},
          {"after", &PadParams<T>::after},
          {"value", &PadParams<T>::value}};
}

const KernelTable& pad_kernels() {
  static const KernelTable table = [] {
    KernelTable kernels;
#define KERNEL(name, T) kernels.add(#name, name, members<T>());
#include "kernels/pad/kernels.inc"
#undef KERNEL
    return kernels;
  }();
  return table;
}

ir::TensorId pad_value(GraphBuilder& builder, ir::DataType type,
                       const ir::Quantization& quantization) {
  switch (type) {
    case kInt8:
      return builder.constant(type, {1}, std::vector<int8_t>{-77}, quantization);
    case kInt16:
      return builder.constant(type, {}, std::vector<int16_t>{-7777}, quantization);
    case kInt32:
      return builder.constant(type, {}, std::vector<int32_t>{-777777}, quantization);
    default:
      return builder.constant(type, {}, std::vector<float>{-7.5f}, quantization);
  }
}

TEST(PadKernels, MatchTheHost) {
  constexpr ir::DataType kPaddedTypes[] = {kInt8, kInt16, kInt32, kFloat32};
  base::Random random(1);
  for (int i = 0; i < 160; ++i) {
    const ir::DataType type = kPaddedTypes[i % 4];
    const ir::Quantization quantization = random_quantization(random, type);
    GraphBuilder builder;
    const ir::Shape shape = random_shape(random, random.integer(1, 6), 3);
    std::vector<int32_t> paddings;
    for (size_t k = 0; k < 2 * shape.size(); ++k)
      paddings.push_back(random.integer(0, 1) == 0 ? 0
                                                   : static_cast<int32_t>(random.integer(1, 2)));
    std::vector<ir::TensorId> inputs = {
        builder.input(type, shape, quantization),
        builder.constant(kInt32, {static_cast<int32_t>(shape.size()), 2}, paddings)};
    const bool with_value = i % 8 >= 4;
    if (with_value) inputs.push_back(pad_value(builder, type, quantization));
    builder.node(with_value ? "PADV2" : "PAD", inputs, {}, type, quantization);
    expect_matches_host(builder.graph(), {random_inputs(builder.graph(), random)}, pad_kernels(),
                        0);
  }
  EXPECT_THAT(pad_kernels().never_called(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace thimble::kernels
