#include "frontend/onnx/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thimble::frontend {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

const ir::Shape kImage{1, 3, 2, 2};  // NCHW

Layout image() {
  return Layout::ordered(kImage, channels_last(4));
}

TEST(Layout, OfAnImageHasItsChannelsLast) {
  EXPECT_THAT(image().order(kImage), Optional(ElementsAre(0, 2, 3, 1)));
  EXPECT_TRUE(image().lies_in(kImage, {0, 2, 3, 1}));
  EXPECT_FALSE(image().lies_in(kImage, {0, 1, 2, 3}));
}

TEST(Layout, DimensionsOfOneLieAnywhere) {
  const ir::Shape vector{1, 5, 1, 1};
  const Layout layout = Layout::row_major(vector);
  EXPECT_TRUE(layout.lies_in(vector, {0, 1, 2, 3}));
  EXPECT_TRUE(layout.lies_in(vector, {0, 2, 3, 1}));
}

TEST(Layout, TransposingBackLeavesTheElementsWhereTheyAre) {
  const Layout layout = image().transposed(kImage, {0, 2, 3, 1});
  EXPECT_TRUE(layout.lies_in({1, 2, 2, 3}, row_major(4)));
}

TEST(Layout, OfAFlattenedImageGivesTheColumns) {
  Layout layout = image();
  const ir::Shape flat{1, 12};
  ASSERT_TRUE(layout.split(flat));
  EXPECT_EQ(layout.order(flat), std::nullopt);
  // The first pixel's three channels, which ONNX counts 4 apart, then the next pixel's.
  EXPECT_THAT(layout.columns(flat), Optional(ElementsAre(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11)));
}

TEST(Layout, OfRowsThatLieBesideEachOtherHasNoColumns) {
  const ir::Shape matrix{2, 3};
  EXPECT_EQ(Layout::ordered(matrix, {1, 0}).columns(matrix), std::nullopt);
}

TEST(Layout, SplitsADimensionWhereverItLies) {
  Layout layout = Layout::ordered({1, 6, 2, 2}, channels_last(4));
  const ir::Shape groups{1, 2, 3, 2, 2};
  ASSERT_TRUE(layout.split(groups));
  EXPECT_TRUE(layout.lies_in(groups, {0, 3, 4, 1, 2}));
}

TEST(Layout, RefusesToCutThroughAFactor) {
  Layout layout = Layout::ordered({4, 6}, {1, 0});
  EXPECT_FALSE(layout.split({3, 8}));
}

TEST(Layout, CopyMovesNeighboursTogether) {
  const Layout::Copy copy = image().copy(kImage, row_major(4));
  EXPECT_THAT(copy.shape, ElementsAre(4, 3));  // height and width are one
  EXPECT_THAT(copy.permutation, ElementsAre(1, 0));
}

}  // namespace
}  // namespace thimble::frontend
