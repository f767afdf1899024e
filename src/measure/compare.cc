#include "measure/compare.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/check.h"

namespace thimble::measure {
namespace {

constexpr double kRelativeTolerance = 1e-5;
constexpr double kAbsoluteTolerance = 1e-7;

double element(ir::DataType type, const base::Bytes& bytes, size_t i) {
  auto read = [&](auto value) {
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    return static_cast<double>(value);
  };
  switch (type) {
    case ir::DataType::kFloat32:
      return read(float{});
    case ir::DataType::kInt8:
      return read(int8_t{});
    case ir::DataType::kUInt8:
    case ir::DataType::kBool:
      return read(uint8_t{});
    case ir::DataType::kInt16:
      return read(int16_t{});
    case ir::DataType::kFloat16:
      return read(uint16_t{});
    case ir::DataType::kInt32:
      return read(int32_t{});
    case ir::DataType::kInt64:
      return read(int64_t{});
  }
  CHECK(false, "type {}", static_cast<int>(type));
}

// Only finite outputs set the scale: an infinite one would let everything pass.
double float_tolerance(const ir::Tensor& tensor, const base::Bytes& host) {
  double largest = 0;
  for (size_t i = 0; i < static_cast<size_t>(tensor.elements()); ++i)
    if (double value = element(tensor.type, host, i); std::isfinite(value))
      largest = std::max(largest, std::fabs(value));
  return largest * kRelativeTolerance + kAbsoluteTolerance;
}

}  // namespace

OutputCheck compare_outputs(const ir::Graph& graph, std::span<const base::Bytes> board,
                            std::span<const base::Bytes> host) {
  OutputCheck check;
  for (size_t t = 0; t < graph.outputs.size(); ++t) {
    const ir::Tensor& tensor = graph.tensor(graph.outputs[t]);
    CHECK(board[t].size() == tensor.bytes() && host[t].size() == tensor.bytes());
    bool is_float = tensor.type == ir::DataType::kFloat32;
    auto count = static_cast<size_t>(tensor.elements());
    double tolerance = is_float ? float_tolerance(tensor, host[t]) : 0;
    if (is_float) check.exact = false;
    for (size_t i = 0; i < count; ++i) {
      double on_board = element(tensor.type, board[t], i),
             on_host = element(tensor.type, host[t], i);
      double difference = on_board == on_host ? 0 : std::fabs(on_board - on_host);
      if (std::isnan(difference)) difference = std::numeric_limits<double>::max();
      check.largest_difference = std::max(check.largest_difference, difference);
      if (difference > tolerance && check.first_difference.empty())
        check.first_difference = fmt::format("output {} ({}), element {}: board {}, host {}", t,
                                             tensor.name, i, on_board, on_host);
    }
    // As doubles, int64 values beyond 2^53 can look equal.
    if (!is_float && check.first_difference.empty() && board[t] != host[t])
      check.first_difference = fmt::format("output {} ({})", t, tensor.name);
  }
  check.match = check.first_difference.empty();
  return check;
}

}  // namespace thimble::measure
