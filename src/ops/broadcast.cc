#include "ops/broadcast.h"

#include <algorithm>

#include "base/check.h"

namespace thimble::ops {
namespace {

// Element strides of a shape that is aligned to the right of `rank` dimensions; 0 where it repeats.
std::vector<int32_t> aligned_strides(const ir::Shape& shape, size_t rank) {
  std::vector<int32_t> strides(rank, 0);
  int64_t stride = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    const int32_t extent = shape[shape.size() - 1 - i];
    if (extent != 1) strides[rank - 1 - i] = static_cast<int32_t>(stride);
    stride *= extent;
  }
  return strides;
}

int32_t aligned_extent(const ir::Shape& shape, size_t rank, size_t dimension) {
  const size_t missing = rank - shape.size();
  return dimension < missing ? 1 : shape[dimension - missing];
}

}  // namespace

base::Result<Broadcast> Broadcast::of(const ir::Shape& a, const ir::Shape& b) {
  const size_t rank = std::max(a.size(), b.size());
  CHECK(rank <= kMaxDimensions, "{} dimensions", rank);
  Broadcast result;
  result.extents.fill(1);
  result.a_strides.fill(0);
  result.b_strides.fill(0);
  for (size_t d = 0; d < rank; ++d) {
    const int32_t a_extent = aligned_extent(a, rank, d), b_extent = aligned_extent(b, rank, d);
    if (a_extent != b_extent && a_extent != 1 && b_extent != 1)
      return base::fail(base::ErrorCode::kMalformed, "shapes {} and {} cannot be combined",
                        ir::shape_text(a), ir::shape_text(b));
    result.output.push_back(std::max(a_extent, b_extent));
  }

  const std::vector<int32_t> a_strides = aligned_strides(a, rank);
  const std::vector<int32_t> b_strides = aligned_strides(b, rank);
  size_t loop = kMaxDimensions;  // the outermost loop in use
  for (size_t d = rank; d-- > 0;) {
    const int32_t extent = result.output[d];
    if (extent == 1) continue;
    if (loop < kMaxDimensions) {
      int32_t& inner = result.extents[loop];
      if (a_strides[d] == result.a_strides[loop] * inner &&
          b_strides[d] == result.b_strides[loop] * inner) {
        inner *= extent;
        continue;
      }
    }
    --loop;
    result.extents[loop] = extent;
    result.a_strides[loop] = a_strides[d];
    result.b_strides[loop] = b_strides[d];
  }
  return result;
}

}  // namespace thimble::ops
