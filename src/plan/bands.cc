#include "plan/bands.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "ops/mac_layer.h"
#include "ops/window.h"

namespace thimble::plan {
namespace {

using ir::TensorId;

struct Rows {
  int64_t begin, end;
  int64_t count() const { return end - begin; }
};

// Which rows of its input a node needs for rows of its output.
struct RowWindow {
  int64_t filter = 1, stride = 1, dilation = 1, pad = 0;

  Rows needed_for(Rows output) const {
    return {output.begin * stride - pad,
            (output.end - 1) * stride - pad + (filter - 1) * dilation + 1};
  }
};

// How a node is cut into bands.
struct Cut {
  RowWindow rows;
  bool is_padded = false;       // has the attribute "padding"
  int64_t left = 0, right = 0;  // then these are its columns' pads
};

bool is_one_image(const ir::Tensor& tensor) {
  return tensor.shape.size() == 4 && tensor.shape[0] == 1 && !tensor.is_variable;
}

bool is_one_of(std::string_view op, std::initializer_list<std::string_view> ops) {
  return std::ranges::find(ops, op) != ops.end();
}

std::optional<Cut> cut_convolution(const ir::Graph& graph, const ir::Node& node) {
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& weights = *graph.input(node, 1);
  // Hybrid layers quantize their whole input at once; those that decode their weights do not.
  const bool decodes_weights = node.attributes.get_int(ops::kDecodeWeights).value_or(0) != 0;
  if (input.type == ir::DataType::kFloat32 && weights.type != input.type && !decodes_weights)
    return std::nullopt;
  const auto stride = ops::read_stride(node), dilation = ops::read_dilation(node);
  if (!stride || !dilation) return std::nullopt;
  const int32_t filter_h = weights.shape[1], filter_w = weights.shape[2];
  Cut cut{{filter_h, stride->h, dilation->h, 0}, true};
  if (auto pads = node.attributes.get_ints("pads")) {
    cut.rows.pad = (*pads)[0];
    cut.left = (*pads)[2], cut.right = (*pads)[3];
    return cut;
  }
  const auto padding = ops::read_padding(node);
  if (!padding) return std::nullopt;
  cut.rows.pad =
      ops::window_axis(*padding, input.shape[1], filter_h, stride->h, dilation->h).pad_before;
  const ops::WindowAxis columns =
      ops::window_axis(*padding, input.shape[2], filter_w, stride->w, dilation->w);
  const int64_t reach =
      int64_t{columns.output - 1} * stride->w + int64_t{filter_w - 1} * dilation->w + 1;
  cut.left = columns.pad_before;
  cut.right = std::max<int64_t>(0, reach - columns.pad_before - input.shape[2]);
  return cut;
}

// Whether the windows along one axis stay inside, as those of "same" may: then they do not overlap,
// and in a band of the rows they stay inside too.
bool is_unpadded(ops::Padding padding, int32_t extent, int32_t filter, int32_t stride) {
  const ops::WindowAxis axis = ops::window_axis(padding, extent, filter, stride, 1);
  return axis.pad_before == 0 && int64_t{axis.output - 1} * stride + filter <= extent;
}

std::optional<Cut> cut_pooling(const ir::Graph& graph, const ir::Node& node) {
  const auto padding = ops::read_padding(node);
  const auto stride = ops::read_stride(node);
  const auto filter_h = node.attributes.get_int("filter_h");
  const auto filter_w = node.attributes.get_int("filter_w");
  if (!padding || !stride || !filter_h || !filter_w) return std::nullopt;
  const ir::Shape& input = graph.input(node, 0)->shape;
  if (!is_unpadded(*padding, input[1], static_cast<int32_t>(*filter_h), stride->h) ||
      !is_unpadded(*padding, input[2], static_cast<int32_t>(*filter_w), stride->w))
    return std::nullopt;
  return Cut{{*filter_h, stride->h, 1, 0}};
}

std::optional<Cut> cut_elementwise(const ir::Graph& graph, const ir::Node& node) {
  const ir::Shape& output = graph.output(node).shape;
  for (TensorId id : node.inputs) {
    const ir::Tensor& input = graph.tensor(id);
    const bool is_alike = input.is_constant() ? input.elements() == 1 : input.shape == output;
    if (!is_alike) return std::nullopt;
  }
  return Cut{};
}

std::optional<Cut> cut_of(const ir::Graph& graph, const ir::Node& node) {
  if (std::ranges::find(node.inputs, ir::kNoTensor) != node.inputs.end() &&
      !is_one_of(node.op, {"CONV_2D", "DEPTHWISE_CONV_2D"}))
    return std::nullopt;
  if (node.outputs.size() != 1 || !is_one_image(graph.output(node)) ||
      !is_one_image(*graph.input(node, 0)))
    return std::nullopt;
  if (is_one_of(node.op, {"CONV_2D", "DEPTHWISE_CONV_2D"})) return cut_convolution(graph, node);
  if (is_one_of(node.op, {"AVERAGE_POOL_2D", "MAX_POOL_2D"})) return cut_pooling(graph, node);
  if (is_one_of(node.op, {"ADD", "SUB", "MUL", "RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH",
                          "QUANTIZE", "DEQUANTIZE"}))
    return cut_elementwise(graph, node);
  return std::nullopt;
}

class Splitter {
 public:
  Splitter(const BandedNetwork& network, size_t first, size_t last, int32_t bands)
      : from_(network), first_(first), last_(last), bands_(bands) {}

