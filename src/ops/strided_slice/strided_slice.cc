// STRIDED_SLICE: a range with a step along each dimension, as in numpy's x[begin:end:stride].
//
// inputs: data, begin, end, strides as constants; attributes: begin_mask, end_mask, ellipsis_mask,
// new_axis_mask, shrink_axis_mask. Bit i of a mask belongs to entry i of the constants: the range
// starts or ends where the dimension does; the entry stands for all dimensions that have none; it
// adds a dimension of 1; it picks one index and drops the dimension.
#include <algorithm>

#include "ops/checks.h"
#include "ops/index_constant.h"
#include "ops/op.h"
#include "ops/strided_view.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::Graph;
using ir::Node;

struct Slice {
  StridedView view;  // one dimension per input dimension
  ir::Shape output;  // with new dimensions, without the dropped ones
};

// One entry of the constants.
struct Range {
  int64_t begin = 0, end = 0, stride = 1;
  bool from_start = true, to_end = true, drop = false;
};

struct ResolvedRange {
  int64_t begin, count;
};

// Negative positions count from the end; positions beyond the dimension are moved into it.
Result<ResolvedRange> resolve(const Range& range, int64_t extent) {
  const bool forward = range.stride > 0;
  const int64_t low = forward ? 0 : -1, high = forward ? extent : extent - 1;
  auto clamp = [&](int64_t position) {
    return std::clamp(position < 0 ? position + extent : position, low, high);
  };
  int64_t begin = forward ? 0 : extent - 1;
  if (!range.from_start) begin = clamp(range.begin);
  int64_t end = forward ? extent : -1;
  if (!range.to_end) end = clamp(range.end);
  if (range.drop) end = begin + (forward ? 1 : -1);
  const int64_t distance = forward ? end - begin : begin - end;
  const int64_t step = forward ? range.stride : -range.stride;
  if (distance <= 0 || begin < 0 || begin >= extent)
    return fail(ErrorCode::kUnsupported, "a slice of a dimension of {} is empty", extent);
  return ResolvedRange{begin, (distance + step - 1) / step};
}

class SliceReader {
 public:
  static Result<Slice> read(const Graph& graph, const Node& node) {
    SliceReader reader(graph.input(node, 0)->shape);
    THIMBLE_TRY(reader.read_operands(graph, node));
    THIMBLE_TRY(reader.walk());
    return std::move(reader.slice_);
  }

 private:
  explicit SliceReader(const ir::Shape& shape) : shape_(shape), strides_(element_strides(shape)) {}

  Result<> read_operands(const Graph& graph, const Node& node) {
    THIMBLE_ASSIGN(begin_, read_index_constant(*graph.input(node, 1), "begin"));
    THIMBLE_ASSIGN(end_, read_index_constant(*graph.input(node, 2), "end"));
    THIMBLE_ASSIGN(steps_, read_index_constant(*graph.input(node, 3), "strides"));
    if (end_.size() != begin_.size() || steps_.size() != begin_.size())
      return fail(ErrorCode::kMalformed, "begin, end and strides have {}, {} and {} entries",
                  begin_.size(), end_.size(), steps_.size());
    constexpr size_t kMaxEntries = 31;  // bits of a mask
    if (begin_.size() > kMaxEntries)
      return fail(ErrorCode::kMalformed, "begin has {} entries", begin_.size());
    for (int64_t step : steps_)
      if (step == 0 || step < INT32_MIN || step > INT32_MAX)
        return fail(ErrorCode::kMalformed, "a stride is {}", step);
    THIMBLE_ASSIGN(begin_mask_, node.attributes.get_int("begin_mask"));
    THIMBLE_ASSIGN(end_mask_, node.attributes.get_int("end_mask"));
    THIMBLE_ASSIGN(ellipsis_mask_, node.attributes.get_int("ellipsis_mask"));
    THIMBLE_ASSIGN(new_axis_mask_, node.attributes.get_int("new_axis_mask"));
    THIMBLE_ASSIGN(shrink_axis_mask_, node.attributes.get_int("shrink_axis_mask"));
    return {};
  }

  Result<> walk() {
    bool had_ellipsis = false;
    for (size_t i = 0; i < begin_.size(); ++i) {
      if (bit(ellipsis_mask_, i)) {
        if (had_ellipsis) return fail(ErrorCode::kMalformed, "two entries are an ellipsis");
        had_ellipsis = true;
        // All dimensions but those that later entries take.
        size_t later = 0;
        for (size_t j = i + 1; j < begin_.size(); ++j) later += bit(new_axis_mask_, j) ? 0 : 1;
        while (shape_.size() - slice_.view.extents.size() > later) THIMBLE_TRY(take({}));
      } else if (bit(new_axis_mask_, i)) {
        slice_.output.push_back(1);
      } else {
        THIMBLE_TRY(take({begin_[i], end_[i], steps_[i], bit(begin_mask_, i), bit(end_mask_, i),
                          bit(shrink_axis_mask_, i)}));
      }
    }
    while (slice_.view.extents.size() < shape_.size()) THIMBLE_TRY(take({}));
    return {};
  }

  static bool bit(int64_t mask, size_t i) { return ((mask >> i) & 1) != 0; }

  // Applies a range to the next input dimension.
  Result<> take(const Range& range) {
    const size_t dimension = slice_.view.extents.size();
    if (dimension == shape_.size())
      return fail(ErrorCode::kMalformed, "there are more entries than the {} dimensions",
                  shape_.size());
    THIMBLE_ASSIGN(const ResolvedRange resolved, resolve(range, shape_[dimension]));
    slice_.view.offset += resolved.begin * strides_[dimension];
    slice_.view.extents.push_back(static_cast<int32_t>(resolved.count));
    // A step is not taken when there is one element, and may then be anything.
    slice_.view.strides.push_back(resolved.count == 1 ? 0 : range.stride * strides_[dimension]);
    if (!range.drop) slice_.output.push_back(static_cast<int32_t>(resolved.count));
    return {};
  }

  const ir::Shape& shape_;
  std::vector<int64_t> strides_;
  std::vector<int64_t> begin_, end_, steps_;
  int64_t begin_mask_ = 0, end_mask_ = 0, ellipsis_mask_ = 0, new_axis_mask_ = 0,
          shrink_axis_mask_ = 0;
  Slice slice_;
};

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 4, 4));
  THIMBLE_TRY(check_copied_type(*graph.input(node, 0), graph.output(node)));
  THIMBLE_TRY(SliceReader::read(graph, node));
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  THIMBLE_ASSIGN(Slice slice, SliceReader::read(graph, node));
  return std::vector<ir::Shape>{std::move(slice.output)};
}

Cost cost(const Graph&, const Node&) {
  return {};
}

Result<> execute(const ExecContext& context) {
  THIMBLE_ASSIGN(const Slice slice, SliceReader::read(context.graph, context.node));
  execute_view(context, slice.view);
  return {};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget&) {
  THIMBLE_ASSIGN(const Slice slice, SliceReader::read(graph, node));
  return lower_view(graph, node, slice.view);
}

}  // namespace

extern const OpInfo k_strided_slice{"STRIDED_SLICE", verify, infer_shapes, cost,
                                    execute,         lower,  kSharedScale};

}  // namespace thimble::ops
