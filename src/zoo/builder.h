// Builds the networks of the zoo layer by layer, with random weights (He et al. 2015, uniform).
//
// The same calls with other numbers (float32 or int8, another resolution) give tensors with the
// same ids, so that a calibration of one serves the other. Weights are made, and for int8
// quantized, one tensor at a time: memory stays near the size of the finished network. The builder
// owns the graph until finish().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "ir/graph.h"
#include "ops/activation.h"
#include "ops/window.h"
#include "zoo/calibrate.h"

namespace thimble::zoo {

// What the tensors of a network hold.
struct Numbers {
  enum class Weights {
    kNone,  // constants have shapes but no bytes: enough to count with ops::statistics
    kRandom,
  };
  ir::DataType type = ir::DataType::kFloat32;  // or kInt8
  Weights weights = Weights::kRandom;
  uint64_t seed = 1;
  // Needed for int8 with weights. Float networks without it have small random biases.
  const Calibration* calibration = nullptr;
};

// Batch normalization as it was trained: it is folded into weights and bias, so it only counts.
enum class BatchNorm {
  kNone,
  kBesideBias,     // four parameters a channel more than what is stored
  kInsteadOfBias,  // three more: the layer has no bias of its own
};

struct ConvOptions {
  int32_t filters = 1;  // ignored by depthwise convolutions
  int32_t kernel = 3;
  int32_t stride = 1;
  ops::Padding padding = ops::Padding::kSame;
  ops::Activation activation = ops::Activation::kRelu;
  BatchNorm batch_norm = BatchNorm::kNone;
};

class Builder {
 public:
  Builder(std::string name, const Numbers& numbers);

  // Every layer takes and returns the id of an activation [1, H, W, C] or [1, N].
  ir::TensorId input(const ir::Shape& shape);
  ir::TensorId conv(ir::TensorId x, const ConvOptions& options);
  ir::TensorId depthwise_conv(ir::TensorId x, const ConvOptions& options);
  ir::TensorId dense(ir::TensorId x, int32_t units, ops::Activation activation);
  ir::TensorId max_pool(ir::TensorId x, int32_t size, int32_t stride);
  ir::TensorId average_pool(ir::TensorId x, int32_t size, int32_t stride);
  ir::TensorId add(ir::TensorId a, ir::TensorId b, ops::Activation activation);
  ir::TensorId flatten(ir::TensorId x);
  ir::TensorId softmax(ir::TensorId x);

  const ir::Shape& shape(ir::TensorId id) const { return graph_.tensor(id).shape; }

  // Parameters of the trained network that folding has removed.
  uint64_t folded_parameters() const { return folded_parameters_; }

  ir::Graph finish(ir::TensorId output);

 private:
  struct Layer {
    std::string op;    // TensorFlow Lite's name
    std::string name;  // "conv_3"
  };
  Layer layer(std::string_view op, std::string_view prefix);

  // Weights and bias of a layer that reads `x`; returns the operands of its node.
  std::vector<ir::TensorId> with_parameters(const Layer& layer, ir::TensorId x, ir::Shape weights,
                                            int64_t fan_in, ops::WeightScheme scheme);
  ir::TensorId add_weights(std::string name, ir::Shape shape, int64_t fan_in,
                           ops::WeightScheme scheme);
  ir::TensorId add_bias(std::string name, int32_t channels, ir::TensorId x, ir::TensorId weights);

  ir::TensorId pool(Layer layer, ir::TensorId x, int32_t size, int32_t stride);
  // `quantization` is for int8; without one it follows from the calibration. The operator's own
  // rules give the shape, unless one is given.
  ir::TensorId add_node(Layer layer, std::vector<ir::TensorId> inputs, ir::Attributes attributes,
                        ir::Quantization quantization = {}, ir::Shape shape = {});

  bool quantized() const { return numbers_.type == ir::DataType::kInt8; }
  bool has_weights() const { return numbers_.weights == Numbers::Weights::kRandom; }

  Numbers numbers_;
  base::Random seeds_;  // one for each tensor, so that sizes do not shift what follows
  ir::Graph graph_;
  uint64_t folded_parameters_ = 0;
};

}  // namespace thimble::zoo