  std::optional<BandedNetwork> split() {
    if (!find_cuts() || !find_ends()) return std::nullopt;
    to_ = from_;
    const auto at = [&](size_t node) {
      return from_.graph.nodes.begin() + static_cast<std::ptrdiff_t>(node);
    };
    to_.graph.nodes.assign(at(0), at(first_));
    to_.parts.resize(first_);
    const int64_t rows = tensor(output_).shape[1];
    for (int32_t band = 0; band < bands_; ++band)
      if (!add_band({rows * band / bands_, rows * (band + 1) / bands_})) return std::nullopt;
    const size_t added = to_.graph.nodes.size() - (last_ + 1);
    for (BandedRun& run : to_.runs)
      if (run.first_node > last_) run.first_node += added, run.last_node += added;
    to_.runs.push_back({first_, last_ + added, input_, output_, lead_, bands_});
    to_.graph.nodes.insert(to_.graph.nodes.end(), at(last_ + 1), from_.graph.nodes.end());
    for (size_t node = last_ + 1; node < from_.parts.size(); ++node)
      to_.parts.push_back(from_.parts[node]);
    return std::move(to_);
  }

 private:
  const ir::Tensor& tensor(TensorId id) const { return from_.graph.tensor(id); }
  const ir::Node& node(size_t index) const { return from_.graph.nodes[index]; }

  // Activations that a node reads, each once.
  std::set<TensorId> activations(size_t index) const {
    std::set<TensorId> ids;
    for (TensorId id : node(index).inputs)
      if (id != ir::kNoTensor && !tensor(id).is_constant()) ids.insert(id);
    return ids;
  }

  bool find_cuts() {
    // Bands are not cut again.
    for (const BandedRun& run : from_.runs)
      if (first_ <= run.last_node && run.first_node <= last_) return false;
    for (size_t i = first_; i <= last_; ++i) {
      const auto cut = cut_of(from_.graph, node(i));
      if (!cut) return false;
      cuts_.push_back(*cut);
    }
    return true;
  }

  bool find_ends() {
    std::set<TensorId> inside;
    for (size_t i = first_; i <= last_; ++i) inside.insert(node(i).outputs[0]);
    output_ = node(last_).outputs[0];
    std::set<TensorId> outside;
    for (size_t i = first_; i <= last_; ++i)
      for (TensorId id : activations(i))
        if (!inside.contains(id)) outside.insert(id);
    if (outside.size() != 1 || bands_ < 2 || tensor(output_).shape[1] < bands_) return false;
    input_ = *outside.begin();
    inside.erase(output_);
    auto is_inside = [&](TensorId id) { return inside.contains(id); };
    if (std::ranges::any_of(from_.graph.outputs, is_inside)) return false;
    for (size_t i = 0; i < from_.graph.nodes.size(); ++i)
      if ((i < first_ || i > last_) && std::ranges::any_of(node(i).inputs, is_inside)) return false;
    return true;
  }

  // From the last node backwards: the rows of each tensor that the band needs. Of those, rows that
  // the band before has made need nothing.
  std::optional<std::map<TensorId, Rows>> needed_rows(Rows output) const {
    std::map<TensorId, Rows> needed = {{output_, output}};
    for (size_t i = last_ + 1; i-- > first_;) {
      const auto found = needed.find(node(i).outputs[0]);
      if (found == needed.end()) continue;
      const Rows fresh = not_held(found->first, found->second);
      if (fresh.count() <= 0) continue;
      for (TensorId id : activations(i)) {
        const auto rows = inside(i, id, fresh);
        if (!rows) return std::nullopt;
        const auto [entry, is_new] = needed.try_emplace(id, *rows);
        if (is_new) continue;
        entry->second.begin = std::min(entry->second.begin, rows->begin);
        entry->second.end = std::max(entry->second.end, rows->end);
      }
    }
    return needed;
  }

  // Those of the rows that the band before does not leave; perhaps none.
  Rows not_held(TensorId id, Rows rows) const {
    const auto held = held_.find(id);
    if (held == held_.end()) return rows;
    return {std::max(rows.begin, held->second.rows.end), rows.end};
  }

  // What a node needs of an input, without the padding; nothing when it needs only padding.
  std::optional<Rows> inside(size_t index, TensorId input, Rows output) const {
    Rows rows = cuts_[index - first_].rows.needed_for(output);
    rows = {std::max<int64_t>(rows.begin, 0), std::min<int64_t>(rows.end, tensor(input).shape[1])};
    if (rows.begin >= rows.end) return std::nullopt;
    return rows;
  }

