#include "exec/fast/mac_layer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "base/check.h"
#include "exec/fast/field.h"
#include "ops/conv_window.h"
#include "ops/hybrid.h"
#include "ops/mac_layer.h"

namespace thimble::exec::fast {
namespace {

using ops::MacLayer;
using ops::MacMode;

// What the three operators make of their weights.
struct Shape {
  Field field;
  int32_t channels;   // of the output
  bool is_depthwise;  // channel i of the output reads channel i of the input alone
  // Index into the weights of output channel o, tap t, input channel c (0 if depthwise).
  std::function<int64_t(int32_t o, int32_t t, int32_t c)> weight_index;
};

size_t round_up(size_t value, size_t step) {
  return (value + step - 1) / step * step;
}

// Weights in the order in which the kernels read them, by vector of output channels.
template <typename Element, typename Weight>
class PackedWeights {
 public:
  // Empty lanes and the second halves of incomplete pairs are zero. `pair` is 2 where kernels read
  // two elements (or two runs, if depthwise) at a time.
  PackedWeights(const Shape& shape, const Weight* weights, Weight zero, size_t pair) {
    const Field& field = shape.field;
    const auto taps_per_run = static_cast<size_t>(field.taps_per_run);
    const auto in_channels = static_cast<size_t>(field.channels);
    // A depthwise layer has one long run of taps, a product one run of elements per offset.
    const size_t runs = shape.is_depthwise ? 1 : field.run_offsets.size();
    const size_t length =
        shape.is_depthwise ? static_cast<size_t>(field.taps) : taps_per_run * in_channels;
    const size_t padded = round_up(length, pair);
    per_vector_ = runs * padded * kLanes;
    const auto channels = static_cast<size_t>(shape.channels);
    values_.resize(round_up(channels, kLanes) / kLanes * per_vector_);
    for (size_t o = 0; o < channels; ++o)
      for (size_t r = 0; r < runs; ++r)
        for (size_t i = 0; i < length; ++i) {
          const size_t tap = shape.is_depthwise ? i : r * taps_per_run + i / in_channels;
          const size_t c = shape.is_depthwise ? 0 : i % in_channels;
          const int64_t index = shape.weight_index(
              static_cast<int32_t>(o), static_cast<int32_t>(tap), static_cast<int32_t>(c));
          const size_t position = r * padded + i;  // within the vector, in elements
          values_[o / kLanes * per_vector_ + position / pair * pair * kLanes + o % kLanes * pair +
                  position % pair] =
              static_cast<Element>(static_cast<Element>(weights[index]) - zero);
        }
  }

  const Element* vector(size_t index) const { return values_.data() + index * per_vector_; }

 private:
  size_t per_vector_;
  std::vector<Element> values_;
};

// The walk over tiles that all arithmetics share.
class TiledLayer : public Layer {
 protected:
  TiledLayer(const Shape& shape, const Kernels& kernels)
      : kernels_(kernels),
        field_(shape.field),
        channels_(static_cast<size_t>(shape.channels)),
        lane_step_(shape.is_depthwise ? kLanes : 0),
        run_length_(shape.is_depthwise ? 1
                                       : static_cast<size_t>(field_.taps_per_run) *
                                             static_cast<size_t>(field_.channels)) {}

  // finish(first pixel, pixels, first channel, channels, sums) gets sums[pixel][lane].
  template <typename Sum, typename Element, typename Weights, typename Tile, typename Finish>
  void for_each_tile(const Element* image, const Weights& weights, Tile tile, Finish finish) const {
    const Runs runs = field_.runs(run_length_);
    for (size_t pixel = 0; pixel < field_.pixels.size(); pixel += kTilePixels) {
      const size_t count = std::min(kTilePixels, field_.pixels.size() - pixel);
      const Element* at[kTilePixels];
      for (size_t i = 0; i < count; ++i) at[i] = image + field_.pixels[pixel + i];
      for (size_t channel = 0; channel < channels_; channel += kLanes) {
        Sum sums[kTilePixels * kLanes];
        tile(at, count, runs, weights.vector(channel / kLanes), sums);
        finish(pixel, count, channel, std::min(kLanes, channels_ - channel), sums);
        for (size_t i = 0; i < count; ++i) at[i] += lane_step_;
      }
    }
  }

  size_t out_elements() const { return field_.pixels.size() * channels_; }  // of one batch

  const Kernels& kernels_;
  Field field_;
  size_t channels_;

