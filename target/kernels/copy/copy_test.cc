#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "kernels/copy/kernel.h"
#include "kernels/kernel_test_support.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;
using enum ir::DataType;

constexpr ir::DataType kCopiedTypes[] = {kInt8, kInt16, kInt32, kFloat32};

#define MEMBER(name) \
  { #name, &Params::name }
template <typename Params>
Members<Params> members() {
  if constexpr (std::is_same_v<Params, StridedCopyParams>)
    return {MEMBER(offset), MEMBER(extents), MEMBER(strides)};
  else if constexpr (std::is_same_v<Params, WordCopyParams>)
    return {MEMBER(words)};
  else
    return {MEMBER(blocks), MEMBER(block), MEMBER(output_step), MEMBER(output_offset)};
}
#undef MEMBER

const KernelTable& copy_kernels() {
  static const KernelTable table = [] {
    KernelTable kernels;
#define KERNEL(name, Params, T) kernels.add(#name, name, members<Params>());
#include "kernels/copy/kernels.inc"
#undef KERNEL
    return kernels;
  }();
  return table;
}

ir::TensorId indices(GraphBuilder& builder, const std::vector<int32_t>& values) {
  return builder.constant(kInt32, {static_cast<int32_t>(values.size())}, values);
}

void compare(const ir::Graph& graph, base::Random& random) {
  expect_matches_host(graph, {random_inputs(graph, random)}, copy_kernels(), 0);
}

TEST(CopyKernels, TransposeMatchesTheHost) {
  base::Random random(1);
  for (int i = 0; i < 60; ++i) {
    const ir::DataType type = kCopiedTypes[i % 4];
    const ir::Quantization quantization = random_quantization(random, type);
    GraphBuilder builder;
    const ir::Shape shape = random_shape(random, random.integer(1, 6), 4);
    std::vector<int32_t> permutation(shape.size());
    std::iota(permutation.begin(), permutation.end(), 0);
    for (size_t k = permutation.size(); k > 1; --k)
      std::swap(permutation[k - 1],
                permutation[static_cast<size_t>(random.integer(0, static_cast<int64_t>(k) - 1))]);
    const ir::TensorId input = builder.input(type, shape, quantization);
    builder.node("TRANSPOSE", {input, indices(builder, permutation)}, {}, type, quantization);
    compare(builder.graph(), random);
  }
}

// Ranges that are never empty: the end is at least one step behind the begin.
TEST(CopyKernels, StridedSliceMatchesTheHost) {
  base::Random random(2);
  for (int i = 0; i < 120; ++i) {
    const ir::DataType type = kCopiedTypes[i % 4];
    const ir::Quantization quantization = random_quantization(random, type);
    const ir::Shape shape = random_shape(random, random.integer(1, 6), 5);
    std::vector<int32_t> begin, end, strides;
    for (int32_t extent : shape) {
      const auto low = static_cast<int32_t>(random.integer(0, extent - 1));
      const auto high = static_cast<int32_t>(random.integer(low, extent - 1));
      const bool backward = random.integer(0, 1) == 0;
      begin.push_back((backward ? high : low) - (random.integer(0, 1) == 0 ? extent : 0));
      // One before the first element has no other name than a position beyond.
      end.push_back(backward ? (low == 0 ? -extent - 1 : low - 1) : high + 1);
      strides.push_back(static_cast<int32_t>(random.integer(1, 3)) * (backward ? -1 : 1));
    }
    const int64_t all = (int64_t{1} << shape.size()) - 1;
    const bool plain = i % 2 == 0;
    GraphBuilder builder;
    const ir::TensorId input = builder.input(type, shape, quantization);
    builder.node("STRIDED_SLICE",
                 {input, indices(builder, begin), indices(builder, end), indices(builder, strides)},
                 {{"begin_mask", plain ? 0 : random.integer(0, all)},
                  {"end_mask", plain ? 0 : random.integer(0, all)},
                  {"ellipsis_mask", int64_t{0}},
                  {"new_axis_mask", int64_t{0}},
                  {"shrink_axis_mask", plain ? 0 : random.integer(0, all)}},
                 type, quantization);
    compare(builder.graph(), random);
  }
}

TEST(CopyKernels, ConcatenationMatchesTheHost) {
  base::Random random(3);
  for (int i = 0; i < 60; ++i) {
    const ir::DataType type = kCopiedTypes[i % 4];
    const ir::Quantization quantization = random_quantization(random, type);
    ir::Shape shape = random_shape(random, random.integer(1, 6), 4);
    const auto rank = static_cast<int64_t>(shape.size());
    const int64_t axis = random.integer(-rank, rank - 1);
    GraphBuilder builder;
    std::vector<ir::TensorId> inputs;
    for (int64_t n = random.integer(1, 4); n > 0; --n) {
      shape[static_cast<size_t>((axis + rank) % rank)] = static_cast<int32_t>(random.integer(1, 5));
      inputs.push_back(builder.input(type, shape, quantization));
    }
    if (i % 3 == 0) inputs.push_back(inputs[0]);
    builder.node("CONCATENATION", inputs, {{"axis", axis}, {"activation", "none"}}, type,
                 quantization);
    compare(builder.graph(), random);
  }
  EXPECT_THAT(copy_kernels().never_called(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace thimble::kernels
