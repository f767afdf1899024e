// What several points of a sweep need is made once and kept in the work folder's cache/, named by
// all that it depends on: ID.tflite, a network; ID.json, what the command printed; ID.lock, held
// while it is made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "sweep/point.h"

namespace thimble::sweep {

// Empty: the point needs no such thing.
struct CacheIds {
  std::string made;      // the network out of `thimble zoo`
  std::string smaller;   // out of `thimble optimize`
  std::string accuracy;  // what `thimble eval` says
};

CacheIds cache_ids(const Point& point);

struct PruneSummary {
  size_t removed_files = 0, kept_files = 0;
  uintmax_t removed_bytes = 0, kept_bytes = 0;
};

// Removes from the cache beside `store` what none of the points needs. Errors: kIo, also while a
// sweep uses the folder; then nothing is removed.
base::Result<PruneSummary> prune_cache(const std::vector<Point>& points,
                                       const std::filesystem::path& store);

}  // namespace thimble::sweep