 private:
  size_t lane_step_, run_length_;
};

class Int8Layer : public TiledLayer {
 public:
  Int8Layer(const Shape& shape, const Kernels& kernels, const MacLayer& layer,
            const ops::OutputStage& stage)
      : TiledLayer(shape, kernels),
        weights_(shape, layer.weights.as<int8_t>(), static_cast<int8_t>(layer.weight_zero_point()),
                 2),
        tile_(shape.is_depthwise ? kernels.int_depthwise : kernels.int_product),
        input_zero_(static_cast<int16_t>(layer.input.zero_point())),
        range_{stage.zero_point, stage.range.min, stage.range.max},
        lanes_(round_up(channels_, kLanes) / kLanes) {
    const std::vector<int64_t> bias = ops::integer_bias(layer);
    for (size_t c = 0; c < channels_; ++c) {
      RescaleLanes& lanes = lanes_[c / kLanes];
      lanes.bias[c % kLanes] = static_cast<int32_t>(bias[c]);
      lanes.multiplier[c % kLanes] = stage.multipliers[c].multiplier;
      lanes.left[c % kLanes] = std::max(stage.multipliers[c].shift, 0);
      lanes.right[c % kLanes] = std::max(-stage.multipliers[c].shift, 0);
    }
  }

  size_t scratch_bytes() const override { return field_.elements() * sizeof(int16_t); }

  void run(std::span<std::byte* const> inputs, std::byte* output,
           std::byte* scratch) const override {
    const auto* in = reinterpret_cast<const int8_t*>(inputs[0]);
    auto* out = reinterpret_cast<int8_t*>(output);
    auto* image = reinterpret_cast<int16_t*>(scratch);
    for (int32_t n = 0; n < field_.batches; ++n) {
      field_.fill(in, image, [&](const int8_t* from, size_t count, int16_t* to) {
        kernels_.widen(from, count, input_zero_, to);
      });
      for_each_tile<int32_t>(
          image, weights_, tile_,
          [&](size_t pixel, size_t count, size_t channel, size_t channels, const int32_t* sums) {
            kernels_.rescale(sums, count, lanes_[channel / kLanes], range_,
                             out + pixel * channels_ + channel, channels_, channels);
          });
      in += field_.in_elements();
      out += out_elements();
    }
  }

 private:
  PackedWeights<int16_t, int8_t> weights_;
  decltype(Kernels::int_product) tile_;
  int16_t input_zero_;
  RescaleRange range_;
  std::vector<RescaleLanes> lanes_;
};

// int16 activations. Sums of 32 bits are exact here (see sums_fit_32_bits) or wrap in the reference
// too; what follows them is left to it.
template <typename Sum>
class Int16Layer : public TiledLayer {
 public:
  Int16Layer(const Shape& shape, const Kernels& kernels, const MacLayer& layer,
             ops::OutputStage stage)
      : TiledLayer(shape, kernels),
        weights_(shape, layer.weights.as<int8_t>(), static_cast<int8_t>(layer.weight_zero_point()),
                 2),
        tile_(shape.is_depthwise ? kernels.int_depthwise : kernels.int_product),
        bias_(ops::integer_bias(layer)),
        stage_(std::move(stage)) {}

  size_t scratch_bytes() const override { return field_.elements() * sizeof(int16_t); }

  void run(std::span<std::byte* const> inputs, std::byte* output,
           std::byte* scratch) const override {
    using Wrapping = std::make_unsigned_t<Sum>;
    const auto* in = reinterpret_cast<const int16_t*>(inputs[0]);
    auto* out = reinterpret_cast<int16_t*>(output);
    auto* image = reinterpret_cast<int16_t*>(scratch);
    for (int32_t n = 0; n < field_.batches; ++n) {
      field_.fill(in, image, [](const int16_t* from, size_t count, int16_t* to) {
        std::copy_n(from, count, to);
      });
      for_each_tile<int32_t>(
          image, weights_, tile_,
          [&](size_t pixel, size_t count, size_t channel, size_t channels, const int32_t* sums) {
            for (size_t p = 0; p < count; ++p)
              for (size_t c = 0; c < channels; ++c) {
                const auto sum = static_cast<Sum>(static_cast<Wrapping>(Sum{sums[p * kLanes + c]}) +
                                                  static_cast<Wrapping>(bias_[channel + c]));
                out[(pixel + p) * channels_ + channel + c] =
                    static_cast<int16_t>(stage_.apply(sum, static_cast<int32_t>(channel + c)));
              }
          });
      in += field_.in_elements();
      out += out_elements();
    }
  }

