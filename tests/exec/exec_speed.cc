// How many multiply-accumulates per second the executor does: the models that are given, on every
// processor, with fast layers and without.
//
// exec_speed [--benchmark_...] MODEL...
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <filesystem>
#include <thread>

#include "base/check.h"
#include "exec/executor.h"
#include "frontend/tflite/import.h"
#include "ops/op.h"

namespace thimble {
namespace {

void run(benchmark::State& state, const exec::Executor& prototype) {
  exec::Executor executor = prototype;
  const ir::Graph& graph = executor.graph();
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs) inputs.push_back(exec::random_input(graph.tensor(id), 1));
  uint64_t maccs = 0;
  for (const ir::Node& node : graph.nodes) maccs += ops::find_op(node.op)->cost(graph, node).maccs;
  for ([[maybe_unused]] auto iteration : state) {
    auto outputs = executor.run(inputs);
    CHECK(outputs, "{}", outputs.error().to_string());
    benchmark::DoNotOptimize(outputs);
  }
  // Every thread reports the same; iterations are those of all threads together.
  state.counters["MACCs"] =
      benchmark::Counter(static_cast<double>(maccs), benchmark::Counter::kIsIterationInvariantRate |
                                                         benchmark::Counter::kAvgThreads);
}

int run_all(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const auto processors = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path = argv[i];
    auto graph = frontend::import_file(path);
    if (!graph) {
      fmt::print(stderr, "error: {}\n", graph.error().to_string());
      return 1;
    }
    for (const auto& [name, speed] :
         {std::pair{"fast", exec::Speed::kFast}, std::pair{"portable", exec::Speed::kPortable},
          std::pair{"reference", exec::Speed::kReference}}) {
      auto executor = exec::Executor::create(*graph, speed);
      CHECK(executor, "{}", executor.error().to_string());
      benchmark::RegisterBenchmark(
          fmt::format("{}/{}", path.stem().string(), name).c_str(),
          [prototype = std::move(*executor)](benchmark::State& state) { run(state, prototype); })
          ->Threads(speed == exec::Speed::kFast ? processors : 1)
          ->UseRealTime();
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace thimble

int main(int argc, char** argv) {
  return thimble::run_all(argc, argv);
}
