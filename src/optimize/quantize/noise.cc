#include "optimize/quantize/noise.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "base/check.h"
#include "exec/executor.h"
#include "ops/quantize_values.h"
#include "optimize/quantize/constants.h"

namespace thimble::optimize {
namespace {

using base::Bytes;
using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Tensor;
using ir::TensorId;

struct Powers {
  double signal = 0, noise = 0;

  void add(std::span<const float> before, std::span<const float> after) {
    for (size_t i = 0; i < before.size(); ++i) {
      const double error = double{after[i]} - double{before[i]};
      signal += double{before[i]} * double{before[i]};
      noise += error * error;
    }
  }
  double ratio() const { return noise == 0 ? kNoNoise : signal / noise; }
};

// An activation as the real numbers that it stands for.
std::vector<float> real_values(const Tensor& tensor, const Bytes& bytes) {
  if (tensor.type == DataType::kFloat32) {
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  Tensor constant = tensor;
  constant.data = std::make_shared<const Bytes>(bytes);
  return ops::dequantized_values(constant);
}

bool is_real(const Tensor& tensor) {
  return tensor.type == DataType::kFloat32 ||
         (tensor.quantization.present() &&
          (tensor.type == DataType::kInt8 || tensor.type == DataType::kInt16));
}

Bytes as_input(const Bytes& bytes, const Tensor& before, const Tensor& after) {
  if (before.type == after.type) return bytes;
  Tensor integers = after;
  ops::quantize_values(real_values(before, bytes), after.quantization, after.type, integers);
  return *integers.data;
}

size_t largest(const std::vector<float>& values) {
  return static_cast<size_t>(std::ranges::max_element(values) - values.begin());
}

// Two networks on the same samples, tensor by tensor.
class Comparison {
 public:
  Comparison(const Graph& graph, const Graph& quantized) : graph_(graph), quantized_(quantized) {}

  Result<> run(exec::Executor& before, exec::Executor& after, const std::vector<Bytes>& inputs) {
    values_.clear();
    THIMBLE_ASSIGN(const std::vector<Bytes> expected,
                   before.run(inputs, [&](size_t node, std::span<const Bytes> outputs) {
                     for (size_t k = 0; k < outputs.size(); ++k)
                       keep(graph_.nodes[node].outputs[k], outputs[k]);
                   }));
    std::vector<Bytes> converted;
    for (size_t i = 0; i < inputs.size(); ++i)
      converted.push_back(as_input(inputs[i], graph_.tensor(graph_.inputs[i]),
                                   quantized_.tensor(quantized_.inputs[i])));
    THIMBLE_ASSIGN(const std::vector<Bytes> actual,
                   after.run(converted, [&](size_t node, std::span<const Bytes> outputs) {
                     for (size_t k = 0; k < outputs.size(); ++k)
                       compare(quantized_.nodes[node].outputs[k], outputs[k]);
                   }));
    bool same_class = true;
    for (size_t i = 0; i < expected.size(); ++i) {
      const Tensor& x = graph_.tensor(graph_.outputs[i]);
      const Tensor& y = quantized_.tensor(quantized_.outputs[i]);
      if (!is_real(x) || !is_real(y) || x.elements() == 0) continue;
      const std::vector<float> a = real_values(x, expected[i]), b = real_values(y, actual[i]);
      outputs_.add(a, b);
      same_class = same_class && largest(a) == largest(b);
    }
    same_class_ += same_class ? 1 : 0;
    return {};
  }

  std::optional<double> of(TensorId id) const {
    const auto found = powers_.find(id);
    if (found == powers_.end()) return std::nullopt;
    return found->second.ratio();
  }
  double of_outputs() const { return outputs_.ratio(); }
  uint64_t same_class() const { return same_class_; }

 private:
  void keep(TensorId id, const Bytes& bytes) {
    if (graph_.tensor(id).type == DataType::kFloat32)
      values_[id] = real_values(graph_.tensor(id), bytes);
  }

  void compare(TensorId id, const Bytes& bytes) {
    const auto expected = values_.find(id);
    if (expected == values_.end() || !is_real(quantized_.tensor(id))) return;
    powers_[id].add(expected->second, real_values(quantized_.tensor(id), bytes));
  }

  const Graph &graph_, &quantized_;
  std::map<TensorId, std::vector<float>> values_;  // of this sample, before
  std::map<TensorId, Powers> powers_;
  Powers outputs_;
  uint64_t same_class_ = 0;
};

}  // namespace

double decibels(double ratio) {
  return 10 * std::log10(ratio);
}

double constant_sqnr(std::span<const float> before, std::span<const float> after) {
  CHECK(before.size() == after.size());
  Powers powers;
  powers.add(before, after);
  return powers.ratio();
}

Result<> measure_noise(const Graph& graph, const Graph& quantized, const OpenSamples& open,
                       uint64_t max_samples, const Progress& progress, Noise& noise) {
  CHECK(noise.layers.size() == graph.nodes.size());
  THIMBLE_ASSIGN(exec::Executor before, exec::Executor::create(graph));
  THIMBLE_ASSIGN(exec::Executor after, exec::Executor::create(quantized));
  THIMBLE_ASSIGN(const Samples next, open());
  Comparison comparison(graph, quantized);
  std::vector<Bytes> inputs;
  while (noise.samples < max_samples) {
    THIMBLE_ASSIGN(const bool any, next(inputs));
    if (!any) break;
    THIMBLE_TRY(comparison.run(before, after, inputs));
    ++noise.samples;
    if (progress) progress("measuring the noise", noise.samples);
  }
  if (noise.samples == 0) return {};
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    noise.layers[i].measured = comparison.of(graph.nodes[i].outputs[0]);
  noise.measured = comparison.of_outputs();
  noise.same_class = comparison.same_class();
  return {};
}

}  // namespace thimble::optimize
