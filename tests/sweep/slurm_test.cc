// The points of a sweep as job arrays on a cluster of one node give the rows of the local sweep,
// and its jobs end with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/sweep/slurm_cluster.h"
#include "tests/sweep/sweeps.h"

namespace thimble {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::run_thimble;
using testing::SlurmCluster;
using testing::SweepFolder;

// All columns but those that say when and how long.
std::map<std::string, nlohmann::json> rows(const std::filesystem::path& store) {
  std::map<std::string, nlohmann::json> rows;
  const auto exported = run_thimble({"store", "export", store, "--format", "json"});
  const auto object = nlohmann::json::parse(exported.output);
  for (nlohmann::json row : object.at("rows")) {
    row.erase("started_at");
    row.erase("seconds");
    rows[row.at("key")] = row;
  }
  return rows;
}

constexpr const char* kNeedsSlurm = "needs Slurm (Debian: slurm-wlm, munge): ";

// Jobs that wait or run, a line each: "NAME STATE".
std::string queue() {
  const auto listed = base::run_process({"squeue", "--noheader", "--format=%j %T"});
  EXPECT_TRUE(listed && listed->exit_code == 0);
  return listed ? listed->output : "";
}

bool wait_until(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return true;
}

bool is_empty(const SweepFolder& folder, const char* part) {
  return fs::is_empty(folder.store().string() + ".work/" + part);
}

// Points that never end: each waits for a compiler that does nothing.
void make_endless(const SweepFolder& folder) {
  const fs::path compiler = folder.path() / "compiler";
  ASSERT_TRUE(base::write_file(
      compiler, std::string("#!/bin/sh\n[ \"$1\" = --version ] && exec echo 1\nexec sleep 300\n")));
  ASSERT_EQ(::chmod(compiler.c_str(), 0755), 0);
  ASSERT_TRUE(base::write_file(
      folder.spec(), "compiler = '" + compiler.string() +
                         "'\nboards = ['nucleo-l496zg']\nkernels = ['reference', 'optimized']\n"
                         "optimization = ['-O2', '-Os']\n[[network]]\nmodels = ['" +
                         (testing::source_dir() / "models/lenet_int8.tflite").string() + "']\n"));
}

// A sweep as a program of its own, in an environment where `folder` comes first in PATH.
pid_t start_sweep(const SweepFolder& folder, const fs::path& programs = {}) {
  const std::string program = testing::thimble_program(), spec = folder.spec();
  const std::string path = programs.string() + ":" + std::getenv("PATH");
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  if (!programs.empty()) ::setenv("PATH", path.c_str(), 1);
  ::execl(program.c_str(), program.c_str(), "sweep", spec.c_str(), "--executor", "slurm", nullptr);
  ::_exit(127);
}

void end_sweep(pid_t pid, int signal) {
  ASSERT_EQ(::kill(pid, signal), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), signal);
}

TEST(Slurm, GivesTheRowsOfTheLocalExecutor) {
  // Arrays of two tasks at most: the seven points take four of them.
  const auto cluster = SlurmCluster::start("MaxArraySize=3\n");
  if (!cluster) GTEST_SKIP() << kNeedsSlurm << cluster.error().to_string();
  const SweepFolder folder(6);
  // One that fails, so that failures are compared too.
  const auto spec = *base::read_text_file(folder.spec());
  ASSERT_TRUE(base::write_file(folder.path() / "broken.tflite", std::string("no network")));
  ASSERT_TRUE(base::write_file(
      folder.spec(),
      "boards = ['nucleo-l496zg']\n[[network]]\nmodels = ['broken.tflite']\n" + spec));
  const auto local = folder.path() / "local.db", slurm = folder.path() / "slurm.db";
  EXPECT_EQ(run_thimble({"sweep", folder.spec(), "--store", local}).exit_code, 1);
  const auto sweep =
      run_thimble({"sweep", folder.spec(), "--store", slurm, "--executor", "slurm", "--jobs", "2"});
  EXPECT_EQ(sweep.exit_code, 1) << sweep.output << sweep.errors;
  EXPECT_THAT(sweep.output, HasSubstr("7 points: 6 measured now"));
  const auto expected = rows(local);
  EXPECT_EQ(expected.size(), 7u);
  EXPECT_EQ(rows(slurm), expected);
  for (const char* emptied : {"jobs", "results"})
    EXPECT_TRUE(std::filesystem::is_empty(slurm.string() + ".work/" + emptied)) << emptied;
}

