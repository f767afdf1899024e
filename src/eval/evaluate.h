// Runs networks over a data set on all cores and keeps what the metrics need of every sample.
//
// Every network sees the same samples in the same order, so that their differences are paired. The
// results do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/data_set.h"
#include "ir/graph.h"

namespace thimble::eval {

enum class Task {
  kClassification,  // one output element per class
  kAnomaly,         // the output imitates the input; a large difference is an anomaly
};

// What a network said of one sample.
struct Outcome {
  int32_t predicted = 0;      // the class with the largest output; the first of equals
  int32_t rank_of_label = 0;  // how many classes came before the label: 0 is right
  double cross_entropy = 0;   // -ln of the label's probability, which is at least 1e-7
  double score = 0;           // anomaly: mean squared difference of output and input
};

struct Options {
  uint64_t max_samples = 0;  // 0: all
  unsigned threads = 0;      // 0: as many as the machine has
  // Called from one thread at a time; `total` is 0 when it is not known.
  std::function<void(uint64_t done, uint64_t total)> on_progress;
};

struct Evaluation {
  Task task = Task::kClassification;
  int32_t classes = 0;
  std::vector<int32_t> labels;                 // by sample
  std::vector<std::string> names;              // by sample
  std::vector<std::vector<Outcome>> outcomes;  // by network, then by sample
  double seconds = 0;
};

// Each network has one input and one output; all have the same task and number of classes.
// Classification takes the output of a last SOFTMAX or LOGISTIC as probabilities (divided by their
// sum) and any other as logits. Errors: kInvalidArgument when networks and data set do not fit
// together, kMalformed for a label beyond the classes; those of the reader.
base::Result<Evaluation> evaluate(const std::vector<ir::Graph>& networks, data::DataSet& samples,
                                  const Options& options);

}  // namespace thimble::eval
