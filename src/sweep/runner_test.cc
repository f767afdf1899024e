// The runner with a program in Thimble's place that ends in every way a program can.
#include "sweep/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/files.h"
#include "sweep/cache.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kBench = R"({"schema": "thimble-bench/1", "uncertainty_percent": 5,
 "outputs_match_host": MATCH, "first_output_difference": "element 3",
 "totals": {"maccs": 10, "maccs_executed": 9, "cycles": 123, "instructions": 100, "latency_ms": 1.5,
            "energy_uj": 60.5, "flash_energy_uj": 0},
 "flash": {"code_bytes": 100, "weights_bytes": 50, "total_bytes": 150},
 "ram": {"arena_bytes": 10, "stack_bytes": 20, "weights_bytes": 0, "static_bytes": 4,
         "total_bytes": 34},
 "layers": [{"index": 0, "op": "SOFTMAX", "name": "s", "output_shape": [1, 2], "kernel": "ref",
   "weights_in_ram": false, "maccs": 9, "flops": 18, "cycles": 120, "instructions": 90,
   "latency_ms": 1.4, "energy_uj": 60, "flash_energy_uj": 0, "constant_bytes": 50,
   "table_bytes": 50, "scratch_bytes": 0, "activation_bytes": 12, "live_bytes": 10}],
 "buffers": [{"offset": 0, "bytes": 10, "first_step": 0, "last_step": 1, "tensors": ["x", "y"]}]})";

// What it does follows from the name of the network. It counts its calls in the file `calls`.
constexpr const char* kProgram = R"(#!/bin/sh
here=$(dirname "$0")
echo "$1 $2" >> "$here/calls"
case "$1" in
  optimize)
    out=
    case "$2" in *unquantizable*)
      echo '{"error": {"code": "unsupported", "message": "operator X"}}' ; exit 1 ;;
    esac
    while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
    sleep 0.2
    echo smaller > "$out"
    echo '{"measured_sqnr_db": 33.5}'
    exit 0 ;;
  eval)
    echo '{"data": "d", "samples": 7, "networks": [{"top_1": {"value": 0.5, "low": 0.4, "high": 0.6}}]}'
    exit 0 ;;
esac
case "$2" in
  *crash*) kill -SEGV $$ ;;
  *hang*) exec sleep 1000 ;;
  *garbage*) echo '{"schema": "thimble-be' ; exit 0 ;;
  *strange*) echo '{"outputs_match_host": "maybe"}' ; exit 0 ;;
  *partial*) echo '{"schema": "thimble-bench/1", "outputs_match_host": true}' ; exit 0 ;;
  *large*) echo '{"error": {"code": "does_not_fit", "message": "12 bytes too many"}}'
           echo 'error: 12 bytes too many' >&2 ; exit 1 ;;
  *wide*) head -c 3000000 /dev/zero | tr '\0' ' ' ; sed s/MATCH/true/ "$here/bench.json" ;;
  *flood*) head -c 70000000 /dev/zero | tr '\0' ' ' ; sed s/MATCH/true/ "$here/bench.json" ;;
  *usage*) echo 'error: no such option' >&2 ; exit 2 ;;
  *differ*) sed s/MATCH/false/ "$here/bench.json" ; exit 1 ;;
  *) sed s/MATCH/true/ "$here/bench.json" ;;
esac
)";

class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest() {
    EXPECT_TRUE(base::write_file(program(), std::string_view(kProgram)));
    EXPECT_EQ(::chmod(program().c_str(), 0755), 0);
    EXPECT_TRUE(base::write_file(folder_.path() / "bench.json", std::string_view(kBench)));
  }
  fs::path program() const { return folder_.path() / "program"; }

  std::vector<Point> points_of(const std::vector<std::string>& names,
                               std::vector<std::string> boards = {"nucleo-l4r5zi"}) {
    Spec spec;
    spec.folder = folder_.path();
    spec.compiler = "true";
    spec.boards = std::move(boards);
    for (const std::string& name : names) {
      Network network;
      network.name = name;
      network.model = folder_.path() / (name + ".tflite");
      EXPECT_TRUE(base::write_file(network.model, name));
      spec.networks.push_back(network);
    }
    auto expansion = expand(spec);
    EXPECT_TRUE(expansion) << expansion.error().to_string();
    return expansion->points;
  }
  RunOptions options() {
    RunOptions run;
    run.store = folder_.path() / "sweep.db";
    run.execute.program = program();
    run.jobs = 4;
    return run;
  }
  Summary run(const std::vector<Point>& points, const RunOptions& options) {
    auto summary = run_points(points, options);
    EXPECT_TRUE(summary) << summary.error().to_string();
    return summary.value_or(Summary());
  }
  store::Run only_run(const std::string& network) {
    auto store = store::Store::open(folder_.path() / "sweep.db");
    EXPECT_TRUE(store);
    const auto runs = store->runs({{"network", network}});
    EXPECT_EQ(runs->size(), 1u) << network;
    return runs->empty() ? store::Run() : runs->front();
  }
  size_t calls() const {
    std::ifstream file(folder_.path() / "calls");
    return static_cast<size_t>(
        std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n'));
  }
  base::TemporaryDirectory folder_ = *base::TemporaryDirectory::create();
};