  bool add_band(Rows output) {
    const auto needed = needed_rows(output);
    if (!needed) return false;
    for (size_t i = first_; i <= last_; ++i) {
      const TensorId made = node(i).outputs[0];
      const auto found = needed->find(made);
      if (found == needed->end()) continue;
      const Rows fresh = not_held(made, found->second);
      if (fresh.count() <= 0) continue;
      ir::Node part = node(i);
      part.name += fmt::format(" rows {}-{}", fresh.begin, fresh.end - 1);
      const Cut& cut = cuts_[i - first_];
      if (cut.is_padded) pad(part, cut, fresh, tensor(node(i).inputs[0]).shape[1]);
      for (TensorId& id : part.inputs) {
        if (id == ir::kNoTensor || tensor(id).is_constant()) continue;
        const auto part_rows = inside(i, id, fresh);
        if (!part_rows) return false;
        const auto view = rows_of(id, *part_rows);
        if (!view) return false;
        id = *view;
      }
      if (made != output_ && !hold(made, found->second, i)) return false;
      const auto view = rows_of(made, fresh);
      if (!view) return false;
      part.outputs[0] = *view;
      to_.graph.nodes.push_back(std::move(part));
      to_.parts.push_back({from_.parts[i].layer});
    }
    const auto input = needed->find(input_);
    if (input != needed->end()) note_distance(input->second);
    written_ = output.end * row_bytes(output_);
    return true;
  }

  // Makes room for a band's rows of a tensor, and copies those there that the band before has made.
  bool hold(TensorId id, Rows rows, size_t maker) {
    const auto before = held_.find(id);
    const Rows carried = {rows.begin, before == held_.end() ? 0 : before->second.rows.end};
    std::optional<TensorId> from;
    if (carried.count() > 0) {
      if (rows.begin < before->second.rows.begin) return false;
      from = rows_of(id, carried);
      if (!from) return false;
    }
    held_[id] = {add_tensor(id, rows), rows};
    if (!from) return true;
    const auto to = rows_of(id, carried);
    if (!to) return false;
    ir::Node copy;
    copy.op = "CONCATENATION";
    copy.name = fmt::format("{} rows {}-{} kept", tensor(id).name, carried.begin, carried.end - 1);
    copy.origin = node(maker).origin;
    copy.inputs = {*from};
    copy.outputs = {*to};
    copy.attributes.set("axis", int64_t{1});
    copy.attributes.set("activation", std::string("none"));
    to_.graph.nodes.push_back(std::move(copy));
    to_.parts.push_back({from_.parts[maker].layer, true});
    return true;
  }

  static void pad(ir::Node& part, const Cut& cut, Rows output, int64_t input_rows) {
    const Rows reach = cut.rows.needed_for(output);
    const std::vector<int64_t> pads = {std::max<int64_t>(0, -reach.begin),
                                       std::max<int64_t>(0, reach.end - input_rows), cut.left,
                                       cut.right};
    part.attributes.set("padding", std::string("explicit"));
    part.attributes.set("pads", pads);
  }

  TensorId add_tensor(TensorId whole, Rows rows) {
    ir::Tensor part = tensor(whole);
    part.name += fmt::format(" rows {}-{}", rows.begin, rows.end - 1);
    part.shape[1] = static_cast<int32_t>(rows.count());
    return to_.graph.add_tensor(std::move(part));
  }

  // Rows of a tensor, or of the part of it that this band holds. Kernels may read words, so parts
  // begin at multiples of four bytes.
  std::optional<TensorId> rows_of(TensorId id, Rows rows) {
    const auto held = held_.find(id);
    const TensorId base = held == held_.end() ? id : held->second.tensor;
    const int64_t base_begin = held == held_.end() ? 0 : held->second.rows.begin;
    const ir::Tensor& whole = to_.graph.tensor(base);
    if (rows.begin == base_begin && rows.count() == whole.shape[1]) return base;
    const size_t row_bytes = whole.bytes() / static_cast<size_t>(whole.shape[1]);
    const size_t offset = static_cast<size_t>(rows.begin - base_begin) * row_bytes;
    if (offset % 4 != 0) return std::nullopt;
    const TensorId part = add_tensor(id, rows);
    to_.views.push_back({part, base, offset});
    return part;
  }

  // How far ahead of the input that is still needed the bands before have written the output.
  void note_distance(Rows input) {
    if (written_ > 0) lead_ = std::max(lead_, written_ - input.begin * row_bytes(input_));
  }

  int64_t row_bytes(TensorId id) const {
    return static_cast<int64_t>(tensor(id).bytes()) / tensor(id).shape[1];
  }

  struct Held {
    TensorId tensor;
    Rows rows;
  };

  const BandedNetwork& from_;
  const size_t first_, last_;
  const int32_t bands_;
  std::vector<Cut> cuts_;  // by node from first_ on
  TensorId input_ = ir::kNoTensor, output_ = ir::kNoTensor;
  BandedNetwork to_;
  std::map<TensorId, Held> held_;  // what the last band that made some has of each tensor
  int64_t written_ = 0, lead_ = INT32_MIN;
};

}  // namespace

std::optional<BandedNetwork> split_into_bands(const BandedNetwork& network, size_t first,
                                              size_t last, int32_t bands) {
  return Splitter(network, first, last, bands).split();
}

}  // namespace thimble::plan
