#include "measure/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace thimble::measure {
namespace {

template <typename T>
base::Bytes bytes_of(std::initializer_list<T> values) {
  base::Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

ir::Graph graph_with_output(ir::DataType type, int32_t elements) {
  ir::Graph graph;
  ir::Tensor tensor;
  tensor.name = "out";
  tensor.type = type;
  tensor.shape = {elements};
  graph.outputs = {graph.add_tensor(tensor)};
  return graph;
}

TEST(CompareOutputs, IntegersMustBeEqual) {
  ir::Graph graph = graph_with_output(ir::DataType::kInt8, 3);
  std::vector<base::Bytes> host = {bytes_of<int8_t>({1, -2, 3})};
  EXPECT_TRUE(compare_outputs(graph, host, host).match);
  std::vector<base::Bytes> board = {bytes_of<int8_t>({1, -2, 4})};
  OutputCheck check = compare_outputs(graph, board, host);
  EXPECT_FALSE(check.match);
  EXPECT_TRUE(check.exact);
  EXPECT_EQ(check.largest_difference, 1);
  EXPECT_EQ(check.first_difference, "output 0 (out), element 2: board 4, host 3");
}

TEST(CompareOutputs, FloatsHaveATolerance) {
  ir::Graph graph = graph_with_output(ir::DataType::kFloat32, 2);
  std::vector<base::Bytes> host = {bytes_of<float>({100.0f, 1.0f})};
  std::vector<base::Bytes> near = {bytes_of<float>({100.0f, 1.0009f})};
  std::vector<base::Bytes> far = {bytes_of<float>({100.0f, 1.0012f})};
  EXPECT_TRUE(compare_outputs(graph, near, host).match);
  EXPECT_FALSE(compare_outputs(graph, far, host).match);
}

TEST(CompareOutputs, AnInfiniteOutputDoesNotWidenTheTolerance) {
  ir::Graph graph = graph_with_output(ir::DataType::kFloat32, 2);
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<base::Bytes> host = {bytes_of<float>({inf, 1.0f})};
  std::vector<base::Bytes> board = {bytes_of<float>({inf, 5.0f})};
  EXPECT_TRUE(compare_outputs(graph, host, host).match);
  EXPECT_FALSE(compare_outputs(graph, board, host).match);
}

TEST(CompareOutputs, LargeInt64MustBeEqualToTheBit) {
  ir::Graph graph = graph_with_output(ir::DataType::kInt64, 1);
  std::vector<base::Bytes> host = {bytes_of<int64_t>({(int64_t{1} << 60) + 1})};
  std::vector<base::Bytes> board = {bytes_of<int64_t>({int64_t{1} << 60})};
  EXPECT_FALSE(compare_outputs(graph, board, host).match);
}

TEST(CompareOutputs, NotANumberNeverMatches) {
  ir::Graph graph = graph_with_output(ir::DataType::kFloat32, 1);
  std::vector<base::Bytes> host = {bytes_of<float>({1.0f})};
  std::vector<base::Bytes> nan = {bytes_of<float>({std::nanf("")})};
  EXPECT_FALSE(compare_outputs(graph, nan, host).match);
  EXPECT_FALSE(compare_outputs(graph, nan, nan).match);
}

}  // namespace
}  // namespace thimble::measure
