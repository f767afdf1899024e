#include "sweep/slurm.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "base/files.h"
#include "base/interrupt.h"
#include "base/subprocess.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Result;
using Clock = std::chrono::steady_clock;

// Slurm's MaxArraySize is 1001 unless its administrator says otherwise.
constexpr size_t kMaxTasks = 1000;
constexpr auto kAskInterval = std::chrono::seconds(2);
constexpr int kMostUnanswered = 150;  // questions in a row: five minutes for Slurm to restart
constexpr std::string_view kKeys = ".keys", kScript = ".sh";

// $1: the file of keys, a line for each task; what follows is the command. In the script only what
// is the same for all sweeps: names of files need no quoting as arguments.
constexpr const char* kJobScript = R"(#!/bin/sh
keys=$1 results=$2
shift 2
key=$(sed -n "${SLURM_ARRAY_TASK_ID}p" "$keys") || exit 1
exec "$@" --point "$key" --result "$results/$key.json"
)";

// One array of the folder jobs/: NAME.keys and NAME.sh, and the file ID.job while Slurm has it.
struct Array {
  std::string id;
  fs::path record;  // jobs/ID.job
};

Result<std::string> call(const std::vector<std::string>& argv) {
  auto ended = base::run_process(argv, {}, std::chrono::seconds(60), base::StandardError::kApart);
  if (!ended && ended.error().code == ErrorCode::kNotFound)
    return base::fail(Error(ErrorCode::kNotFound, fmt::format("there is no {} here", argv[0]),
                            "--executor slurm needs Slurm's commands; on this machine alone: "
                            "--executor local"));
  if (!ended) return base::fail(ended.error());
  if (ended->exit_code != 0)
    return base::fail(ErrorCode::kToolFailed, "{} failed: {}", argv[0], ended->errors);
  return std::move(ended->output);
}

void cancel(const std::string& id) {
  (void)call({"scancel", id});  // nothing can be done about it; Slurm's time limits remain
}

}  // namespace

struct SlurmJobs::State {
  std::mutex mutex;  // of the arrays, which the thread that waits for Ctrl-C cancels
  std::vector<Array> arrays;
  std::atomic<bool> is_interrupted = false;
  int unanswered = 0;
  std::map<std::string, fs::path> logs;  // by key
  std::vector<fs::path> files;           // to be removed at the end
  bool all_ended = false;
  Clock::time_point ask_again = Clock::now();

  ~State() {
    if (!all_ended) cancel_all();
    std::error_code ignored;
    for (const Array& array : arrays) fs::remove(array.record, ignored);
    for (const fs::path& file : files) fs::remove(file, ignored);
  }
  void cancel_all() {
    const std::lock_guard lock(mutex);
    for (const Array& array : arrays) cancel(array.id);
  }

  // After the rest, so that it goes first.
  std::optional<base::OnInterrupt> on_interrupt;
};

SlurmJobs::SlurmJobs(std::unique_ptr<State> state) : state_(std::move(state)) {}
SlurmJobs::SlurmJobs(SlurmJobs&&) noexcept = default;
SlurmJobs::~SlurmJobs() = default;

Result<SlurmJobs> SlurmJobs::submit(const std::vector<const Point*>& points, const WorkFolder& work,
                                    const RunOptions& options) {
  auto state = std::make_unique<State>();
  state->on_interrupt.emplace([jobs = state.get()] {
    jobs->is_interrupted = true;
    jobs->cancel_all();
  });
  for (size_t first = 0; first < points.size(); first += kMaxTasks) {
    const auto tasks = std::span(points).subspan(first, std::min(kMaxTasks, points.size() - first));
    const fs::path stem = work.jobs() / tasks[0]->key();
    const fs::path keys = stem.string() + std::string(kKeys);
    const fs::path script = stem.string() + std::string(kScript);
    std::string lines;
    for (const Point* point : tasks) lines += point->key() + "\n";
    THIMBLE_TRY(base::write_file(keys, lines));
    THIMBLE_TRY(base::write_file(script, std::string_view(kJobScript)));
    state->files.insert(state->files.end(), {keys, script});
    std::string range = fmt::format("--array=1-{}", tasks.size());
    if (options.jobs) range += fmt::format("%{}", options.jobs);
    std::vector<std::string> argv = {"sbatch", "--parsable", "--job-name=thimble", range,
                                     "--output=" + (work.jobs() / "%A_%a.log").string()};
    const SlurmOptions& slurm = *options.slurm;
    argv.insert(argv.end(), slurm.sbatch.begin(), slurm.sbatch.end());
    argv.insert(argv.end(),
                {script.string(), keys.string(), work.results().string(),
                 options.execute.program.string(), "sweep", fs::absolute(slurm.spec).string(),
                 "--store", fs::absolute(options.store).string(), "--timeout",
                 fmt::format("{}", options.execute.timeout.count())});
    THIMBLE_ASSIGN(std::string id, call(argv));
    id = id.substr(0, id.find_first_of(";\n"));  // "ID" or "ID;CLUSTER"
    const Array array{id, work.jobs() / (id + ".job")};
    {
      const std::lock_guard lock(state->mutex);
      state->arrays.push_back(array);
    }
    THIMBLE_TRY(base::write_file(array.record, std::string_view()));
    for (size_t i = 0; i < tasks.size(); ++i) {
      const fs::path log = work.jobs() / fmt::format("{}_{}.log", id, i + 1);
      state->logs[tasks[i]->key()] = log;
      state->files.push_back(log);
    }
  }
  return SlurmJobs(std::move(state));
}

Result<bool> SlurmJobs::ended() {
  if (Clock::now() < state_->ask_again) return false;
  state_->ask_again = Clock::now() + kAskInterval;
  for (const Array& array : state_->arrays) {
    // Lists what waits or runs. Of an array that Slurm has forgotten it says so and fails; then
    // nothing runs either.
    auto listed = call({"squeue", "--noheader", "--jobs", array.id});
    const bool forgotten =
        !listed && listed.error().message.find("nvalid job id") != std::string::npos;
    if (!listed && !forgotten) {
      // Busy or restarting; its jobs go on.
      if (++state_->unanswered == kMostUnanswered) return base::fail(listed.error());
      return false;
    }
    state_->unanswered = 0;
    if (listed && !listed->empty()) return false;
  }
  if (state_->is_interrupted) return false;  // cancelled, not failed; the program is about to end
  state_->all_ended = true;
  return true;
}

std::string SlurmJobs::say_why(const Point& point) const {
  const auto log = base::read_text_file(state_->logs.at(point.key()));
  if (log && !log->empty()) return fmt::format("the job left no result: {}", *log);
  return "the job left no result and no log: cancelled, out of time or memory, or its node failed";
}

void cancel_abandoned_jobs(const WorkFolder& work) {
  std::error_code ignored;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(work.jobs(), ignored))
    files.push_back(entry.path());
  for (const fs::path& file : files) {
    if (file.extension() == ".job") cancel(file.stem().string());
    fs::remove(file, ignored);
  }
}

}  // namespace thimble::sweep
