// The same work for many items on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace thimble::base {

// Calls `work(i)` once for each i below `count`, in order of i but on up to `threads` threads at
// once (0: as many as the machine has), and returns when all are done. When one throws (memory is
// short), those that have not begun are left out, and the caller gets the exception.
void for_each_index(size_t count, size_t threads, const std::function<void(size_t)>& work);

}  // namespace thimble::base