 private:
  PackedWeights<int16_t, int8_t> weights_;
  decltype(Kernels::int_product) tile_;
  std::vector<int64_t> bias_;
  ops::OutputStage stage_;
};

// Whether no sum of products with int16 activations leaves 32 bits, whatever the activations are.
bool sums_fit_32_bits(const Shape& shape, const MacLayer& layer) {
  constexpr int64_t kLargestInput = 1 << 15, kLargestSum = (int64_t{1} << 31) - 1;
  const auto* weights = layer.weights.as<int8_t>();
  const int32_t in_channels = shape.is_depthwise ? 1 : shape.field.channels;
  for (int32_t o = 0; o < shape.channels; ++o) {
    int64_t magnitudes = 0;
    for (int32_t t = 0; t < shape.field.taps; ++t)
      for (int32_t c = 0; c < in_channels; ++c)
        magnitudes += std::abs(weights[shape.weight_index(o, t, c)] - layer.weight_zero_point());
    if (magnitudes * kLargestInput > kLargestSum) return false;
  }
  return true;
}

// What happens to a float sum.
struct FloatStage {
  std::vector<float> scales;  // of integer weights that were decoded; empty: none
  std::vector<float> bias;    // empty: none
  ops::FloatRange range;

  float apply(float sum, size_t channel) const {
    if (!scales.empty()) sum *= scales[channel];
    if (!bias.empty()) sum += bias[channel];
    return std::min(std::max(sum, range.min), range.max);
  }
};

// Weight: float, or int8_t for weights that are decoded.
template <typename Weight>
class FloatLayer : public TiledLayer {
 public:
  FloatLayer(const Shape& shape, const Kernels& kernels, const MacLayer& layer, FloatStage stage)
      : TiledLayer(shape, kernels),
        weights_(shape, layer.weights.as<Weight>(), 0, 1),
        tile_(shape.is_depthwise ? kernels.float_depthwise : kernels.float_product),
        stage_(std::move(stage)) {}

  size_t scratch_bytes() const override { return field_.elements() * sizeof(float); }

  void run(std::span<std::byte* const> inputs, std::byte* output,
           std::byte* scratch) const override {
    const auto* in = reinterpret_cast<const float*>(inputs[0]);
    auto* out = reinterpret_cast<float*>(output);
    auto* image = reinterpret_cast<float*>(scratch);
    for (int32_t n = 0; n < field_.batches; ++n) {
      field_.fill(in, image,
                  [](const float* from, size_t count, float* to) { std::copy_n(from, count, to); });
      for_each_tile<float>(
          image, weights_, tile_,
          [&](size_t pixel, size_t count, size_t channel, size_t channels, const float* sums) {
            for (size_t p = 0; p < count; ++p)
              for (size_t c = 0; c < channels; ++c)
                out[(pixel + p) * channels_ + channel + c] =
                    stage_.apply(sums[p * kLanes + c], channel + c);
          });
      in += field_.in_elements();
      out += out_elements();
    }
  }

 private:
  PackedWeights<float, Weight> weights_;
  decltype(Kernels::float_product) tile_;
  FloatStage stage_;
};

class HybridLayer : public TiledLayer {
 public:
  HybridLayer(const Shape& shape, const Kernels& kernels, const MacLayer& layer, FloatStage stage)
      : TiledLayer(shape, kernels),
        weights_(shape, layer.weights.as<int8_t>(), 0, 2),
        tile_(shape.is_depthwise ? kernels.int_depthwise : kernels.int_product),
        scheme_(layer.hybrid_scheme),
        stage_(std::move(stage)) {
    for (int32_t c = 0; c < shape.channels; ++c) weight_scales_.push_back(layer.weight_scale(c));
  }

  size_t scratch_bytes() const override { return field_.elements() * sizeof(int16_t); }

  void run(std::span<std::byte* const> inputs, std::byte* output,
           std::byte* scratch) const override {
    const auto* in = reinterpret_cast<const float*>(inputs[0]);
    auto* out = reinterpret_cast<float*>(output);
    auto* image = reinterpret_cast<int16_t*>(scratch);
    for (int32_t n = 0; n < field_.batches; ++n) {
      const ops::HybridInput quantized =
          ops::quantize_hybrid_input({in, field_.in_elements()}, scheme_);
      field_.fill(quantized.values.data(), image,
                  [&](const int8_t* from, size_t count, int16_t* to) {
                    kernels_.widen(from, count, static_cast<int16_t>(quantized.zero_point), to);
                  });
      for_each_tile<int32_t>(
          image, weights_, tile_,
          [&](size_t pixel, size_t count, size_t channel, size_t channels, const int32_t* sums) {
            for (size_t p = 0; p < count; ++p)
              for (size_t c = 0; c < channels; ++c) {
                const float scale = quantized.scale * weight_scales_[channel + c];
                out[(pixel + p) * channels_ + channel + c] =
                    stage_.apply(static_cast<float>(sums[p * kLanes + c]) * scale, channel + c);
              }
          });
      in += field_.in_elements();
      out += out_elements();
    }
  }

