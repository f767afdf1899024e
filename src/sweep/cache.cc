#include "sweep/cache.h"

#include <set>

#include "base/version.h"
#include "sweep/work_folder.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

std::string step_id(const std::string& command, const std::string& model, const Arguments& options,
                    const std::string& data) {
  std::vector<std::string> parts = {std::string(base::version()), command, model, data};
  parts.insert(parts.end(), options.begin(), options.end());
  return content_id(parts);
}

}  // namespace

CacheIds cache_ids(const Point& point) {
  CacheIds ids;
  std::string model = point.record.run.source_sha256;
  if (!point.zoo.empty()) model = ids.made = step_id("zoo", model, point.zoo, {});
  if (!point.optimize.empty())
    model = ids.smaller = step_id("optimize", model, point.optimize, point.calibration_id);
  if (!point.eval.empty()) ids.accuracy = step_id("eval", model, point.eval, point.data_id);
  return ids;
}

Result<PruneSummary> prune_cache(const std::vector<Point>& points, const fs::path& store) {
  PruneSummary summary;
  std::error_code error;
  if (!fs::exists(WorkFolder::path_of(store) / "cache", error)) return summary;
  THIMBLE_ASSIGN(const std::optional<WorkFolder> work, WorkFolder::open_alone(store));
  if (!work)
    return base::fail(
        base::Error(ErrorCode::kIo,
                    fmt::format("a sweep or its jobs are using {}: nothing was removed",
                                WorkFolder::path_of(store).string()),
                    "prune it when they have ended"));
  std::set<std::string> needed;
  for (const Point& point : points) {
    const CacheIds ids = cache_ids(point);
    needed.insert({ids.made, ids.smaller, ids.accuracy});
  }
  needed.erase("");
  std::vector<fs::directory_entry> entries;
  for (const auto& entry : fs::directory_iterator(work->cache(), error)) entries.push_back(entry);
  if (error)
    return base::fail(ErrorCode::kIo, "cannot read {}: {}", work->cache().string(),
                      error.message());
  for (const fs::directory_entry& entry : entries) {
    const std::string name = entry.path().filename().string();
    const uintmax_t bytes = entry.file_size(error);
    if (error) continue;  // nothing that Thimble has put there
    const bool keep = needed.contains(name.substr(0, name.find('.')));
    if (!keep && !fs::remove(entry.path(), error))
      return base::fail(ErrorCode::kIo, "cannot remove {}: {}", entry.path().string(),
                        error.message());
    ++(keep ? summary.kept_files : summary.removed_files);
    (keep ? summary.kept_bytes : summary.removed_bytes) += bytes;
  }
  return summary;
}

}  // namespace thimble::sweep
