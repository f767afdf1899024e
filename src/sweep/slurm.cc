#include "sweep/slurm.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <map>
#include <mutex>

#include "base/files.h"
#include "base/interrupt.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Result;
using Clock = std::chrono::steady_clock;

constexpr auto kAskInterval = std::chrono::seconds(2);
constexpr auto kPatience = std::chrono::seconds(5);  // after Ctrl-C
constexpr int kMostUnanswered = 150;  // questions in a row: five minutes for Slurm to restart

// $1: the file of keys, a line for each task; what follows is the command. In the script only what
// is the same for all sweeps: names of files need no quoting as arguments.
constexpr const char* kJobScript = R"(#!/bin/sh
keys=$1 results=$2
shift 2
key=$(sed -n "${SLURM_ARRAY_TASK_ID}p" "$keys") && [ -n "$key" ] || exit 1
exec "$@" --point "$key" --result "$results/$key.json"
)";

// A command of Slurm without what the user's environment has it leave out.
std::vector<std::string> unfiltered(const std::string& command) {
  std::vector<std::string> argv = {"env"};
  for (const char* variable :
       {"SQUEUE_STATES", "SQUEUE_PARTITION", "SQUEUE_ACCOUNT", "SQUEUE_QOS", "SCANCEL_STATE",
        "SCANCEL_PARTITION", "SCANCEL_ACCOUNT", "SCANCEL_QOS", "SCANCEL_INTERACTIVE"})
    argv.insert(argv.end(), {"-u", variable});
  argv.push_back(command);
  return argv;
}

// Jobs on another cluster than the one that is asked for them would count as ended.
Result<> check_cluster(const std::vector<std::string>& sbatch) {
  const auto chooses = [](const std::string& option) {
    return option.starts_with("-M") || option.starts_with("--cl");
  };
  if (std::ranges::none_of(sbatch, chooses) && !std::getenv("SBATCH_CLUSTERS")) return {};
  return base::fail(Error(ErrorCode::kInvalidArgument,
                          "jobs that sbatch alone sends to another cluster cannot be followed",
                          "set SLURM_CLUSTERS, which all of Slurm's commands follow, instead of "
                          "--sbatch=--clusters or SBATCH_CLUSTERS"));
}

// For options in which sbatch replaces %u, %j and the like.
std::string without_patterns(const fs::path& path) {
  std::string text;
  for (const char c : path.string()) text += c == '%' ? "%%" : std::string(1, c);
  return text;
}

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

// What one sweep has in Slurm: a folder in jobs/ with the lists of keys, the script, the logs and
// the failures of shared work. It exists from before the first submission until no job is left, and
// its lock is held by the sweep alone: a folder that is not locked was left by one that was killed.
// All jobs are called after it, so that they are found even if nobody has heard their numbers.
struct JobFolder {
  fs::path path;
  std::string job_name;

  explicit JobFolder(fs::path folder)
      : path(std::move(folder)),
        job_name("thimble-" + content_id({fs::weakly_canonical(path).string()}).substr(0, 16)) {}
  // Beside it, as it stays open while the folder goes.
  fs::path lock() const { return path.string() + ".lock"; }
  fs::path keys(size_t array) const { return path / fmt::format("{}.keys", array); }

  // For squeue and scancel: which jobs these are.
  std::vector<std::string> its_jobs() const {
    return {fmt::format("--user={}", ::getuid()), "--name=" + job_name};
  }
  Result<> cancel() const {
    std::vector<std::string> argv = unfiltered("scancel");
    std::ranges::copy(its_jobs(), std::back_inserter(argv));
    THIMBLE_TRY(call(argv));
    return {};
  }
  void remove() const {
    std::error_code ignored;
    fs::remove_all(path, ignored);
    fs::remove(lock(), ignored);
  }
};

// Held between the creation of a folder and its lock, and while unlocked ones are looked for.
Result<FileLock> lock_all_jobs(const WorkFolder& work) {
  return FileLock::take(work.path() / "jobs.lock");
}

}  // namespace

struct SlurmJobs::State {
  State(JobFolder job_folder, FileLock folder_lock)
      : folder(std::move(job_folder)), lock(std::move(folder_lock)) {}

  JobFolder folder;
  FileLock lock;
  std::timed_mutex submitting;
  std::atomic<bool> is_interrupted = false;
  int unanswered = 0;
  std::map<std::string, fs::path> logs;  // by key
  bool all_ended = false;
  Clock::time_point ask_again = Clock::now();

  ~State() {
    if (all_ended || folder.cancel()) folder.remove();  // otherwise the next sweep cancels them
  }

  // After the rest, so that it goes first.
  std::optional<base::OnInterrupt> on_interrupt;
};

SlurmJobs::SlurmJobs(std::unique_ptr<State> state) : state_(std::move(state)) {}
SlurmJobs::SlurmJobs(SlurmJobs&&) noexcept = default;
SlurmJobs::~SlurmJobs() = default;

