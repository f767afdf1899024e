#include "eval/evaluate.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <new>
#include <optional>
#include <thread>

#include "eval/judge.h"
#include "exec/executor.h"

namespace thimble::eval {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

// The samples in turn, for many threads: reading is one thread at a time, running is not.
class Queue {
 public:
  Queue(data::DataSet& samples, const Options& options) : samples_(samples), options_(options) {
    total_ = samples.info().count.value_or(0);
    if (options.max_samples != 0)
      total_ = total_ == 0 ? options.max_samples : std::min(total_, options.max_samples);
  }

  // The index of the sample; nothing when there are no more or another thread failed.
  std::optional<size_t> next(data::Sample& sample) {
    const std::lock_guard lock(mutex_);
    if (ended_ || (options_.max_samples != 0 && read_ == options_.max_samples)) return std::nullopt;
    Result<bool> any = samples_.next(sample);
    if (!any) error_ = std::move(any).error();
    ended_ = error_ || !*any;
    if (ended_) return std::nullopt;
    return read_++;
  }

  void put(Evaluation& evaluation, size_t index, const data::Sample& sample,
           const std::vector<Outcome>& outcomes) {
    const std::lock_guard lock(mutex_);
    if (evaluation.labels.size() <= index) {
      evaluation.labels.resize(index + 1);
      evaluation.names.resize(index + 1);
      for (auto& of_network : evaluation.outcomes) of_network.resize(index + 1);
    }
    evaluation.labels[index] = sample.label;
    evaluation.names[index] = sample.name;
    for (size_t i = 0; i < outcomes.size(); ++i) evaluation.outcomes[i][index] = outcomes[i];
    ++done_;
    if (options_.on_progress) options_.on_progress(done_, total_);
  }

  void fail(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    ended_ = true;
  }

  std::optional<Error> error() { return std::move(error_); }

 private:
  data::DataSet& samples_;
  const Options& options_;
  std::mutex mutex_;
  std::optional<Error> error_;
  bool ended_ = false;
  uint64_t total_ = 0, read_ = 0, done_ = 0;
};

struct Network {
  exec::Executor executor;
  Judge judge;
  Task task;
};

// The input as real numbers, before it was quantized to `bytes`, where the data set says what its
// values mean.
Result<std::vector<double>> real_input(std::span<const float> values, const base::Bytes& bytes,
                                       const data::DataSetInfo& info, const ir::Tensor& input) {
  if (info.kind != data::ValueKind::kReal && !info.normalization) return real_values(bytes, input);
  ir::Tensor as_float = input;
  as_float.type = ir::DataType::kFloat32;
  as_float.quantization = {};
  THIMBLE_ASSIGN(const base::Bytes real,
                 data::to_input(values, info.kind, info.normalization, as_float));
  return real_values(real, as_float);
}

Result<Outcome> run_one(Network& network, const data::DataSetInfo& info,
                        const data::Sample& sample) {
  const ir::Graph& graph = network.executor.graph();
  const ir::Tensor& input = graph.tensor(graph.inputs[0]);
  const auto size = static_cast<size_t>(input.elements());
  const std::span<const float> values = sample.values;
  if (size == 0 || values.empty() || values.size() % size != 0)
    return base::fail(
        Error(ErrorCode::kInvalidArgument,
              fmt::format("a sample has {} values, the input of {} ({}) has {}", values.size(),
                          graph.name, ir::shape_text(input.shape), size),
              "options such as size= and pad= change the shape of samples (docs/data.md)"));
  network.judge.begin(sample);
  network.executor.reset_state();
  for (size_t at = 0; at < values.size(); at += size) {
    THIMBLE_ASSIGN(const base::Bytes bytes,
                   data::to_input(values.subspan(at, size), info.kind, info.normalization, input));
    THIMBLE_ASSIGN(const std::vector<base::Bytes> outputs, network.executor.run({{bytes}}));
    std::vector<double> real;
    if (network.task == Task::kAnomaly) {
      THIMBLE_ASSIGN(real, real_input(values.subspan(at, size), bytes, info, input));
    }
    network.judge.see(real, outputs[0]);
  }
  return network.judge.end();
}

void work(Queue& queue, const data::DataSetInfo& info, std::vector<Network> networks,
          Evaluation& evaluation) {
  data::Sample sample;
  std::vector<Outcome> outcomes(networks.size());
  while (const std::optional<size_t> index = queue.next(sample)) {
    for (size_t i = 0; i < networks.size(); ++i) {
      Result<Outcome> outcome = run_one(networks[i], info, sample);
      if (!outcome) return queue.fail(std::move(outcome).error().in(sample.name));
      outcomes[i] = *outcome;
    }
    queue.put(evaluation, *index, sample, outcomes);
  }
}

// No exception leaves a thread: a library's becomes the error of the evaluation.
void work_guarded(Queue& queue, const data::DataSetInfo& info, const std::vector<Network>& networks,
                  Evaluation& evaluation) {
  try {
    work(queue, info, networks, evaluation);
  } catch (const std::bad_alloc&) {
    queue.fail({ErrorCode::kLimit, "not enough memory", "try fewer --threads"});
  }
}

}  // namespace

Result<Evaluation> evaluate(const std::vector<ir::Graph>& graphs, data::DataSet& samples,
                            const Options& options) {
  Evaluation evaluation;
  for (size_t i = 0; i < graphs.size(); ++i) {
    THIMBLE_ASSIGN(const TaskOfNetwork task, task_of(graphs[i]));
    if (i == 0) {
      evaluation.task = task.task;
      evaluation.classes = task.classes;
    } else if (task.task != evaluation.task || task.classes != evaluation.classes) {
      return base::fail(ErrorCode::kInvalidArgument,
                        "{} and {} cannot be compared: they have {} and {} outputs", graphs[0].name,
                        graphs[i].name, evaluation.classes, task.classes);
    }
  }
  evaluation.outcomes.resize(graphs.size());

  const auto start = std::chrono::steady_clock::now();
  const unsigned count =
      options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<Network> networks;
  for (const ir::Graph& graph : graphs) {
    THIMBLE_ASSIGN(exec::Executor executor, exec::Executor::create(graph));
    networks.push_back({std::move(executor), Judge(graph, evaluation.task), evaluation.task});
  }
  Queue queue(samples, options);
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < count; ++i)
      threads.emplace_back([&] { work_guarded(queue, samples.info(), networks, evaluation); });
  }
  if (std::optional<Error> error = queue.error()) return base::fail(std::move(*error));
  if (evaluation.labels.empty())
    return base::fail(ErrorCode::kInvalidArgument, "the data set has no samples");
  evaluation.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return evaluation;
}

}  // namespace thimble::eval
