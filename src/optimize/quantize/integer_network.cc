#include "optimize/quantize/integer_network.h"

#include <algorithm>

#include "ops/op.h"
#include "optimize/quantize/constants.h"
#include "optimize/quantize/weights.h"

namespace thimble::optimize {
namespace {

using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;
using ir::Quantization;
using ir::Tensor;
using ir::TensorId;
using Output = ops::QuantizeRule::Output;

class Maker {
 public:
  Maker(const Graph& graph, const std::map<TensorId, Quantization>& scales,
        const Calibration& calibration, const IntegerNetworkOptions& options)
      : source_(graph),
        scales_(scales),
        calibration_(calibration),
        options_(options),
        result_(graph) {
    result_.nodes.clear();
  }

  Graph make(const IntegerNodes& integer) {
    for (TensorId id : source_.inputs)
      if (!options_.float_edges) make_integer(id);
    for (size_t i = 0; i < source_.nodes.size(); ++i)
      integer[i] ? add_integer(source_.nodes[i], bits_of(i)) : add_float(source_.nodes[i]);
    for (TensorId& id : result_.outputs)
      if (source_.tensor(id).type == DataType::kFloat32 && scales_.contains(id))
        id = options_.float_edges ? as_float(id) : as_integer(id, scales_.at(id));
    return std::move(result_);
  }

 private:
  static bool is_real(const Tensor& tensor) { return tensor.type == DataType::kFloat32; }

  // The tensor itself becomes an integer one, if anything needs it as such.
  void make_integer(TensorId id) {
    const auto scale = scales_.find(id);
    if (scale == scales_.end()) return;
    result_.tensor(id).type = options_.type;
    result_.tensor(id).quantization = scale->second;
  }

  void add_conversion(std::string op, TensorId from, TensorId to) {
    result_.nodes.push_back({.op = op,
                             .name = result_.tensor(to).name,
                             .origin = "made by quantization",
                             .inputs = {from},
                             .outputs = {to},
                             .attributes = {}});
  }

  TensorId add_converted(TensorId from, DataType type, Quantization quantization) {
    Tensor tensor = result_.tensor(from);
    tensor.name += fmt::format("/{}", ir::type_name(type));
    tensor.type = type;
    tensor.quantization = std::move(quantization);
    return result_.add_tensor(std::move(tensor));
  }

  // The tensor as integers of this quantization; converted at most once.
  TensorId as_integer(TensorId id, const Quantization& wanted) {
    const Tensor& tensor = result_.tensor(id);
    if (!is_real(tensor) && tensor.quantization == wanted) return id;
    for (const auto& [from, to] : integer_copies_)
      if (from == id && result_.tensor(to).quantization == wanted) return to;
    const TensorId copy = add_converted(id, options_.type, wanted);
    add_conversion("QUANTIZE", id, copy);
    integer_copies_.emplace_back(id, copy);
    return copy;
  }

  TensorId as_float(TensorId id) {
    if (is_real(result_.tensor(id))) return id;
    auto [entry, is_new] = float_copies_.try_emplace(id, ir::kNoTensor);
    if (is_new) {
      entry->second = add_converted(id, DataType::kFloat32, {});
      add_conversion("DEQUANTIZE", id, entry->second);
    }
    return entry->second;
  }

  void add_float(Node node) {
    for (TensorId& id : node.inputs)
      if (id != ir::kNoTensor && is_real(source_.tensor(id))) id = as_float(id);
    result_.nodes.push_back(std::move(node));
  }

  WeightBits bits_of(size_t node) const {
    const std::vector<bool>& four_bits = options_.four_bits;
    return node < four_bits.size() && four_bits[node] ? WeightBits::kFour : WeightBits::kEight;
  }

  void add_integer(Node node, WeightBits bits) {
    const ops::QuantizeRule& rule = ops::find_op(node.op)->quantize;
    const std::vector<TensorId> sources = node.inputs;
    const bool is_shared = rule.output == Output::kSharedScale;
    for (size_t i = 0; i < sources.size(); ++i) {
      if (!is_activation_operand(source_, node, i)) continue;
      const Quantization& wanted = scales_.at(is_shared ? node.outputs[0] : sources[i]);
      node.inputs[i] = source_.tensor(sources[i]).is_constant()
                           ? integer_constant(sources[i], wanted)
                           : as_integer(sources[i], wanted);
    }
    if (rule.weights) {
      Node source = node;
      source.inputs = sources;
      quantize_weights(source, *rule.weights, bits, node);
    }
    for (TensorId id : node.outputs) make_integer(id);
    result_.nodes.push_back(std::move(node));
  }

  TensorId integer_constant(TensorId id, const Quantization& quantization) {
    Tensor tensor = source_.tensor(id);
    ops::quantize_values(float_values(source_.tensor(id)), quantization, options_.type, tensor);
    return result_.add_tensor(std::move(tensor));
  }

  // `source` is the float node, `node` the same with its activations converted.
  void quantize_weights(const Node& source, const ops::WeightOperands& operands, WeightBits bits,
                        Node& node) {
    const float input_scale = result_.tensor(node.inputs[operands.input]).scale();
    Tensor weights = int8_weights(source_, source, operands, input_scale, bits);
    std::vector<float> bias = bias_values(source_, source, operands);
    // With four bits the means move so far that it is never worth leaving them.
    if (options_.correct_bias || bits == WeightBits::kFour) {
      const std::vector<float> shift = mean_shift(source_, source, operands, weights,
                                                  calibration_.of(source.inputs[operands.input]));
      for (size_t c = 0; c < bias.size(); ++c) bias[c] -= shift[c];
    }
    // Not every runtime takes a layer without a bias.
    Tensor bias_tensor;
    bias_tensor.name = weights.name + "/bias";
    bias_tensor.shape = {static_cast<int32_t>(bias.size())};
    if (const Tensor* given = source_.input(source, operands.bias)) bias_tensor = *given;
    // With int16 the sums have 64 bits.
    const DataType type = options_.type == DataType::kInt16 ? DataType::kInt64 : DataType::kInt32;
    ops::quantize_bias(bias, input_scale, weights.quantization, type, bias_tensor);
    node.inputs.resize(std::max(node.inputs.size(), operands.bias + 1), ir::kNoTensor);
    node.inputs[operands.weights] = result_.add_tensor(std::move(weights));
    node.inputs[operands.bias] = result_.add_tensor(std::move(bias_tensor));
  }

  const Graph& source_;
  const std::map<TensorId, Quantization>& scales_;
  const Calibration& calibration_;
  const IntegerNetworkOptions& options_;
  Graph result_;
  std::vector<std::pair<TensorId, TensorId>> integer_copies_;
  std::map<TensorId, TensorId> float_copies_;
};

}  // namespace

Result<Graph> integer_network(const Graph& graph, const IntegerNodes& integer,
                              const std::map<TensorId, Quantization>& scales,
                              const Calibration& calibration,
                              const IntegerNetworkOptions& options) {
  Graph result = Maker(graph, scales, calibration, options).make(integer);
  THIMBLE_TRY(ops::verify(result));
  return result;
}

}  // namespace thimble::optimize