 private:
  PackedWeights<int16_t, int8_t> weights_;
  decltype(Kernels::int_product) tile_;
  ops::HybridScheme scheme_;
  std::vector<float> weight_scales_;
  FloatStage stage_;
};

const ops::MacTraits* traits_of(const ir::Node& node) {
  if (node.op == "CONV_2D") return &ops::kConv2dTraits;
  if (node.op == "DEPTHWISE_CONV_2D") return &ops::kDepthwiseTraits;
  if (node.op == "FULLY_CONNECTED") return &ops::kFullyConnectedTraits;
  return nullptr;
}

std::optional<Shape> convolution_shape(const ir::Node& node, const MacLayer& layer,
                                       bool join_taps) {
  const auto window = ops::ConvWindow::of_convolution(node, layer);
  CHECK(window, "{}", window.error().to_string());
  const int32_t in_c = window->in_c, out_c = window->out_c;
  const auto taps = static_cast<int32_t>(window->taps());
  const bool is_depthwise = node.op == "DEPTHWISE_CONV_2D" && in_c > 1;
  if (is_depthwise ? in_c != out_c : node.op == "CONV_2D" && layer.weights.shape[3] != in_c)
    return std::nullopt;  // several filters for a channel, groups
  auto field = Field::of_window(*window, join_taps && !is_depthwise);
  if (!field) return std::nullopt;
  if (node.op == "CONV_2D")
    return Shape{std::move(*field), out_c, false, [=](int32_t o, int32_t t, int32_t c) {
                   return (int64_t{o} * taps + t) * in_c + c;
                 }};
  // With one input channel all outputs read the same, as in a convolution.
  return Shape{std::move(*field), out_c, is_depthwise,
               [=](int32_t o, int32_t t, int32_t) { return int64_t{t} * out_c + o; }};
}

std::optional<Shape> fully_connected_shape(const MacLayer& layer) {
  const int32_t in = layer.weights.shape[1], out = layer.weights.shape[0];
  auto field = Field::of_rows(static_cast<int32_t>(layer.input.elements() / in), in);
  if (!field) return std::nullopt;
  return Shape{std::move(*field), out, false,
               [=](int32_t o, int32_t, int32_t c) { return int64_t{o} * in + c; }};
}

bool all_finite(const ir::Tensor& tensor) {
  const float* values = tensor.as<float>();
  return std::all_of(values, values + tensor.elements(), [](float x) { return std::isfinite(x); });
}

}  // namespace

std::unique_ptr<const Layer> make_mac_layer(const ir::Graph& graph, const ir::Node& node,
                                            const Kernels& kernels) {
  const ops::MacTraits* traits = traits_of(node);
  if (!traits) return nullptr;
  const MacLayer layer = MacLayer::of(graph, node, *traits);
  const MacMode mode = layer.mode();
  // Zeros of the border times such a weight would not be zero.
  if (mode == MacMode::kFloat && !all_finite(layer.weights)) return nullptr;
  const bool has_float_sums = mode == MacMode::kFloat || mode == MacMode::kDecoded;
  // Joined taps would change the order of float sums.
  std::optional<Shape> shape = node.op == "FULLY_CONNECTED"
                                   ? fully_connected_shape(layer)
                                   : convolution_shape(node, layer, !has_float_sums);
  if (!shape) return nullptr;

  const auto activation = ops::read_activation(node);
  CHECK(activation, "{}", node.op);
  if (ir::is_integer(layer.input.type)) {
    auto stage = ops::output_stage(layer, *activation);
    CHECK(stage, "{}", node.op);
    if (mode == MacMode::kInt8) return std::make_unique<Int8Layer>(*shape, kernels, layer, *stage);
    if (layer.input.zero_point() != 0) return nullptr;
    if (mode == MacMode::kInt16Narrow)
      return std::make_unique<Int16Layer<int32_t>>(*shape, kernels, layer, *stage);
    if (!sums_fit_32_bits(*shape, layer)) return nullptr;
    return std::make_unique<Int16Layer<int64_t>>(*shape, kernels, layer, *stage);
  }
  FloatStage stage{.scales = {}, .bias = {}, .range = ops::activation_range(*activation)};
  if (layer.bias)
    stage.bias.assign(layer.bias->as<float>(), layer.bias->as<float>() + shape->channels);
  if (mode == MacMode::kFloat)
    return std::make_unique<FloatLayer<float>>(*shape, kernels, layer, std::move(stage));
  if (mode == MacMode::kDecoded) {
    for (int32_t channel = 0; channel < shape->channels; ++channel)
      stage.scales.push_back(layer.weight_scale(channel));
    return std::make_unique<FloatLayer<int8_t>>(*shape, kernels, layer, std::move(stage));
  }
  // Every row of a hybrid FULLY_CONNECTED is quantized by itself.
  if (node.op == "FULLY_CONNECTED") {
    Field& field = shape->field;
    field.batches = field.in_w;
    field.in_w = field.width = 1;
    field.pixels.resize(1);
  }
  return std::make_unique<HybridLayer>(*shape, kernels, layer, std::move(stage));
}

}  // namespace thimble::exec::fast
