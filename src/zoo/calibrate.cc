#include "zoo/calibrate.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/random.h"
#include "exec/executor.h"
#include "ops/activation.h"
#include "ops/op.h"

namespace thimble::zoo {
namespace {

using base::Bytes;
using base::Result;

// Fewer values of a channel than this have no meaningful mean.
constexpr size_t kMinValuesPerChannel = 16;

std::span<float> floats(Bytes& bytes) {
  return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}

// Away from zero to eight significant bits. The last bits of a float sum depend on the compiler;
// what is written to a file must not.
float round_outwards(float value) {
  constexpr float kSteps = 256;
  int exponent = 0;
  const float mantissa = std::frexp(value, &exponent);
  const float steps = mantissa * kSteps;
  return std::ldexp((value < 0 ? std::floor(steps) : std::ceil(steps)) / kSteps, exponent);
}

class Run {
 public:
  Run(const ir::Graph& graph, uint64_t seed, int samples)
      : graph_(graph), samples_(static_cast<size_t>(samples)) {
    values_.resize(graph.tensors.size());
    base::Random seeds(seed);
    for (size_t sample = 0; sample < samples_; ++sample)
      values_[static_cast<size_t>(graph.inputs[0])].push_back(
          exec::random_input(graph.tensor(graph.inputs[0]), seeds.next()));
    calibration_.ranges.resize(graph.tensors.size());
    record_range(graph.inputs[0]);
  }

  Result<> step(const ir::Node& node) {
    const bool centred = is_centred(node);
    ir::Node executed = node;
    if (centred) executed.attributes.set("activation", std::string("none"));
    THIMBLE_TRY(execute(executed));
    if (centred) {
      centre(node);
      THIMBLE_TRY(apply_activation(node));
    }
    record_range(node.outputs[0]);
    return {};
  }

  Calibration take() { return std::move(calibration_); }

 private:
  std::vector<Bytes>& values(ir::TensorId id) { return values_[static_cast<size_t>(id)]; }

  bool is_centred(const ir::Node& node) const {
    if (node.op != "CONV_2D" && node.op != "DEPTHWISE_CONV_2D") return false;
    const ir::Shape& shape = graph_.output(node).shape;
    const auto pixels = static_cast<size_t>(ir::element_count(shape) / shape.back());
    return pixels * samples_ >= kMinValuesPerChannel;
  }

  Result<> execute(const ir::Node& node) {
    const ir::TensorId output = node.outputs[0];
    std::vector<std::byte*> inputs(node.inputs.size());
    for (size_t sample = 0; sample < samples_; ++sample) {
      for (size_t i = 0; i < inputs.size(); ++i) {
        const ir::Tensor& tensor = graph_.tensor(node.inputs[i]);
        // Operators do not write constants; the cast only serves the common operand list.
        inputs[i] = tensor.is_constant() ? const_cast<std::byte*>(tensor.data->data())
                                         : values(node.inputs[i])[sample].data();
      }
      Bytes& result = values(output).emplace_back(graph_.tensor(output).bytes());
      std::byte* outputs[] = {result.data()};
      THIMBLE_TRY(ops::find_op(node.op)->execute({graph_, node, inputs, outputs}));
    }
    return {};
  }

  // Shifts every channel so that its mean is the random rest, and remembers the bias that does so.
  void centre(const ir::Node& node) {
    const ir::Tensor& bias = graph_.tensor(node.inputs[2]);
    const auto channels = static_cast<size_t>(bias.elements());
    std::vector<double> sum(channels), square_sum(channels);
    size_t pixels = 0;
    for (Bytes& sample : values(node.outputs[0])) {
      std::span<float> elements = floats(sample);
      for (size_t i = 0; i < elements.size(); ++i) {
        const double value = elements[i];
        sum[i % channels] += value;
        square_sum[i % channels] += value * value;
      }
      pixels += elements.size() / channels;
    }
    const auto count = static_cast<double>(pixels);
    std::vector<float> shift(channels), shifted_bias(channels);
    for (size_t c = 0; c < channels; ++c) {
      const double mean = sum[c] / count;
      const double deviation = std::sqrt(std::max(square_sum[c] / count - mean * mean, 0.0));
      shift[c] = static_cast<float>(bias.as<float>()[c] * deviation - mean);
      shifted_bias[c] = bias.as<float>()[c] + shift[c];
    }
    for (Bytes& sample : values(node.outputs[0])) {
      std::span<float> elements = floats(sample);
      for (size_t i = 0; i < elements.size(); ++i) elements[i] += shift[i % channels];
    }
    calibration_.biases[node.inputs[2]] = std::move(shifted_bias);
  }

  Result<> apply_activation(const ir::Node& node) {
    THIMBLE_ASSIGN(ops::Activation activation, ops::read_activation(node));
    const ops::FloatRange range = ops::activation_range(activation);
    for (Bytes& sample : values(node.outputs[0]))
      for (float& element : floats(sample)) element = std::clamp(element, range.min, range.max);
    return {};
  }

  void record_range(ir::TensorId id) {
    Range range;
    for (Bytes& sample : values(id)) {
      auto [min, max] = std::ranges::minmax(floats(sample));
      range = {std::min(range.min, min), std::max(range.max, max)};
    }
    calibration_.ranges[static_cast<size_t>(id)] = {round_outwards(range.min),
                                                    round_outwards(range.max)};
  }

  const ir::Graph& graph_;
  size_t samples_;
  std::vector<std::vector<Bytes>> values_;  // by tensor, then sample
  Calibration calibration_;
};

}  // namespace

Result<Calibration> calibrate(const ir::Graph& graph, uint64_t seed, int samples,
                              const Progress& progress) {
  CHECK(graph.inputs.size() == 1);
  Run run(graph, seed, samples);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (progress)
      progress("running the float network",
               static_cast<double>(i) / static_cast<double>(graph.nodes.size()));
    THIMBLE_TRY(run.step(graph.nodes[i]));
  }
  return run.take();
}

}  // namespace thimble::zoo
