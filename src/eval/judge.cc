#include "eval/judge.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/check.h"

namespace thimble::eval {
namespace {

using base::ErrorCode;
using base::Result;

// Without the data, which a constant may be.
ir::Tensor description_of(const ir::Tensor& tensor) {
  ir::Tensor description = tensor;
  description.data = nullptr;
  return description;
}

// Whether the output comes from SOFTMAX or LOGISTIC, through operators that change only its form.
bool gives_probabilities(const ir::Graph& graph) {
  ir::TensorId wanted = graph.outputs[0];
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (std::ranges::find(node->outputs, wanted) == node->outputs.end()) continue;
    if (node->op == "SOFTMAX" || node->op == "LOGISTIC") return true;
    if (node->op != "RESHAPE" && node->op != "QUANTIZE" && node->op != "DEQUANTIZE") return false;
    wanted = node->inputs[0];
  }
  return false;
}

// Keras's categorical cross-entropy: probabilities divided by their sum, then clipped to 1e-7.
constexpr double kLeastProbability = 1e-7;

std::vector<double> probabilities(std::vector<double> outputs, bool already) {
  if (!already) {
    const double largest = *std::ranges::max_element(outputs);
    for (double& x : outputs) x = std::exp(x - largest);
  }
  const double sum = std::accumulate(outputs.begin(), outputs.end(), 0.0);
  if (sum > 0)
    for (double& x : outputs) x /= sum;
  return outputs;
}

template <typename T>
std::vector<double> real_values_of(std::span<const std::byte> bytes, double scale,
                                   double zero_point) {
  std::vector<double> values(bytes.size() / sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T element;
    std::memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = (static_cast<double>(element) - zero_point) * scale;
  }
  return values;
}

bool has_real_values(const ir::Tensor& tensor) {
  return tensor.type == ir::DataType::kFloat32 || tensor.type == ir::DataType::kInt8 ||
         tensor.type == ir::DataType::kUInt8 || tensor.type == ir::DataType::kInt16 ||
         tensor.type == ir::DataType::kInt32;
}

}  // namespace

Result<TaskOfNetwork> task_of(const ir::Graph& graph) {
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1)
    return base::fail(ErrorCode::kUnsupported,
                      "{} has {} inputs and {} outputs; eval needs one of each", graph.name,
                      graph.inputs.size(), graph.outputs.size());
  const ir::Tensor &input = graph.tensor(graph.inputs[0]), &output = graph.tensor(graph.outputs[0]);
  if (!has_real_values(output) || output.elements() < 1)
    return base::fail(ErrorCode::kUnsupported, "the output of {} is {} of shape {}", graph.name,
                      ir::type_name(output.type), ir::shape_text(output.shape));
  const bool imitates = output.elements() == input.elements() && output.elements() > 1;
  return TaskOfNetwork{imitates ? Task::kAnomaly : Task::kClassification,
                       static_cast<int32_t>(output.elements())};
}

std::vector<double> real_values(std::span<const std::byte> bytes, const ir::Tensor& tensor) {
  const bool quantized = tensor.quantization.present();
  const double scale = quantized ? double{tensor.scale()} : 1.0;
  const double zero_point = quantized ? tensor.zero_point() : 0;
  switch (tensor.type) {
    case ir::DataType::kFloat32:
      return real_values_of<float>(bytes, 1, 0);
    case ir::DataType::kInt8:
      return real_values_of<int8_t>(bytes, scale, zero_point);
    case ir::DataType::kUInt8:
      return real_values_of<uint8_t>(bytes, scale, zero_point);
    case ir::DataType::kInt16:
      return real_values_of<int16_t>(bytes, scale, zero_point);
    case ir::DataType::kInt32:
      return real_values_of<int32_t>(bytes, scale, zero_point);
    default:
      CHECK(false, "{}", ir::type_name(tensor.type));
  }
}

Judge::Judge(const ir::Graph& graph, Task task)
    : output_(description_of(graph.tensor(graph.outputs[0]))),
      task_(task),
      gives_probabilities_(gives_probabilities(graph)) {}

void Judge::begin(const data::Sample& sample) {
  label_ = sample.label;
  sum_.clear();
  squared_error_ = 0;
  seen_ = 0;
}

void Judge::see(std::span<const double> input, const base::Bytes& output) {
  std::vector<double> values = real_values(output, output_);
  ++seen_;
  if (task_ == Task::kAnomaly) {
    for (size_t i = 0; i < values.size(); ++i)
      squared_error_ += (values[i] - input[i]) * (values[i] - input[i]);
    return;
  }
  if (sum_.empty()) sum_.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) sum_[i] += values[i];
}

Result<Outcome> Judge::end() const {
  if (!std::isfinite(squared_error_) ||
      !std::ranges::all_of(sum_, [](double x) { return std::isfinite(x); }))
    return base::fail(base::Error(ErrorCode::kMalformed,
                                  "an output of the network is infinite or not a number",
                                  "are its weights finite, and its inputs scaled as it expects?"));
  if (task_ == Task::kClassification) return classify();
  if (label_ != 0 && label_ != 1)
    return base::fail(ErrorCode::kMalformed, "the label is {}, expected 0 (normal) or 1 (anomaly)",
                      label_);
  const double values = static_cast<double>(seen_) * static_cast<double>(output_.elements());
  return Outcome{.score = squared_error_ / values};
}

Result<Outcome> Judge::classify() const {
  if (label_ < 0 || label_ >= static_cast<int32_t>(sum_.size()))
    return base::fail(
        base::Error(ErrorCode::kMalformed,
                    fmt::format("the label is {}, the network has {} classes", label_, sum_.size()),
                    "do labels and network belong together?"));
  const auto label = static_cast<size_t>(label_);
  Outcome outcome;
  outcome.predicted = static_cast<int32_t>(std::ranges::max_element(sum_) - sum_.begin());
  for (size_t i = 0; i < sum_.size(); ++i)
    if (sum_[i] > sum_[label] || (sum_[i] == sum_[label] && i < label)) ++outcome.rank_of_label;
  const double probability = probabilities(sum_, gives_probabilities_)[label];
  outcome.cross_entropy = -std::log(std::clamp(probability, kLeastProbability, 1.0));
  return outcome;
}

}  // namespace thimble::eval
