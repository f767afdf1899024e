// Bounds what an import may copy.
//
// In a FlatBuffer many places can refer to the same bytes, so a small hostile file can describe
// gigabytes. An honest file refers to its bytes about once: everything copied out of it together
// must stay below a small multiple of its size.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace thimble::frontend {

class Budget {
 public:
  explicit Budget(size_t file_bytes) : remaining_(4 * file_bytes + kSmallFileBytes) {}

  // Called before copying. Errors: kLimit.
  base::Result<> take(size_t bytes) {
    if (bytes > remaining_)
      return base::fail(base::ErrorCode::kLimit,
                        "the file uses the same bytes again and again; its contents are more than "
                        "four times its size");
    remaining_ -= bytes;
    return {};
  }

 private:
  static constexpr size_t kSmallFileBytes = size_t{1} << 16;
  size_t remaining_;
};

}  // namespace thimble::frontend
