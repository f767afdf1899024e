#include "optimize/quantize/calibration.h"

#include <cstring>

#include "exec/executor.h"

namespace thimble::optimize {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

void observe(const ir::Tensor& tensor, const base::Bytes& bytes, TensorStatistics& statistics) {
  if (tensor.type != ir::DataType::kFloat32) return;
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  statistics.histogram.add(values);
  const size_t channels = tensor.shape.empty() ? 1 : static_cast<size_t>(tensor.shape.back());
  if (channels == 0) return;
  statistics.channel_sums.resize(channels);
  for (size_t i = 0; i < values.size(); ++i)
    statistics.channel_sums[i % channels] += double{values[i]};
  statistics.values_per_channel += values.size() / channels;
}

Result<> check(const ir::Graph& graph, const Calibration& calibration) {
  if (calibration.samples == 0)
    return base::fail(ErrorCode::kInvalidArgument, "the calibration data has no samples");
  for (size_t i = 0; i < graph.tensors.size(); ++i)
    if (const uint64_t bad = calibration.tensors[i].histogram.not_finite(); bad != 0)
      return base::fail(
          Error(ErrorCode::kInvalidArgument,
                fmt::format("tensor {} got {} values that are infinite or no numbers",
                            graph.tensors[i].name, bad),
                "the calibration data may need another normalization (docs/data.md)"));
  for (ir::TensorId id : graph.inputs) {
    const Histogram& seen = calibration.of(id).histogram;
    if (seen.count() > 1 && seen.range().min == seen.range().max)
      return base::fail(Error(
          ErrorCode::kInvalidArgument,
          fmt::format("all {} calibration samples hold nothing but the value {}, from which no "
                      "range can be learnt",
                      calibration.samples, seen.range().min),
          "take samples of what the network will see"));
  }
  return {};
}

}  // namespace

Result<Calibration> calibrate(const ir::Graph& graph, const OpenSamples& open,
                              const Progress& progress) {
  THIMBLE_ASSIGN(exec::Executor executor, exec::Executor::create(graph));
  THIMBLE_ASSIGN(const Samples next, open());
  Calibration calibration;
  calibration.tensors.resize(graph.tensors.size());
  auto statistics = [&](ir::TensorId id) -> TensorStatistics& {
    return calibration.tensors[static_cast<size_t>(id)];
  };
  const exec::Executor::Observer observer = [&](size_t i, std::span<const base::Bytes> outputs) {
    const ir::Node& node = graph.nodes[i];
    for (size_t k = 0; k < outputs.size(); ++k)
      observe(graph.output(node, k), outputs[k], statistics(node.outputs[k]));
  };
  std::vector<base::Bytes> inputs;
  for (;;) {
    THIMBLE_ASSIGN(const bool any, next(inputs));
    if (!any) break;
    THIMBLE_TRY(executor.run(inputs, observer));
    for (size_t i = 0; i < inputs.size(); ++i)
      observe(graph.tensor(graph.inputs[i]), inputs[i], statistics(graph.inputs[i]));
    ++calibration.samples;
    if (progress) progress("calibrating", calibration.samples);
  }
  THIMBLE_TRY(check(graph, calibration));
  return calibration;
}

}  // namespace thimble::optimize