// A cluster, and a sweep whose points never end.
class EndlessPoints : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!cluster_) GTEST_SKIP() << kNeedsSlurm << cluster_.error().to_string();
    make_endless(folder_);
  }

  const base::Result<SlurmCluster> cluster_ = SlurmCluster::start();
  const SweepFolder folder_{1};
  const std::string quick_ = *base::read_text_file(folder_.spec());  // with points that end
};

TEST_F(EndlessPoints, CtrlCCancelsWhatRunsAndWhatWaits) {
  const pid_t sweep = start_sweep(folder_);
  ASSERT_TRUE(wait_until([] {
    const std::string jobs = queue();
    return jobs.find("RUNNING") != std::string::npos && jobs.find("PENDING") != std::string::npos;
  })) << queue();
  end_sweep(sweep, SIGINT);
  EXPECT_TRUE(wait_until([] { return queue().empty(); })) << queue();
  EXPECT_TRUE(folder_.runs().empty()) << "what was cancelled has not failed";
  EXPECT_TRUE(is_empty(folder_, "jobs"));
}

TEST_F(EndlessPoints, TheNextSweepCancelsTheJobsOfOneThatWasKilled) {
  const pid_t sweep = start_sweep(folder_);
  ASSERT_TRUE(wait_until([] { return queue().find("RUNNING") != std::string::npos; }));
  end_sweep(sweep, SIGKILL);
  EXPECT_FALSE(queue().empty()) << "Slurm knows nothing of it";
  ASSERT_TRUE(base::write_file(folder_.spec(), quick_));
  EXPECT_EQ(run_thimble({"sweep", folder_.spec()}).exit_code, 0) << "here, not in Slurm";
  EXPECT_TRUE(wait_until([] { return queue().empty(); })) << queue();
  EXPECT_TRUE(is_empty(folder_, "jobs"));
}

TEST_F(EndlessPoints, FindsJobsWhoseNumberNobodyHasHeard) {
  // Slurm has taken the jobs in, but sbatch never says so.
  const fs::path programs = folder_.path() / "programs", sbatch = programs / "sbatch";
  fs::create_directory(programs);
  ASSERT_TRUE(base::write_file(
      sbatch, std::string("#!/bin/sh\n/usr/bin/sbatch \"$@\" > /dev/null\nexec sleep 300\n")));
  ASSERT_EQ(::chmod(sbatch.c_str(), 0755), 0);
  const pid_t interrupted = start_sweep(folder_, programs);
  ASSERT_TRUE(wait_until([] { return !queue().empty(); }));
  end_sweep(interrupted, SIGINT);
  EXPECT_TRUE(wait_until([] { return queue().empty(); })) << queue();
  const pid_t killed = start_sweep(folder_, programs);
  ASSERT_TRUE(wait_until([] { return !queue().empty(); }));
  end_sweep(killed, SIGKILL);
  ASSERT_TRUE(base::write_file(folder_.spec(), quick_));
  const auto next = run_thimble({"sweep", folder_.spec(), "--executor", "slurm"});
  EXPECT_EQ(next.exit_code, 0) << next.output << next.errors;
  EXPECT_EQ(queue(), "");
  EXPECT_EQ(folder_.runs().size(), 1u);
  EXPECT_TRUE(is_empty(folder_, "jobs"));
}

TEST_F(EndlessPoints, LeavesTheJobsOfARunningSweepAlone) {
  const pid_t sweep = start_sweep(folder_);
  ASSERT_TRUE(wait_until([] { return queue().find("RUNNING") != std::string::npos; }));
  ASSERT_TRUE(base::write_file(folder_.path() / "quick.toml", "store = 'spec.db'\n" + quick_));
  const auto other = run_thimble({"sweep", folder_.path() / "quick.toml"});
  EXPECT_EQ(other.exit_code, 0) << other.errors;
  EXPECT_THAT(queue(), HasSubstr("RUNNING"));
  end_sweep(sweep, SIGTERM);
  EXPECT_TRUE(wait_until([] { return queue().empty(); })) << queue();
}

TEST(Slurm, SaysWhenThereIsNone) {
  const SweepFolder folder(1);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", folder.path().c_str(), 1);
  const auto sweep = run_thimble({"sweep", folder.spec(), "--executor", "slurm"});
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(sweep.exit_code, 1);
  EXPECT_THAT(sweep.errors, HasSubstr("there is no scontrol here"));
  EXPECT_TRUE(folder.runs().empty());
}

}  // namespace
}  // namespace thimble
