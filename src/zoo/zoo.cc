#include "zoo/zoo.h"

#include <algorithm>
#include <functional>

#include "base/nearest_name.h"
#include "ops/statistics.h"
#include "zoo/networks/networks.h"

namespace thimble::zoo {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

// The float run takes as many inputs as fit into this work: about a second.
constexpr uint64_t kCalibrationMaccs = 1'200'000'000;
constexpr uint64_t kMaxSamples = 16;

struct Size {
  double width = 1;
  int32_t resolution = 0;
};

struct Network {
  std::string name, text;
  std::function<ir::TensorId(Builder&, const Size&)> build;
  int32_t resolution;
  // The float run is made at this resolution when the network's own is larger.
  int32_t calibration_resolution;
  bool scalable = false;  // has width and resolution options
};

std::vector<Network> all_networks() {
  std::vector<Network> networks;
  networks.push_back(
      {"lenet", "LeNet of Heim 2021", [](Builder& b, const Size&) { return lenet(b); }, 32, 32});
  networks.push_back({"resnet20", "ResNet-20 v1 for CIFAR-10, batch normalization folded",
                      [](Builder& b, const Size&) { return resnet20(b); }, 32, 32});
  struct Images {
    const char* name;
    int32_t size, channels;
  };
  for (const Images& images : {Images{"mnist", 28, 1}, Images{"cifar", 32, 3}})
    for (int32_t filters : {16, 32, 64, 96, 128})
      networks.push_back({fmt::format("conv{}-{}", filters, images.name),
                          fmt::format("Conv-{} of Profentzas et al. 2021", filters),
                          [=](Builder& b, const Size&) {
                            return conv_n(b, filters, images.size, images.channels);
                          },
                          images.size, images.size});
  networks.push_back(
      {"mobilenet-v1", "MobileNet v1, batch normalization folded; --width, --resolution",
       [](Builder& b, const Size& size) { return mobilenet_v1(b, size.width, size.resolution); },
       224, 224, true});
  networks.push_back({"alexnet", "AlexNet as one tower, without response normalization",
                      [](Builder& b, const Size& size) { return alexnet(b, size.resolution); }, 227,
                      227});
  networks.push_back({"vgg16", "VGG16",
                      [](Builder& b, const Size& size) { return vgg16(b, size.resolution); }, 224,
                      96});
  return networks;
}

Result<Network> find(std::string_view name) {
  std::vector<Network> networks = all_networks();
  auto found = std::ranges::find(networks, name, &Network::name);
  if (found != networks.end()) return std::move(*found);
  const std::string nearest = base::nearest_name(name, names());
  return fail(base::Error(
      ErrorCode::kNotFound, fmt::format("the zoo has no network {}", name),
      nearest.empty() ? "'thimble zoo' lists them" : fmt::format("did you mean {}?", nearest)));
}

Result<Size> read_size(const Network& network, const Options& options) {
  Size size{.width = options.width,
            .resolution = options.resolution == 0 ? network.resolution : options.resolution};
  if (!network.scalable) {
    if (size.width != 1 || size.resolution != network.resolution)
      return fail(ErrorCode::kInvalidArgument, "{} has neither a width nor a resolution to choose",
                  network.name);
    return size;
  }
  constexpr double kWidths[] = {0.25, 0.5, 0.75, 1};
  if (std::ranges::find(kWidths, size.width) == std::end(kWidths))
    return fail(ErrorCode::kInvalidArgument, "the width {} is not one of 0.25, 0.5, 0.75 and 1",
                size.width);
  if (size.resolution < 96 || size.resolution > 224 || size.resolution % 32 != 0)
    return fail(ErrorCode::kInvalidArgument,
                "the resolution {} is not a multiple of 32 from 96 to 224", size.resolution);
  return size;
}

struct Outline {
  ir::Graph graph;
  uint64_t folded_parameters;
};

Outline outline(const Network& network, const Size& size, ir::DataType type) {
  Builder builder(network.name, {.type = type, .weights = Numbers::Weights::kNone});
  const ir::TensorId output = network.build(builder, size);
  return {builder.finish(output), builder.folded_parameters()};
}

ir::Graph build(const Network& network, const Size& size, const Numbers& numbers) {
  Builder builder(network.name, numbers);
  return builder.finish(network.build(builder, size));
}

Result<Calibration> calibration_of(const Network& network, Size size, uint64_t seed,
                                   const Progress& progress) {
  size.resolution = std::min(size.resolution, network.calibration_resolution);
  const ir::Graph graph = build(network, size, {.seed = seed});
  const uint64_t maccs = ops::statistics(graph).total.cost.maccs;
  const auto samples = std::clamp<uint64_t>(kCalibrationMaccs / maccs, 1, kMaxSamples);
  return calibrate(graph, seed, static_cast<int>(samples), progress);
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (Network& network : all_networks()) result.push_back(std::move(network.name));
  return result;
}

Result<Description> describe(std::string_view name, const Options& options) {
  THIMBLE_ASSIGN(Network network, find(name));
  THIMBLE_ASSIGN(Size size, read_size(network, options));
  const Outline int8 = outline(network, size, ir::DataType::kInt8);
  const Outline float32 = outline(network, size, ir::DataType::kFloat32);
  const ops::LayerStatistics total = ops::statistics(int8.graph).total;
  return Description{.name = network.name,
                     .text = network.text,
                     .input = int8.graph.tensor(int8.graph.inputs[0]).shape,
                     .parameters_stored = total.parameters,
                     .parameters_trained = total.parameters + int8.folded_parameters,
                     .maccs = total.cost.maccs,
                     .int8_weight_bytes = total.weight_bytes,
                     .float32_weight_bytes = ops::statistics(float32.graph).total.weight_bytes};
}

Result<ir::Graph> make_network(std::string_view name, const Options& options,
                               const Progress& progress) {
  THIMBLE_ASSIGN(Network network, find(name));
  THIMBLE_ASSIGN(Size size, read_size(network, options));
  if (options.type != ir::DataType::kInt8 && options.type != ir::DataType::kFloat32)
    return fail(ErrorCode::kInvalidArgument, "the zoo has int8 and float32 networks, not {}",
                ir::type_name(options.type));
  THIMBLE_ASSIGN(Calibration calibration, calibration_of(network, size, options.seed, progress));
  if (progress) progress("making the weights", 1);
  return build(network, size,
               {.type = options.type, .seed = options.seed, .calibration = &calibration});
}

}  // namespace thimble::zoo