TEST_F(RunnerTest, StoresWhatWasMeasured) {
  EXPECT_EQ(run(points_of({"good"}), options()).ok, 1u);
  const store::Run good = only_run("good");
  EXPECT_TRUE(good.ok);
  EXPECT_EQ(good.cycles, 123);
  EXPECT_EQ(good.energy_uj, 60.5);
  EXPECT_EQ(good.model_sha256, good.source_sha256);
  EXPECT_EQ(good.top_1, std::nullopt);
  const auto store = store::Store::open(folder_.path() / "sweep.db");
  EXPECT_EQ(store->layers(good.key)->at(0).flops, 18);
  EXPECT_EQ(store->buffers(good.key)->at(0).tensors, "x, y");
}

TEST_F(RunnerTest, RecordsWhyAPointFailed) {
  RunOptions quick = options();
  quick.execute.timeout = std::chrono::seconds(4);
  const Summary summary = run(points_of({"crash", "hang", "garbage", "large", "usage", "differ",
                                         "partial", "strange", "good"}),
                              quick);
  EXPECT_EQ(summary.ok, 1u);
  EXPECT_EQ(summary.failed, 8u);
  const store::Run crash = only_run("crash");
  EXPECT_EQ(crash.error_code, "crash");
  EXPECT_EQ(crash.exit_status, 128 + SIGSEGV);
  EXPECT_THAT(*crash.error_message, HasSubstr("signal 11"));
  EXPECT_EQ(only_run("hang").error_code, "limit");
  EXPECT_EQ(only_run("garbage").error_code, "crash");
  const store::Run large = only_run("large");
  EXPECT_EQ(large.error_code, "does_not_fit");
  EXPECT_EQ(large.error_message, "12 bytes too many");
  EXPECT_EQ(large.error_output, "error: 12 bytes too many\n");
  EXPECT_EQ(only_run("usage").error_message, "error: no such option");
  EXPECT_EQ(only_run("partial").error_code, "malformed");
  EXPECT_EQ(only_run("strange").error_code, "malformed");
  EXPECT_THAT(*only_run("partial").error_message, HasSubstr("incomplete"));
  const store::Run differ = only_run("differ");
  EXPECT_FALSE(differ.ok);
  EXPECT_EQ(differ.error_code, "outputs_differ");
  EXPECT_EQ(differ.cycles, 123) << "the figures are there to look at";
}

TEST_F(RunnerTest, SaysThatACommandPrintedTooMuch) {
  EXPECT_EQ(run(points_of({"wide", "flood"}), options()).ok, 1u);
  EXPECT_TRUE(only_run("wide").ok);
  const store::Run flood = only_run("flood");
  EXPECT_EQ(flood.error_code, "limit");
  EXPECT_EQ(flood.error_message,
            "'thimble bench' printed more than the 64 MiB that a sweep takes in");
}

TEST_F(RunnerTest, SharedWorkFailsOnceForAllPointsOfASweep) {
  std::vector<Point> points =
      points_of({"unquantizable"}, {"nucleo-l4r5zi", "nrf52840dk", "disco-f746ng"});
  for (Point& point : points) point.optimize = {"--quantize", "full"};
  RunOptions again = options();
  again.retry_failed = true;
  for (const size_t tries : {1u, 2u}) {
    EXPECT_EQ(run(points, again).failed, 3u);
    EXPECT_EQ(calls(), tries);
    const auto store = store::Store::open(folder_.path() / "sweep.db");
    const auto runs = store->runs();
    ASSERT_EQ(runs->size(), 3u);
    for (const store::Run& failed : *runs) {
      EXPECT_EQ(failed.error_code, "unsupported");
      EXPECT_EQ(failed.error_message, "operator X");
      EXPECT_EQ(failed.exit_status, 1);
    }
  }
  EXPECT_TRUE(fs::is_empty(options().store.string() + ".work/temporary"));
}

