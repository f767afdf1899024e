#include "zoo/calibrate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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

// A channel that varies less than this part of its layer's average keeps varying less.
constexpr double kSmallestDeviation = 0.1;

// Of a convolution's channels before the activation function, in standard deviations.
constexpr double kWantedMean = 1;

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
    const bool has_weights = node.inputs.size() == 3;
    ir::Node executed = node;
    if (has_weights) executed.attributes.set("activation", std::string("none"));
    THIMBLE_TRY(execute(executed));
    if (has_weights) {
      normalize(node);
      THIMBLE_TRY(apply_activation(node));
    }
    record_range(node.outputs[0]);
    return {};
  }

  Calibration take() { return std::move(calibration_); }

 private:
  std::vector<Bytes>& values(ir::TensorId id) { return values_[static_cast<size_t>(id)]; }

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

  struct Moments {
    std::vector<double> means, variances;  // by channel
    size_t count = 0;                      // values in a channel

    double mean_variance() const {
      return std::reduce(variances.begin(), variances.end()) / static_cast<double>(means.size());
    }
    double mean_square() const {
      return mean_variance() + std::inner_product(means.begin(), means.end(), means.begin(), 0.0) /
                                   static_cast<double>(means.size());
    }
  };

  Moments moments(ir::TensorId id) {
    const auto channels = static_cast<size_t>(graph_.tensor(id).shape.back());
    Moments m{std::vector<double>(channels), std::vector<double>(channels)};
    for (Bytes& sample : values(id)) {
      std::span<float> elements = floats(sample);
      for (size_t i = 0; i < elements.size(); ++i) {
        const double value = elements[i];
        m.means[i % channels] += value;
        m.variances[i % channels] += value * value;
      }
      m.count += elements.size() / channels;
    }
    for (size_t c = 0; c < channels; ++c) {
      m.means[c] /= static_cast<double>(m.count);
      const double square = m.variances[c] / static_cast<double>(m.count);
      m.variances[c] = std::max(square - m.means[c] * m.means[c], 0.0);
    }
    return m;
  }

  // Replaces the values v of every channel by gain * (v + shift), and remembers the weights' factor
  // and the bias that do so.
  void normalize(const ir::Node& node) {
    const ir::TensorId output = node.outputs[0];
    const float* bias = graph_.tensor(node.inputs[2]).as<float>();
    const Moments m = moments(output);
    const size_t channels = m.means.size();
    std::vector<float>& gain = calibration_.gains[node.inputs[1]];
    std::vector<double> shift(channels);
    if (node.op == "FULLY_CONNECTED" || m.count < kMinValuesPerChannel) {
      gain.assign(channels, gain_for(std::sqrt(m.mean_square()), wanted_deviation(output)));
    } else {
      const double smallest = kSmallestDeviation * std::sqrt(m.mean_variance());
      for (size_t c = 0; c < channels; ++c) {
        const double deviation = std::max(std::sqrt(m.variances[c]), smallest);
        gain.push_back(gain_for(deviation, 1));
        shift[c] = (kWantedMean + bias[c]) * deviation - m.means[c];
      }
    }
    for (Bytes& sample : values(output)) {
      std::span<float> elements = floats(sample);
      for (size_t i = 0; i < elements.size(); ++i)
        elements[i] = static_cast<float>(gain[i % channels] * (elements[i] + shift[i % channels]));
    }
    std::vector<float>& new_bias = calibration_.biases[node.inputs[2]];
    for (size_t c = 0; c < channels; ++c)
      new_bias.push_back(static_cast<float>(gain[c] * (bias[c] + shift[c])));
  }

  static float gain_for(double deviation, double wanted) {
    return deviation == 0 ? 1.0f : round_outwards(static_cast<float>(wanted / deviation));
  }

  // Of n classes the largest of n normal numbers decides, about sqrt(2 ln n) deviations. With that
  // as deviation the softmax gives some classes, but not a single one, a probability that can be
  // seen in eight bits.
  double wanted_deviation(ir::TensorId output) const {
    for (const ir::Node& node : graph_.nodes)
      if (node.op == "SOFTMAX" && node.inputs[0] == output)
        return std::sqrt(2 * std::log(static_cast<double>(graph_.tensor(output).elements())));
    return 1;
  }

  Result<> apply_activation(const ir::Node& node) {
    THIMBLE_ASSIGN(ops::Activation activation, ops::read_activation(node));
    const ops::FloatRange range = ops::activation_range(activation);
    for (Bytes& sample : values(node.outputs[0]))
      for (float& element : floats(sample)) element = std::clamp(element, range.min, range.max);
    return {};
  }

  void record_range(ir::TensorId id) {
    ops::Range range;
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
