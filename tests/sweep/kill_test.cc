// A sweep that is killed again and again ends with every row, none twice, none damaged.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "base/random.h"
#include "tests/sweep/sweeps.h"

namespace thimble {
namespace {

using testing::SweepFolder;

constexpr int kKills = 5;

// THIMBLE_SWEEP_POINTS=200 ./test_sweep_cli --gtest_filter='Kill.*' is the long form.
size_t number_of_points() {
  const char* text = std::getenv("THIMBLE_SWEEP_POINTS");
  return text ? static_cast<size_t>(std::atoi(text)) : 40;
}

pid_t start_sweep(const SweepFolder& folder) {
  const std::string program = testing::thimble_program(), spec = folder.spec();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl(program.c_str(), program.c_str(), "sweep", spec.c_str(), "--json", nullptr);
    ::_exit(127);
  }
  return pid;
}

// Waits until the store has so many rows; false when the sweep ends before.
bool wait_for_rows(const SweepFolder& folder, pid_t pid, size_t rows) {
  for (;;) {
    if (::waitpid(pid, nullptr, WNOHANG) == pid) return false;
    auto store = store::Store::open(folder.store());
    if (store && store->keys().value_or(std::unordered_map<std::string, bool>()).size() >= rows)
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

TEST(Kill, FiveTimesLosesNothingAndRepeatsNothing) {
  const size_t points = number_of_points();
  const SweepFolder folder(points);
  base::Random random(20261121);
  size_t rows_before = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    const pid_t pid = start_sweep(folder);
    ASSERT_GT(pid, 0);
    // Somewhere in the next sixth of the points, and anywhere within one of them.
    const auto step = static_cast<int64_t>(points / 6);
    const size_t rows = rows_before + static_cast<size_t>(random.integer(1, step));
    ASSERT_TRUE(wait_for_rows(folder, pid, rows)) << "the sweep ended too early to be killed";
    std::this_thread::sleep_for(std::chrono::microseconds(random.integer(0, 100'000)));
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFSIGNALED(status));
    const size_t rows_now = folder.runs().size();
    EXPECT_GE(rows_now, rows) << "rows were lost";
    ASSERT_GT(rows_now, rows_before) << "it did nothing before it was killed";
    ASSERT_LT(rows_now, points) << "it had ended: nothing was killed";
    fmt::print("kill {}: at {} of {} rows\n", kill + 1, rows_now, points);
    rows_before = rows_now;
  }
  const auto last = testing::run_thimble({"sweep", folder.spec(), "--json"});
  EXPECT_EQ(last.exit_code, 0) << last.output << last.errors;
  const auto summary = nlohmann::json::parse(last.output);
  EXPECT_EQ(summary.at("known"), rows_before) << "what was finished is not repeated";
  EXPECT_EQ(summary.at("ok"), points - rows_before);

  const auto runs = folder.runs();
  EXPECT_EQ(runs.size(), points);
  std::set<std::string> keys, boards;
  for (const store::Run& run : runs) {
    keys.insert(run.key);
    boards.insert(run.board);
    EXPECT_TRUE(run.ok) << run.board << ": " << run.error_message.value_or("");
    EXPECT_EQ(run.cycles, runs[0].cycles);
  }
  EXPECT_EQ(keys.size(), points);
  EXPECT_EQ(boards.size(), points);
  const auto database = store::Database::open(folder.store(), false);
  ASSERT_TRUE(database);
  auto check = database->prepare("PRAGMA integrity_check");
  ASSERT_TRUE(check && check->step());
  EXPECT_EQ(std::get<std::string>(check->value(0)), "ok");
  EXPECT_TRUE(std::filesystem::is_empty(folder.store().string() + ".work/temporary"));
}

}  // namespace
}  // namespace thimble
