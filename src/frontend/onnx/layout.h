// How the elements of a value lie in memory, when that is not the order in which ONNX counts them.
//
// The import never moves activations. It notes how they lie: ONNX's index of an element is a number
// of mixed radix whose digits are `factors`, outermost first; in memory the same digits count in
// another order. An NCHW image that lies as NHWC has the factors {C, H, W} and the memory order {1,
// 2, 0}. A dimension may consist of several factors: after a Flatten of that image the only
// dimension does. Dimensions of 1 are no factors.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/tensor.h"

namespace thimble::frontend {

// Dimensions of a shape in the order in which they lie in memory, outermost first.
using Order = std::vector<int32_t>;

Order row_major(size_t rank);
Order channels_last(size_t rank);  // {0, 2, 3, 1}
ir::Shape permuted(const ir::Shape& shape, const Order& order);

class Layout {
 public:
  // Elements as ONNX counts them; extents are positive.
  static Layout row_major(const ir::Shape& shape);
  // The dimensions of `shape` lie in `order`.
  static Layout ordered(const ir::Shape& shape, const Order& order);

  // Splits factors until every dimension of `shape`, which has as many elements, consists of whole
  // ones. False when that is impossible; every shape can be read from a row-major layout.
  bool split(const ir::Shape& shape);

  // For these, `shape` has been passed to split(), without success being in doubt.

  bool lies_in(const ir::Shape& shape, const Order& order) const;

  // The order in which the dimensions lie, if each lies in one piece. Channels last if possible.
  std::optional<Order> order(const ir::Shape& shape) const;

  // The layout after ONNX has transposed the value: its dimension i is `shape`'s dimension
  // permutation[i]. Nothing moves.
  Layout transposed(const ir::Shape& shape, const Order& permutation) const;

  // For each position in memory along the last dimension, which index of that dimension lies there;
  // nullopt when the other dimensions do not lie before it, as ONNX counts them.
  std::optional<std::vector<int32_t>> columns(const ir::Shape& shape) const;

  // A transposition that makes the dimensions lie in `order`.
  struct Copy {
    ir::Shape shape;  // the memory, as dimensions
    Order permutation;
  };
  Copy copy(const ir::Shape& shape, const Order& order) const;

 private:
  // The factors of each dimension.
  std::vector<std::vector<int32_t>> groups(const ir::Shape& shape) const;
  std::vector<int32_t> sequence(const ir::Shape& shape, const Order& order) const;

  std::vector<int32_t> factors_;
  std::vector<int32_t> memory_;  // indices of factors, outermost in memory first
};

}  // namespace thimble::frontend
