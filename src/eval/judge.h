// What the output of a network says of a sample.
#pragma once

#include <span>
#include <vector>

#include "base/files.h"
#include "eval/evaluate.h"

namespace thimble::eval {

struct TaskOfNetwork {
  Task task;
  int32_t classes;  // elements of the output
};

// A network whose output is as large as its input (and larger than one element) imitates it.
// Errors: kUnsupported when it has several inputs or outputs.
base::Result<TaskOfNetwork> task_of(const ir::Graph& graph);

// The elements of a tensor as real numbers: float32 and the quantized integers.
std::vector<double> real_values(std::span<const std::byte> bytes, const ir::Tensor& tensor);

// Sees the inputs and outputs of one sample after another. The error of an imitation is against the
// input as it was, not as it was quantized: so does calculate_result() of MLPerf Tiny's reference
// submission (benchmark/reference_submissions/anomaly_detection). Refers to nothing.
class Judge {
 public:
  Judge(const ir::Graph& graph, Task task);

  void begin(const data::Sample& sample);
  // `input` are the real numbers that the network got before any quantization.
  void see(std::span<const double> input, const base::Bytes& output);

  // Errors: kMalformed when the sample has no label or one beyond the classes, or when an output
  // was no finite number.
  base::Result<Outcome> end() const;

 private:
  base::Result<Outcome> classify() const;

  ir::Tensor output_;
  Task task_;
  bool gives_probabilities_;
  int32_t label_ = data::kNoLabel;
  std::vector<double> sum_;   // of the outputs of a sample's inputs
  double squared_error_ = 0;  // of all of them
  size_t seen_ = 0;
};

}  // namespace thimble::eval
