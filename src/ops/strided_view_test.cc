#include "ops/strided_view.h"

#include <numeric>

#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

std::vector<float> count_to(int64_t n) {
  std::vector<float> values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

OneOp transpose(ir::Shape shape, std::vector<int32_t> permutation) {
  OneOp op("TRANSPOSE");
  const int64_t count = ir::element_count(shape);
  op.input<float>(std::move(shape), count_to(count))
      .constant<int32_t>({static_cast<int32_t>(permutation.size())}, permutation)
      .output<float>();
  return op;
}

TEST(Transpose, ReordersDimensions) {
  EXPECT_THAT(transpose({2, 3}, {1, 0}).run<float>(), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_EQ(*transpose({2, 3, 4}, {2, 0, 1}).shape(), (ir::Shape{4, 2, 3}));
}

TEST(Transpose, NamesWhatIsNoPermutation) {
  EXPECT_THAT(transpose({2, 3}, {0, 0}).error(), HasSubstr("[0, 0] is not a permutation"));
  EXPECT_THAT(transpose({2, 3}, {0, 2}).error(), HasSubstr("is not a permutation"));
  EXPECT_THAT(transpose({2, 3}, {0}).error(), HasSubstr("of 2 dimensions"));
}

struct SliceCase {
  ir::Shape shape;
  std::vector<int32_t> begin, end, strides;
  int64_t begin_mask = 0, end_mask = 0, ellipsis_mask = 0, new_axis_mask = 0, shrink_axis_mask = 0;
};

OneOp slice(const SliceCase& c) {
  OneOp op("STRIDED_SLICE", {{"begin_mask", c.begin_mask},
                             {"end_mask", c.end_mask},
                             {"ellipsis_mask", c.ellipsis_mask},
                             {"new_axis_mask", c.new_axis_mask},
                             {"shrink_axis_mask", c.shrink_axis_mask}});
  auto indices = [&](const std::vector<int32_t>& values) {
    op.constant<int32_t>({static_cast<int32_t>(values.size())}, values);
  };
  op.input<float>(c.shape, count_to(ir::element_count(c.shape)));
  indices(c.begin);
  indices(c.end);
  indices(c.strides);
  op.output<float>();
  return op;
}

TEST(StridedSlice, TakesRangesWithSteps) {
  EXPECT_THAT(slice({{8}, {1}, {6}, {2}}).run<float>(), ElementsAre(1, 3, 5));
  EXPECT_THAT(slice({{8}, {-2}, {1}, {-3}}).run<float>(), ElementsAre(6, 3));
  EXPECT_THAT(slice({{8}, {-100}, {100}, {4}}).run<float>(), ElementsAre(0, 4));
  EXPECT_THAT(slice({{2, 3}, {0, 1}, {2, 3}, {1, 1}}).run<float>(), ElementsAre(1, 2, 4, 5));
}

TEST(StridedSlice, MasksReplaceTheEnds) {
  EXPECT_THAT(
      slice({.shape = {4}, .begin = {2}, .end = {3}, .strides = {1}, .begin_mask = 1}).run<float>(),
      ElementsAre(0, 1, 2));
  EXPECT_THAT(
      slice({.shape = {4}, .begin = {2}, .end = {1}, .strides = {-1}, .end_mask = 1}).run<float>(),
      ElementsAre(2, 1, 0));
}

TEST(StridedSlice, DropsAddsAndSkipsDimensions) {
  OneOp dropped = slice(
      {.shape = {2, 3}, .begin = {-1, 0}, .end = {0, 3}, .strides = {1, 1}, .shrink_axis_mask = 1});
  EXPECT_EQ(*dropped.shape(), (ir::Shape{3}));
  EXPECT_THAT(dropped.run<float>(), ElementsAre(3, 4, 5));
  OneOp mixed = slice({.shape = {2, 3, 2},
                       .begin = {0, 0, 1},
                       .end = {0, 0, 2},
                       .strides = {1, 1, 1},
                       .ellipsis_mask = 1,
                       .new_axis_mask = 2});
  EXPECT_EQ(*mixed.shape(), (ir::Shape{2, 3, 1, 1}));
  EXPECT_THAT(mixed.run<float>(), ElementsAre(1, 3, 5, 7, 9, 11));
  EXPECT_EQ(*slice({{2, 3}, {1}, {2}, {1}}).shape(), (ir::Shape{1, 3}));
}

TEST(StridedSlice, NamesWhatItDoesNotSupport) {
  EXPECT_THAT(slice({{4}, {2}, {2}, {1}}).error(),
              HasSubstr("a slice of a dimension of 4 is empty"));
  EXPECT_THAT(slice({{4}, {2}, {3}, {0}}).error(), HasSubstr("a stride is 0"));
  EXPECT_THAT(slice({{4}, {0, 0}, {1, 1}, {1, 1}}).error(), HasSubstr("more entries than the 1"));
  EXPECT_THAT(slice({{4}, {0}, {1, 1}, {1}}).error(), HasSubstr("have 1, 2 and 1 entries"));
  EXPECT_THAT(slice({.shape = {4}, .begin = {7}, .end = {8}, .strides = {1}, .shrink_axis_mask = 1})
                  .error(),
              HasSubstr("is empty"));
}

}  // namespace
}  // namespace thimble::ops
