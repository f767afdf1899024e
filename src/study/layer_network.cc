#include "study/layer_network.h"

#include "zoo/builder.h"

namespace thimble::study {
namespace {

constexpr uint64_t kSeed = 1;
constexpr int kSamples = 4;

ir::Graph build(const Point& point, const zoo::Numbers& numbers) {
  using ops::Activation;
  zoo::Builder builder("study", numbers);
  if (point.kind == Kind::kDense)
    return builder.finish(
        builder.dense(builder.input({1, point.length}), point.units, Activation::kRelu));
  const ir::TensorId image = builder.input({1, point.size, point.size, point.length});
  const zoo::ConvOptions options{.filters = point.units,
                                 .kernel = point.kernel,
                                 .stride = point.stride,
                                 .padding = ops::Padding::kValid};
  return builder.finish(point.kind == Kind::kDepthwise ? builder.depthwise_conv(image, options)
                                                       : builder.conv(image, options));
}

}  // namespace

base::Result<ir::Graph> layer_network(const Point& point, ir::DataType type) {
  THIMBLE_ASSIGN(const zoo::Calibration calibration,
                 zoo::calibrate(build(point, {.seed = kSeed}), kSeed, kSamples, {}));
  ir::Graph graph = build(point, {.type = type, .seed = kSeed, .calibration = &calibration});
  graph.nodes.at(0).name = "layer";
  return graph;
}

ir::Graph joined(std::span<const ir::Graph> networks) {
  ir::Graph all;
  all.name = "study";
  for (size_t i = 0; i < networks.size(); ++i) {
    const auto base = static_cast<ir::TensorId>(all.tensors.size());
    const auto moved = [base](std::vector<ir::TensorId> ids) {
      for (ir::TensorId& id : ids)
        if (id != ir::kNoTensor) id += base;
      return ids;
    };
    for (ir::Tensor tensor : networks[i].tensors) {
      tensor.name = fmt::format("{}/{}", i, tensor.name);
      all.add_tensor(std::move(tensor));
    }
    for (ir::Node node : networks[i].nodes) {
      node.name = fmt::format("{}", i);
      node.inputs = moved(std::move(node.inputs));
      node.outputs = moved(std::move(node.outputs));
      all.nodes.push_back(std::move(node));
    }
    for (ir::TensorId id : moved(networks[i].inputs)) all.inputs.push_back(id);
    for (ir::TensorId id : moved(networks[i].outputs)) all.outputs.push_back(id);
  }
  return all;
}

}  // namespace thimble::study
