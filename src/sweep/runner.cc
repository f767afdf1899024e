#include "sweep/runner.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "base/files.h"
#include "base/interrupt.h"
#include "sweep/slurm.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using base::Result;
using Clock = std::chrono::steady_clock;

constexpr auto kProgressInterval = std::chrono::milliseconds(200);
constexpr auto kVisibleAfter = std::chrono::seconds(60);

std::vector<const Point*> missing(const std::vector<Point>& points,
                                  const std::unordered_map<std::string, bool>& known,
                                  bool retry_failed) {
  std::vector<const Point*> wanted;
  for (const Point& point : points) {
    const auto found = known.find(point.key());
    if (found == known.end() || (retry_failed && !found->second)) wanted.push_back(&point);
  }
  return wanted;
}

// What cannot be read is a failure of the point, not of the sweep.
Result<store::Record> record_of(const Point& point, std::string_view result) {
  auto record = read_result(point, result);
  if (record) return record;
  return read_result(point, failed_result(point, base::error_code_name(record.error().code),
                                          record.error().message));
}

// Takes results into the store and counts them. Called by one thread at a time.
class Intake {
 public:
  Intake(store::Store& store, const RunOptions& options) : store_(store), options_(options) {}

  Result<> take(const store::Record& record) {
    THIMBLE_TRY(store_.add(record));
    ++(record.run.ok ? ok : failed);
    if (options_.on_finished) options_.on_finished(record.run);
    return {};
  }

  // Counts what another sweep into this store has taken, which removed the file.
  Result<bool> taken_elsewhere(const Point& point) {
    THIMBLE_ASSIGN(const auto known, store_.keys());
    const auto found = known.find(point.key());
    if (found == known.end() || (!found->second && options_.retry_failed)) return false;
    ++(found->second ? ok : failed);
    return true;
  }

  void show(size_t total) const {
    if (!options_.on_progress) return;
    options_.on_progress({ok + failed, total, failed, seconds()});
  }

  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  size_t ok = 0, failed = 0;

 private:
  store::Store& store_;
  const RunOptions& options_;
  Clock::time_point start_ = Clock::now();
};

fs::path result_file(const WorkFolder& work, const Point& point) {
  return work.results() / (point.key() + ".json");
}

// The result of a point that ran elsewhere, once it is complete. A file that is no result is
// removed: the point then counts as not run.
Result<bool> take_file(const fs::path& file, const Point& point, Intake& intake) {
  auto text = base::read_text_file(file);
  if (!text && text.error().code == base::ErrorCode::kNotFound) return false;
  if (!text) return base::fail(text.error());
  const auto record = read_result(point, *text);
  if (record) THIMBLE_TRY(intake.take(*record));
  std::error_code ignored;
  fs::remove(file, ignored);
  return record.has_value();
}

Result<> run_here(const std::vector<const Point*>& points, const WorkFolder& work,
                  const RunOptions& options, Intake& intake) {
  const unsigned processors = std::max(1u, std::thread::hardware_concurrency());
  const unsigned jobs = options.jobs ? options.jobs : processors;
  ExecuteOptions execute = options.execute;
  execute.eval_threads = std::max(1u, processors / jobs);
  THIMBLE_ASSIGN(execute.failures, create_unique_folder(work.temporary()));
  base::remember_directory(execute.failures);
  std::mutex mutex;  // guards the intake and what follows
  size_t next = 0, running = 0;
  Result<> outcome;
  const auto work_off = [&] {
    for (;;) {
      const Point* point = nullptr;
      {
        std::lock_guard lock(mutex);
        if (next == points.size() || !outcome) {
          --running;
          return;
        }
        point = points[next++];
      }
      const auto record = record_of(*point, execute_point(*point, work, execute));
      std::lock_guard lock(mutex);
      if (auto taken = record ? intake.take(*record) : Result<>(base::fail(record.error())); !taken)
        outcome = taken;
    }
  };
  std::vector<std::jthread> workers;
  running = std::min<size_t>(jobs, points.size());
  for (size_t i = running; i > 0; --i) workers.emplace_back(work_off);
  for (;;) {
    {
      std::lock_guard lock(mutex);
      intake.show(points.size());
      if (running == 0) break;
    }
    std::this_thread::sleep_for(kProgressInterval);
  }
  std::error_code ignored;
  fs::remove_all(execute.failures, ignored);
  base::forget_directory(execute.failures);
  return outcome;
}