TEST_F(RunnerTest, PrunesWhatNoPointNeeds) {
  std::vector<Point> points = points_of({"kept", "old"});
  for (Point& point : points) {
    point.optimize = {"--quantize", "full"};
    point.eval = {"--data", "d"};
  }
  run(points, options());
  const fs::path cache = options().store.string() + ".work/cache";
  const auto files = [&] { return std::distance(fs::directory_iterator(cache), {}); };
  EXPECT_EQ(files(), 2 * 5) << "a network, two outputs, two locks each";
  points.erase(points.begin() + 1);
  {
    const auto running = WorkFolder::open(options().store, false);
    ASSERT_TRUE(running);
    const auto refused = prune_cache(points, options().store);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("nothing was removed"));
    EXPECT_EQ(files(), 10);
  }
  const auto pruned = prune_cache(points, options().store);
  ASSERT_TRUE(pruned) << pruned.error().to_string();
  EXPECT_EQ(pruned->removed_files, 5u);
  EXPECT_EQ(pruned->kept_files, 5u);
  EXPECT_GT(pruned->removed_bytes, 0u);
  EXPECT_EQ(files(), 5);
  const size_t calls_before = calls();
  for (Point& point : points) point.record.run.key += "'";  // another point, of the same network
  EXPECT_EQ(run(points, options()).ok, 1u);
  EXPECT_EQ(calls(), calls_before + 1) << "what was kept is good";
  EXPECT_TRUE(prune_cache(points, folder_.path() / "none.db"));
  EXPECT_FALSE(fs::exists(folder_.path() / "none.db.work"));
}

TEST_F(RunnerTest, AccuracyOfOtherDataIsMadeAnew) {
  std::vector<Point> points = points_of({"good"}, {"nucleo-l4r5zi", "nrf52840dk"});
  for (Point& point : points) {
    point.optimize = {"--quantize", "full"};
    point.eval = {"--data", "d"};
  }
  points[1].data_id = "other files";
  EXPECT_EQ(run(points, options()).ok, 2u);
  EXPECT_EQ(calls(), 1u + 2u + 2u);
  points[1].calibration_id = "other files";
  EXPECT_NE(cache_ids(points[0]).smaller, cache_ids(points[1]).smaller);
}

TEST_F(RunnerTest, DoesNothingTwice) {
  const auto points = points_of({"good", "large"});
  run(points, options());
  EXPECT_EQ(calls(), 2u);
  const Summary again = run(points, options());
  EXPECT_EQ(calls(), 2u);
  EXPECT_EQ(again.known, 2u);
  EXPECT_EQ(again.known_failed, 1u);
  RunOptions retry = options();
  retry.retry_failed = true;
  const Summary retried = run(points, retry);
  EXPECT_EQ(calls(), 3u);
  EXPECT_EQ(retried.failed, 1u);
  EXPECT_EQ(retried.known, 1u);
}

TEST_F(RunnerTest, MakesAndEvaluatesANetworkOnceForAllBoards) {
  std::vector<Point> points = points_of({"good"}, {"nucleo-l4r5zi", "nrf52840dk", "disco-f746ng"});
  for (Point& point : points) {
    point.optimize = {"--quantize", "full"};
    point.eval = {"--data", "d"};
  }
  EXPECT_EQ(run(points, options()).ok, 3u);
  EXPECT_EQ(calls(), 1u + 1u + 3u);
  const auto store = store::Store::open(folder_.path() / "sweep.db");
  const auto runs = store->runs();
  ASSERT_EQ(runs->size(), 3u);
  for (const store::Run& made : *runs) {
    EXPECT_EQ(made.sqnr_db, 33.5);
    EXPECT_EQ(made.top_1, 0.5);
    EXPECT_EQ(made.top_1_high, 0.6);
    EXPECT_NE(made.model_sha256, made.source_sha256);
  }
  EXPECT_EQ(store->models()->size(), 2u);
}

TEST_F(RunnerTest, TakesInResultsThatAKilledProgramLeft) {
  const auto points = points_of({"good", "other"});
  {
    const auto work = WorkFolder::open(options().store, true);
    ASSERT_TRUE(work);
    const std::string result = execute_point(points[0], *work, options().execute);
    ASSERT_TRUE(base::write_file(work->results() / (points[0].key() + ".json"), result));
    ASSERT_TRUE(base::write_file(work->results() / (points[1].key() + ".json"),
                                 result.substr(0, result.size() / 2)));
    ASSERT_TRUE(base::write_file(work->temporary() / "left", std::string("x")));
  }
  EXPECT_EQ(calls(), 1u);
  const Summary summary = run(points, options());
  EXPECT_EQ(calls(), 2u) << "only the one whose result was damaged";
  EXPECT_EQ(summary.known, 1u);
  EXPECT_EQ(summary.ok, 1u);
  EXPECT_FALSE(fs::exists(options().store.string() + ".work/temporary/left"));
  EXPECT_TRUE(fs::is_empty(options().store.string() + ".work/results"));
}

TEST_F(RunnerTest, LeavesTheFilesOfARunningSweepAlone) {
  const auto other = WorkFolder::open(options().store, true);
  ASSERT_TRUE(other);
  ASSERT_TRUE(base::write_file(other->temporary() / "used", std::string("x")));
  run(points_of({"good"}), options());
  EXPECT_TRUE(fs::exists(other->temporary() / "used"));
}

}  // namespace
}  // namespace thimble::sweep
