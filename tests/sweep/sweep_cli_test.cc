// thimble sweep, store and compare as a user calls them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/sweep/sweeps.h"

namespace thimble {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::run_thimble;
using testing::SweepFolder;

constexpr const char* kLenet = "/models/lenet_int8.tflite";

TEST(SweepCli, MeasuresOtherFirmwareAndTellsAboutIt) {
  const SweepFolder folder(3);
  const auto plan = run_thimble({"sweep", folder.spec(), "--dry-run", "--json"});
  EXPECT_EQ(json::parse(plan.output).at("to_run"), 3);
  EXPECT_FALSE(std::filesystem::exists(folder.store()));

  const auto first = run_thimble({"sweep", folder.spec(), "--json"});
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_EQ(json::parse(first.output).at("ok"), 3);
  for (const store::Run& run : folder.runs()) {
    EXPECT_EQ(run.engine, "other");
    EXPECT_GT(run.cycles.value_or(0), 100);
    EXPECT_GT(run.energy_uj.value_or(0), 0);
    EXPECT_GT(run.flash_bytes.value_or(0), 0);
  }
  EXPECT_THAT(run_thimble({"sweep", folder.spec(), "--dry-run"}).output,
              HasSubstr("3 points, 0 to run"));
  const auto second = run_thimble({"sweep", folder.spec()});
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_THAT(second.output, HasSubstr("3 points: 0 measured now"));

  const auto csv = run_thimble({"store", "export", folder.store()});
  EXPECT_EQ(std::ranges::count(csv.output, '\n'), 4);
  const auto rows = run_thimble({"store", "export", folder.store(), "--format", "json"});
  EXPECT_EQ(json::parse(rows.output).at("rows").size(), 3u);
}

TEST(SweepCli, ARowsCommandGivesTheSame) {
  base::TemporaryDirectory folder = *base::TemporaryDirectory::create("thimble sweep's");
  const auto spec = folder.path() / "spec.toml";
  ASSERT_TRUE(base::write_file(spec,
                               "boards = ['nucleo-l496zg']\noptimization = ['-Os']\n"
                               "[[network]]\nmodels = ['" +
                                   testing::source_dir().string() + kLenet + "']\n"));
  const auto sweep = run_thimble({"sweep", spec});
  ASSERT_EQ(sweep.exit_code, 0) << sweep.errors;
  const auto store = store::Store::open(folder.path() / "spec.db");
  ASSERT_TRUE(store);
  const store::Run run = store->runs()->at(0);
  EXPECT_GT(store->layers(run.key)->size(), 5u);
  EXPECT_GT(store->buffers(run.key)->size(), 2u);
  // The command says `thimble`, as a user has it in the PATH.
  const auto path = std::filesystem::path(testing::thimble_program()).parent_path().string();
  const auto again = base::run_process({"sh", "-c", "PATH=" + path + ":$PATH; " + run.command}, {},
                                       std::chrono::seconds(300), base::StandardError::kApart);
  ASSERT_TRUE(again);
  ASSERT_EQ(again->exit_code, 0) << again->errors;
  const json bench = json::parse(again->output);
  EXPECT_EQ(bench.at("totals").at("cycles"), *run.cycles);
  EXPECT_EQ(bench.at("flash").at("total_bytes"), *run.flash_bytes);
  EXPECT_EQ(bench.at("ram").at("total_bytes"), *run.ram_bytes);

  const auto one = run_thimble({"sweep", spec, "--point", run.key});
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_EQ(json::parse(one.output).at("bench").at("totals").at("cycles"), *run.cycles);
}

TEST(SweepCli, FailuresAreStoredAndSayWhy) {
  base::TemporaryDirectory folder = *base::TemporaryDirectory::create();
  const auto spec = folder.path() / "spec.toml";
  ASSERT_TRUE(base::write_file(folder.path() / "broken.tflite", std::string("no network")));
  ASSERT_TRUE(base::write_file(spec, std::string("boards = ['nucleo-l496zg']\n[[network]]\n"
                                                 "models = ['broken.tflite']\n")));
  const auto sweep = run_thimble({"sweep", spec});
  EXPECT_EQ(sweep.exit_code, 1);
  EXPECT_THAT(sweep.errors, HasSubstr("failed: broken, none, nucleo-l496zg"));
  const auto store = store::Store::open(folder.path() / "spec.db");
  const store::Run run = store->runs()->at(0);
  EXPECT_EQ(run.error_code, "malformed");
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_EQ(run_thimble({"sweep", spec}).exit_code, 1) << "it has not become better";
}

// As jobs of Slurm do it: programs that know of each other by a folder alone.
TEST(SweepCli, PointsOfOneSweepShareFailures) {
  base::TemporaryDirectory folder = *base::TemporaryDirectory::create();
  const auto spec = folder.path() / "spec.toml", failures = folder.path() / "failures";
  std::filesystem::create_directory(failures);
  ASSERT_TRUE(base::write_file(folder.path() / "broken.tflite", std::string("no network")));
  ASSERT_TRUE(base::write_file(
      spec, std::string("boards = ['nucleo-l496zg', 'nrf52840dk']\n[[network]]\n"
                        "models = ['broken.tflite']\n[[quantization]]\nname = 'mixed'\n"
                        "options = ['--quantize', 'mixed']\n")));
  const json plan = json::parse(run_thimble({"sweep", spec, "--dry-run", "--json"}).output);
  const auto run_point = [&](size_t point) {
    const auto result = run_thimble(
        {"sweep", spec, "--point", plan.at("points").at(point).at("key"), "--failures", failures});
    EXPECT_EQ(result.exit_code, 1) << result.errors;
    return json::parse(result.output).at("failure");
  };
  json failure = run_point(0);
  EXPECT_EQ(failure.at("code"), "malformed");
  EXPECT_EQ(run_point(1), failure);
  // Whether it was tried again shows when the folder says something else.
  const auto file = std::filesystem::directory_iterator(failures)->path();
  failure["message"] = "as the other one said";
  ASSERT_TRUE(base::write_file(file, failure.dump()));
  EXPECT_EQ(run_point(1), failure);
}

TEST(SweepCli, PrunesItsCache) {
  const SweepFolder folder(1);
  const std::filesystem::path cache = folder.store().string() + ".work/cache";
  ASSERT_EQ(run_thimble({"sweep", folder.spec()}).exit_code, 0);
  ASSERT_TRUE(base::write_file(cache / "0123.tflite", std::string("of another specification")));
  EXPECT_EQ(run_thimble({"sweep", folder.spec(), "--prune-cache", "--dry-run"}).exit_code, 2);
  const auto pruned = run_thimble({"sweep", folder.spec(), "--prune-cache", "--json"});
  EXPECT_EQ(pruned.exit_code, 0) << pruned.output << pruned.errors;
  EXPECT_EQ(json::parse(pruned.output).at("removed_files"), 1);
  EXPECT_EQ(json::parse(pruned.output).at("removed_bytes"), 24);
  EXPECT_TRUE(std::filesystem::is_empty(cache));
  EXPECT_THAT(run_thimble({"sweep", folder.spec(), "--prune-cache"}).output,
              HasSubstr("removed 0 files (0.0 MiB), kept 0"));
}

// What was made with data that is away for now is still wanted.
TEST(SweepCli, PrunesNothingWhileDataIsAway) {
  base::TemporaryDirectory folder = *base::TemporaryDirectory::create();
  const auto spec = folder.path() / "spec.toml", cache = folder.path() / "spec.db.work/cache";
  std::filesystem::create_directories(cache);
  ASSERT_TRUE(base::write_file(cache / "0123.json", std::string("an accuracy")));
  ASSERT_TRUE(base::write_file(spec, std::string("boards = ['nrf52840dk']\n[[network]]\n"
                                                 "models = ['zoo:lenet']\n"
                                                 "data = 'mnist:unmounted'\n")));
  const auto refused = run_thimble({"sweep", spec, "--prune-cache"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("cannot be read: nothing was removed"));
  EXPECT_TRUE(std::filesystem::exists(cache / "0123.json"));
  EXPECT_EQ(run_thimble({"sweep", spec, "--point", ""}).exit_code, 2);
}

TEST(SweepCli, WrongSpecificationsAreWrongUsage) {
  base::TemporaryDirectory folder = *base::TemporaryDirectory::create();
  const auto spec = folder.path() / "spec.toml";
  ASSERT_TRUE(base::write_file(spec, std::string("bords = ['nucleo-l496zg']\n")));
  const auto sweep = run_thimble({"sweep", spec});
  EXPECT_EQ(sweep.exit_code, 2);
  EXPECT_THAT(sweep.errors, HasSubstr("spec.toml: line 1"));
}

TEST(SweepCli, AnInterruptedSweepGoesOn) {
  const SweepFolder folder(30);
  const std::string program = testing::thimble_program(), spec = folder.spec();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl(program.c_str(), program.c_str(), "sweep", spec.c_str(), nullptr);
    ::_exit(127);
  }
  while (!std::filesystem::exists(folder.store()) || folder.runs().size() < 3)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_EQ(::kill(pid, SIGINT), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << "as the shell expects";
  const size_t kept = folder.runs().size();
  EXPECT_GE(kept, 3u);
  for (const store::Run& run : folder.runs())
    EXPECT_TRUE(run.ok) << "a point that was interrupted has not failed";
  EXPECT_TRUE(std::filesystem::is_empty(folder.store().string() + ".work/temporary"));
  EXPECT_EQ(run_thimble({"sweep", spec}).exit_code, 0);
  EXPECT_EQ(folder.runs().size(), 30u);
}

TEST(CompareCli, GivesRatiosOfMatchingRuns) {
  base::TemporaryDirectory folder = *base::TemporaryDirectory::create();
  const auto path = folder.path() / "s.db";
  {
    auto store = store::Store::open(path, true);
    ASSERT_TRUE(store);
    int count = 0;
    const auto add = [&](const char* network, const char* kernels, double ms) {
      store::Record record;
      record.run.key = std::to_string(++count);
      record.run.ok = true;
      record.run.network = network;
      record.run.kernels = kernels;
      record.run.prefer = kernels == std::string("reference") ? "-" : "balanced";
      record.run.source_sha256 = "m";
      record.run.board_sha256 = "b";
      record.run.environment_id = "e";
      record.run.latency_ms = ms;
      record.run.flash_bytes = 1000;
      record.models.emplace_back().sha256 = "m";
      record.board.sha256 = "b";
      record.environment.id = "e";
      EXPECT_TRUE(store->add(record).value_or(false));
    };
    add("a", "reference", 8);
    add("b", "reference", 2);
    add("c", "reference", 2);
    add("a", "optimized", 2);
    add("b", "optimized", 2);
  }
  const auto compared = run_thimble(
      {"compare", path.string() + "?kernels=reference", path.string() + "?kernels=opt*", "--json"});
  ASSERT_EQ(compared.exit_code, 0) << compared.errors;
  const json object = json::parse(compared.output);
  EXPECT_EQ(object.at("pairs").size(), 2u);
  EXPECT_EQ(object.at("only_a"), 1);
  EXPECT_EQ(object.at("only_b"), 0);
  EXPECT_DOUBLE_EQ(object.at("pairs")[0].at("latency_ratio"), 0.25);
  EXPECT_DOUBLE_EQ(object.at("geometric_means").at("latency_ratio"), 0.5);
  EXPECT_DOUBLE_EQ(object.at("geometric_means").at("flash_ratio"), 1);
  EXPECT_TRUE(object.at("geometric_means").at("energy_ratio").is_null());
  const auto text = run_thimble(
      {"compare", path.string() + "?kernels=reference", path.string() + "?kernels=opt*"});
  EXPECT_THAT(text.output, HasSubstr("geometric mean"));
  EXPECT_EQ(run_thimble({"compare", path, path.string() + "?kernel=x"}).exit_code, 2);
  EXPECT_EQ(run_thimble({"compare", path, folder.path() / "missing.db"}).exit_code, 1);
}

}  // namespace
}  // namespace thimble