Result<SlurmJobs> SlurmJobs::submit(const std::vector<const Point*>& points, const WorkFolder& work,
                                    const RunOptions& options) {
  THIMBLE_TRY(check_cluster(options.slurm->sbatch));
  THIMBLE_ASSIGN(const std::string configuration, call({"scontrol", "show", "config"}));
  THIMBLE_ASSIGN(const size_t max_tasks, max_array_tasks(configuration));
  std::unique_ptr<State> state;
  {
    THIMBLE_ASSIGN(const FileLock all, lock_all_jobs(work));
    THIMBLE_ASSIGN(fs::path path, create_unique_folder(work.jobs()));
    JobFolder folder(std::move(path));
    THIMBLE_ASSIGN(FileLock lock, FileLock::take(folder.lock()));
    state = std::make_unique<State>(std::move(folder), std::move(lock));
  }
  const JobFolder& folder = state->folder;
  state->on_interrupt.emplace([jobs = state.get()] {
    jobs->is_interrupted = true;
    // What sbatch is about to submit is cancelled too. Should it hang, the next sweep looks again.
    const std::unique_lock lock(jobs->submitting, kPatience);
    if (jobs->folder.cancel() && lock) jobs->folder.remove();
  });
  const fs::path script = folder.path / "job.sh";
  THIMBLE_TRY(base::write_file(script, std::string_view(kJobScript)));
  std::string previous;  // array
  for (size_t first = 0, array = 1; first < points.size(); first += max_tasks, ++array) {
    const auto tasks = std::span(points).subspan(first, std::min(max_tasks, points.size() - first));
    std::string lines;
    for (size_t i = 0; i < tasks.size(); ++i) {
      lines += tasks[i]->key() + "\n";
      state->logs[tasks[i]->key()] = folder.path / fmt::format("{}_{}.log", array, i + 1);
    }
    THIMBLE_TRY(base::write_file(folder.keys(array), lines));
    std::vector<std::string> argv = {"sbatch"};
    const SlurmOptions& slurm = *options.slurm;
    argv.insert(argv.end(), slurm.sbatch.begin(), slurm.sbatch.end());
    std::string range = fmt::format("--array=1-{}", tasks.size());
    if (options.jobs) range += fmt::format("%{}", options.jobs);
    argv.insert(argv.end(),
                {"--parsable", "--job-name=" + folder.job_name, range,
                 fmt::format("--output={}/{}_%a.log", without_patterns(folder.path), array)});
    // The limit is an array's own: together they keep it one after another.
    if (options.jobs && !previous.empty()) argv.push_back("--dependency=afterany:" + previous);
    argv.insert(
        argv.end(),
        {script.string(), folder.keys(array).string(), work.results().string(),
         options.execute.program.string(), "sweep", fs::absolute(slurm.spec).string(), "--store",
         fs::absolute(options.store).string(), "--timeout",
         fmt::format("{}", options.execute.timeout.count()), "--failures", folder.path.string()});
    const std::lock_guard lock(state->submitting);
    if (state->is_interrupted) return base::fail(ErrorCode::kToolFailed, "interrupted");
    THIMBLE_ASSIGN(previous, call(argv));
    previous = previous.substr(0, previous.find_first_of(";\n"));  // "ID" or "ID;CLUSTER"
  }
  return SlurmJobs(std::move(state));
}

Result<bool> SlurmJobs::ended() {
  if (Clock::now() < state_->ask_again) return false;
  state_->ask_again = Clock::now() + kAskInterval;
  std::vector<std::string> argv = unfiltered("squeue");
  argv.insert(argv.end(), {"--noheader", "--all"});  // in hidden partitions too
  std::ranges::copy(state_->folder.its_jobs(), std::back_inserter(argv));
  auto listed = call(argv);
  if (!listed) {
    // Busy or restarting; its jobs go on.
    if (++state_->unanswered == kMostUnanswered) return base::fail(listed.error());
    return false;
  }
  state_->unanswered = 0;
  if (!listed->empty()) return false;
  if (state_->is_interrupted) return false;  // cancelled, not failed; the program is about to end
  state_->all_ended = true;
  return true;
}

std::string SlurmJobs::say_why(const Point& point) const {
  const auto log = base::read_text_file(state_->logs.at(point.key()));
  if (log && !log->empty()) return fmt::format("the job left no result: {}", *log);
  return "the job left no result and no log: cancelled, out of time or memory, or its node failed";
}

Result<> cancel_abandoned_jobs(const WorkFolder& work) {
  THIMBLE_ASSIGN(const FileLock all, lock_all_jobs(work));
  std::error_code ignored;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(work.jobs(), ignored))
    if (entry.is_directory(ignored)) paths.push_back(entry.path());
  for (const fs::path& path : paths) {
    const JobFolder folder(path);
    THIMBLE_ASSIGN(const std::optional<FileLock> lock, FileLock::try_take(folder.lock()));
    if (!lock) continue;
    THIMBLE_TRY(folder.cancel());
    folder.remove();
  }
  return {};
}

Result<size_t> max_array_tasks(std::string_view configuration) {
  constexpr std::string_view kName = "MaxArraySize";
  for (std::string_view line : base::split(configuration, '\n')) {
    if (!line.starts_with(kName)) continue;
    const size_t digits = line.find_first_of("0123456789");
    size_t size = 0;  // above the largest index; indices begin at 1 here
    if (digits != std::string_view::npos)
      std::from_chars(line.data() + digits, line.data() + line.size(), size);
    if (size > 1) return size - 1;
    return base::fail(Error(ErrorCode::kUnsupported, "this Slurm cluster allows no job arrays",
                            "its administrator can raise MaxArraySize"));
  }
  return base::fail(ErrorCode::kToolFailed, "scontrol does not tell {}", kName);
}

}  // namespace thimble::sweep
