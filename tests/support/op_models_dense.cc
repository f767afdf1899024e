// FULLY_CONNECTED and SVDF.
#include <cmath>

#include "tests/support/op_model_maker.h"

namespace thimble::testing {
namespace {

using schema::Activation;
using schema::BuiltinOperator;
using schema::TensorType;

struct DenseCase {
  const char* variant;
  Shape input;
  int32_t outputs;
  Activation activation = Activation::NONE;
  bool with_bias = true;
  bool keep_num_dims = false;
  bool asymmetric_inputs = false;  // only means something for hybrid
  bool per_channel = false;
};

OpModel dense_model(Kind kind, const DenseCase& c) {
  OpModelMaker maker("fully_connected", kind, c.variant);
  int32_t depth = c.input.back();
  int32_t in = maker.input(c.input);
  int32_t weights = maker.weights({c.outputs, depth}, c.per_channel ? 0 : OpModelMaker::kPerTensor);
  int32_t bias = c.with_bias ? maker.bias(weights) : -1;
  Shape shape = c.input;
  shape.back() = c.outputs;
  if (!c.keep_num_dims) {
    int32_t batches = 1;
    for (size_t i = 0; i + 1 < c.input.size(); ++i) batches *= c.input[i];
    shape = {batches, c.outputs};
  }
  int32_t out = maker.output(shape, 2.0f * std::sqrt(static_cast<float>(depth)));
  schema::FullyConnectedOptionsT options;
  options.fused_activation_function = c.activation;
  options.keep_num_dims = c.keep_num_dims;
  options.asymmetric_quantize_inputs = c.asymmetric_inputs;
  maker.builder().add_operator(BuiltinOperator::FULLY_CONNECTED, {in, weights, bias}, {out},
                               options);
  return maker.finish();
}

void add_fully_connected(std::vector<OpModel>& models) {
  const DenseCase cases[] = {
      {"plain", {1, 20}, 7},
      {"batch_relu", {3, 12}, 5, Activation::RELU},
      {.variant = "no_bias_relu6",
       .input = {2, 17},
       .outputs = 6,
       .activation = Activation::RELU6,
       .with_bias = false},
      {.variant = "from_image", .input = {2, 1, 2, 9}, .outputs = 4},
      {.variant = "keep_num_dims", .input = {1, 2, 3, 8}, .outputs = 4, .keep_num_dims = true},
  };
  for (Kind kind : kAllKinds)
    for (const DenseCase& c : cases) models.push_back(dense_model(kind, c));
  models.push_back(dense_model(
      Kind::kHybrid,
      {.variant = "asymmetric", .input = {2, 16}, .outputs = 5, .asymmetric_inputs = true}));
  for (Kind kind : {Kind::kInt8, Kind::kHybrid}) {
    models.push_back(dense_model(
        kind, {.variant = "per_channel", .input = {2, 16}, .outputs = 5, .per_channel = true}));
    // The runtime we compare with takes only the first scale of a hybrid layer.
    models.back().comparable = kind == Kind::kInt8;
  }
}

// inputs: input [batch, size], feature weights [filters, size], time weights [filters, memory],
// bias [units], state [batch, memory * filters]; filters = rank * units.
constexpr int32_t kBatch = 1, kSize = 10, kUnits = 4, kRank = 2, kMemory = 3;
constexpr int32_t kFilters = kUnits * kRank;
// More than the memory, so that the first inputs have left the state again.
constexpr int kRuns = 5;

OpModel svdf_model(Kind kind, const char* variant, bool state_is_int8, bool asymmetric) {
  OpModelMaker maker("svdf", kind, variant);
  TfliteBuilder& builder = maker.builder();
  bool integer = kind == Kind::kInt8;
  constexpr float kStateRange = 8, kTimeScale = 1.0f / 128;
  int32_t in = maker.input({kBatch, kSize});
  int32_t feature = maker.weights({kFilters, kSize}, OpModelMaker::kPerTensor);
  int32_t time;
  if (integer && !state_is_int8) {
    std::vector<int16_t> values(kFilters * kMemory);
    for (int16_t& v : values) v = static_cast<int16_t>(maker.random().integer(-128, 127));
    time = builder.add({.name = "time_weights",
                        .type = TensorType::INT16,
                        .shape = {kFilters, kMemory},
                        .scales = {kTimeScale},
                        .zero_points = {0},
                        .data = bytes_of(values)});
  } else {
    time = maker.weights({kFilters, kMemory}, OpModelMaker::kPerTensor);
  }
  TensorSpec bias{.name = "bias", .shape = {kUnits}};
  TensorSpec state{.name = "state", .shape = {kBatch, kMemory * kFilters}, .is_variable = true};
  if (integer) {
    state.type = state_is_int8 ? TensorType::INT8 : TensorType::INT16;
    state.scales = {kStateRange / (state_is_int8 ? 127.0f : 32767.0f)};
    bias.type = TensorType::INT32;
    float time_scale = builder.tensor(time).quantization->scale[0];
    bias.scales = {state.scales[0] * time_scale};
    auto largest = static_cast<int64_t>(1 / bias.scales[0]);
    std::vector<int32_t> values(kUnits);
    for (int32_t& v : values) v = static_cast<int32_t>(maker.random().integer(-largest, largest));
    bias.data = bytes_of(values);
  } else {
    std::vector<float> values(kUnits);
    for (float& v : values) v = maker.random().uniform(-1, 1);
    bias.data = bytes_of(values);
  }
  int32_t bias_id = builder.add(bias), state_id = builder.add(state);
  int32_t out = maker.output({kBatch, kUnits}, 10);
  // The integer form has RELU only as the lower end of the data type.
  if (integer) builder.tensor(out).quantization->zero_point = {-128};
  schema::SVDFOptionsT options;
  options.rank = kRank;
  options.fused_activation_function = integer ? Activation::RELU : Activation::NONE;
  options.asymmetric_quantize_inputs = asymmetric;
  builder.add_operator(BuiltinOperator::SVDF, {in, feature, time, bias_id, state_id}, {out},
                       options);
  return maker.finish(kRuns);
}

}  // namespace

void add_dense_models(std::vector<OpModel>& models) {
  add_fully_connected(models);
  models.push_back(svdf_model(Kind::kFloat, "", false, false));
  models.push_back(svdf_model(Kind::kInt8, "state_int16", false, false));
  models.push_back(svdf_model(Kind::kInt8, "state_int8", true, false));
  // The runtime we compare with reads the state as int16 and runs over its end.
  models.back().comparable = false;
  models.push_back(svdf_model(Kind::kHybrid, "symmetric", false, false));
  models.push_back(svdf_model(Kind::kHybrid, "asymmetric", false, true));
}

}  // namespace thimble::testing