Result<> run_on_slurm(const std::vector<const Point*>& points, const WorkFolder& work,
                      const RunOptions& options, Intake& intake) {
  THIMBLE_ASSIGN(SlurmJobs jobs, SlurmJobs::submit(points, work, options));
  std::vector<const Point*> waiting = points;
  std::optional<Clock::time_point> ended_at;
  for (;;) {
    // Asked before the files are looked for: what has ended by now has written its file.
    if (!ended_at) {
      THIMBLE_ASSIGN(const bool ended, jobs.ended());
      if (ended) ended_at = Clock::now();
    }
    std::vector<const Point*> still_waiting;
    for (const Point* point : waiting) {
      THIMBLE_ASSIGN(const bool taken, take_file(result_file(work, *point), *point, intake));
      if (!taken) still_waiting.push_back(point);
    }
    waiting = std::move(still_waiting);
    intake.show(points.size());
    // A network file system may show another machine's file only later.
    if (ended_at && (waiting.empty() || Clock::now() - *ended_at > kVisibleAfter)) break;
    std::this_thread::sleep_for(kProgressInterval);
  }
  for (const Point* point : waiting) {
    THIMBLE_ASSIGN(const bool taken, intake.taken_elsewhere(*point));
    if (taken) continue;
    THIMBLE_ASSIGN(const store::Record record,
                   read_result(*point, failed_result(*point, "crash", jobs.say_why(*point))));
    THIMBLE_TRY(intake.take(record));
  }
  return {};
}

}  // namespace

Result<std::vector<const Point*>> missing_points(const std::vector<Point>& points,
                                                 const fs::path& store, bool retry_failed) {
  std::error_code ignored;
  if (!fs::exists(store, ignored)) return missing(points, {}, retry_failed);
  THIMBLE_ASSIGN(const store::Store opened, store::Store::open(store));
  THIMBLE_ASSIGN(const auto known, opened.keys());
  return missing(points, known, retry_failed);
}

Result<Summary> run_points(const std::vector<Point>& points, const RunOptions& options) {
  THIMBLE_ASSIGN(store::Store store, store::Store::open(options.store, true));
  THIMBLE_ASSIGN(const WorkFolder work, WorkFolder::open(options.store, true));
  // Without Slurm they hinder nobody: the next sweep that has it cancels them.
  const auto cancelled = cancel_abandoned_jobs(work);
  if (!cancelled && options.slurm) return base::fail(cancelled.error());
  Intake before(store, options);
  for (const Point& point : points) THIMBLE_TRY(take_file(result_file(work, point), point, before));

  THIMBLE_ASSIGN(const auto known, store.keys());
  const std::vector<const Point*> wanted = missing(points, known, options.retry_failed);
  Summary summary;
  summary.points = points.size();
  for (const Point& point : points) {
    const auto found = known.find(point.key());
    if (found == known.end() || (options.retry_failed && !found->second)) continue;
    ++summary.known;
    if (!found->second) ++summary.known_failed;
  }
  Intake intake(store, options);
  if (!wanted.empty())
    THIMBLE_TRY(options.slurm ? run_on_slurm(wanted, work, options, intake)
                              : run_here(wanted, work, options, intake));
  summary.ok = intake.ok;
  summary.failed = intake.failed;
  summary.seconds = intake.seconds();
  return summary;
}

}  // namespace thimble::sweep
