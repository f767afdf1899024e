// Random operands and the common parameter members for tests of the multiply-accumulate kernels.
#pragma once

#include <cmath>
#include <span>

#include "base/half.h"
#include "kernels/conv/shape.h"
#include "kernels/kernel_test_support.h"
#include "ops/mac_layer.h"
#include "runtime/decoded.h"
#include "runtime/hybrid.h"
#include "runtime/mac_dsp.h"
#include "runtime/requantize.h"
#include "runtime/staged.h"

namespace thimble::kernels::testing {

// kHalf: floats whose weights are of half precision.
enum class Mode { kS8, kS16, kS16Narrow, kF32, kHybrid, kDecoded, kHalf };
inline constexpr Mode kModes[] = {Mode::kS8,     Mode::kS16,     Mode::kS16Narrow, Mode::kF32,
                                  Mode::kHybrid, Mode::kDecoded, Mode::kHalf};

inline bool is_float(Mode mode) {
  return mode == Mode::kF32 || mode == Mode::kHybrid || mode == Mode::kDecoded ||
         mode == Mode::kHalf;
}

inline ir::DataType activation_type(Mode mode) {
  if (is_float(mode)) return ir::DataType::kFloat32;
  return mode == Mode::kS8 ? ir::DataType::kInt8 : ir::DataType::kInt16;
}

#define MEMBER(name) \
  { #name, &Params::name }

template <typename Params>
void add_shape_members(Members<Params>& members) {
  members.insert(members.end(),
                 {MEMBER(batches), MEMBER(in_h), MEMBER(in_w), MEMBER(in_c), MEMBER(out_h),
                  MEMBER(out_w), MEMBER(out_c), MEMBER(filter_h), MEMBER(filter_w),
                  MEMBER(stride_h), MEMBER(stride_w), MEMBER(pad_h), MEMBER(pad_w)});
  if constexpr (std::is_base_of_v<ConvShape, Params>)
    members.insert(members.end(), {MEMBER(dilation_h), MEMBER(dilation_w)});
}

// Weights, bias and what becomes of a sum.
template <typename Params>
void add_operand_members(Members<Params>& members) {
  members.push_back(MEMBER(weights));
  if constexpr (std::is_base_of_v<DspOutput, Params>)
    members.insert(members.end(), {MEMBER(channels), MEMBER(output_zero_point), MEMBER(min),
                                   MEMBER(max), MEMBER(is_clamped)});
  else if constexpr (std::is_base_of_v<StagedOutput, Params>)
    members.insert(members.end(), {MEMBER(channels), MEMBER(output_zero_point), MEMBER(min),
                                   MEMBER(max), MEMBER(is_clamped)});
  else
    members.push_back(MEMBER(bias));
  if constexpr (std::is_base_of_v<Requantization, Params>)
    members.insert(members.end(), {MEMBER(multipliers), MEMBER(shifts), MEMBER(output_zero_point),
                                   MEMBER(min), MEMBER(max)});
  if constexpr (std::is_base_of_v<FloatRange, Params>)
    members.insert(members.end(), {MEMBER(float_min), MEMBER(float_max)});
  if constexpr (std::is_base_of_v<Hybrid, Params>)
    members.insert(members.end(), {MEMBER(weight_scales), MEMBER(weight_sums)});
  if constexpr (std::is_base_of_v<Decoded, Params>) members.push_back(MEMBER(weight_scales));
}

#undef MEMBER

// How the numbers of a layer are chosen.
enum class Values {
  kTypical,     // outputs spread over their range
  kSaturating,  // every weight -128 or 127
  kLeftShift,   // rescale factors of 1 and above
  kLargeBias,   // sums beyond 2^30
  kSparse,      // most weights are zero
  kFourBits,    // weights from -8 to 7
};

inline Values random_kind(base::Random& random) {
  const int64_t draw = random.integer(0, 9);
  constexpr Values kRare[] = {Values::kSaturating, Values::kLeftShift, Values::kLargeBias,
                              Values::kSparse, Values::kFourBits};
  return draw < 5 ? kRare[draw] : Values::kTypical;
}

class RandomMacLayer {
 public:
  RandomMacLayer(GraphBuilder& builder, base::Random& random, Mode mode, Values values)
      : builder_(builder), random_(random), mode_(mode), values_(values) {}

  ir::Quantization input_quantization() {
    if (is_float(mode_)) return {};
    return per_tensor(kInputScale, zero_point());
  }

  // `products`: how many weights go into one output.
  ir::TensorId weights(const ir::Shape& shape, size_t channel_axis, int64_t products,
                       bool may_be_per_channel = true, int32_t weights_zero_point = 0) {
    channels_ = shape[channel_axis];
    products_ = products;
    const int64_t count = ir::element_count(shape);
    if (mode_ == Mode::kF32 || mode_ == Mode::kHalf) {
      std::vector<float> floats(static_cast<size_t>(count));
      for (float& value : floats) value = random_.uniform(-1, 1);
      if (mode_ == Mode::kHalf)
        for (float& value : floats) value = base::float_of_half(base::half_of(value));
      return builder_.constant<float>(ir::DataType::kFloat32, shape, floats);
    }
    ir::Quantization quantization;
    const bool per_channel = may_be_per_channel && random_.integer(0, 3) != 0;
    for (int32_t c = 0; c < (per_channel ? channels_ : 1); ++c) {
      quantization.scales.push_back(kWeightScale * random_.uniform(0.5f, 2.0f));
      quantization.zero_points.push_back(per_channel ? 0 : weights_zero_point);
    }
    quantization.axis = static_cast<int32_t>(channel_axis);
    auto integers = random_values<int8_t>(random_, count, -128, 127);
    if (values_ == Values::kSaturating)
      for (int8_t& value : integers) value = value < 0 ? -128 : 127;
    if (values_ == Values::kFourBits)
      for (int8_t& value : integers) value = static_cast<int8_t>(value >> 4);
    if (values_ == Values::kSparse)
      for (int8_t& value : integers)
        if (random_.integer(0, 9) != 0) value = 0;
    return builder_.constant<int8_t>(ir::DataType::kInt8, shape, integers, quantization);
  }

  // Absent one time in four where the mode allows it.
  ir::TensorId bias() {
    const bool absent = mode_ != Mode::kS16Narrow && random_.integer(0, 3) == 0;
    if (absent) return ir::kNoTensor;
    const ir::Shape shape = {channels_};
    if (is_float(mode_)) {
      std::vector<float> floats(static_cast<size_t>(channels_));
      for (float& value : floats) value = random_.uniform(-2, 2);
      return builder_.constant<float>(ir::DataType::kFloat32, shape, floats);
    }
    int64_t limit = mode_ == Mode::kS8 ? 20'000 : 2'000'000;
    if (values_ == Values::kLargeBias) limit = 2'000'000'000;
    if (mode_ == Mode::kS16)
      return builder_.constant<int64_t>(ir::DataType::kInt64, shape,
                                        random_values<int64_t>(random_, channels_, -limit, limit));
    return builder_.constant<int32_t>(ir::DataType::kInt32, shape,
                                      random_values<int32_t>(random_, channels_, -limit, limit));
  }

  // After `weights`.
  ir::Quantization output_quantization() {
    if (is_float(mode_)) return {};
    const float spread =
        std::sqrt(static_cast<float>(products_)) * 74 * (mode_ == Mode::kS8 ? 74.0f : 18'900.0f);
    const float wanted = mode_ == Mode::kS8 ? 60.0f : 15'000.0f;
    float factor = wanted / spread * random_.uniform(0.5f, 2.0f);
    if (values_ == Values::kLeftShift) factor = random_.uniform(1, 40);
    if (values_ == Values::kLargeBias) factor = 1e-7f;
    return per_tensor(kInputScale * kWeightScale / factor, zero_point());
  }

  std::string activation() {
    constexpr const char* kActivations[] = {"none", "relu", "relu6", "relu_n1_to_1"};
    return kActivations[random_.integer(0, 3)];
  }

 private:
  static constexpr float kInputScale = 0.02f, kWeightScale = 0.01f;

  int32_t zero_point() {
    if (mode_ != Mode::kS8) return 0;
    constexpr int32_t kExtremes[] = {-128, 0, 127};
    const int64_t draw = random_.integer(0, 5);
    return draw < 3 ? kExtremes[draw] : static_cast<int32_t>(random_.integer(-128, 127));
  }

  GraphBuilder& builder_;
  base::Random& random_;
  Mode mode_;
  Values values_;
  int32_t channels_ = 0;
  int64_t products_ = 1;
};

// Random inputs, and for int8 the two extremes and alternation between them.
inline std::vector<std::vector<base::Bytes>> mac_inputs(const ir::Graph& graph, Mode mode,
                                                        base::Random& random) {
  std::vector<std::vector<base::Bytes>> runs = {random_inputs(graph, random)};
  if (is_float(mode)) return runs;
  runs.push_back(constant_inputs(graph, 0x80));
  runs.push_back(constant_inputs(graph, 0x7F));
  return runs;
}

// `rounds` random networks of each mode against the host, and no kernel of the family left out.
// random_graph(random, mode) makes a network of one operator.
template <typename RandomGraph>
void expect_family_matches_host(const KernelTable& kernels, int rounds, std::span<const Mode> modes,
                                RandomGraph random_graph) {
  // Some draw their own numbers, so that the others meet every kernel as they did before.
  base::Random shared_random(1), decoded_random(2), half_random(3);
  for (int i = 0; i < rounds; ++i)
    for (Mode mode : modes) {
      base::Random& random = mode == Mode::kDecoded ? decoded_random
                             : mode == Mode::kHalf  ? half_random
                                                    : shared_random;
      SCOPED_TRACE(fmt::format("network {} mode {}", i, static_cast<int>(mode)));
      ir::Graph graph = random_graph(random, mode);
      if (mode == Mode::kDecoded)
        graph.nodes[0].attributes.set(std::string(ops::kDecodeWeights), int64_t{1});
      expect_matches_host(graph, mac_inputs(graph, mode, random), kernels);
      if (::testing::Test::HasFailure()) return;
    }
  EXPECT_THAT(kernels.never_called(), ::testing::IsEmpty());
}

}  // namespace thimble::kernels::testing
