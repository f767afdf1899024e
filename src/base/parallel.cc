#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace thimble::base {

void for_each_index(size_t count, size_t threads, const std::function<void(size_t)>& work) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  std::atomic<size_t> next = 0;
  std::exception_ptr failure;
  std::mutex failure_mutex;
  {
    std::vector<std::jthread> workers;
    for (size_t t = 0; t < std::min(threads, count); ++t)
      workers.emplace_back([&] {
        try {
          for (size_t i = next++; i < count; i = next++) work(i);
        } catch (...) {
          next = count;
          const std::lock_guard lock(failure_mutex);
          failure = std::current_exception();
        }
      });
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace thimble::base
