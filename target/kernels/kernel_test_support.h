// Runs kernels on the host the way an emitted program calls them, and compares the outcome with the
// host's operators. For tests only.
//
// A family's test lists the members of its parameter struct and its kernels (the rows of
// kernels.inc) in a KernelTable, builds small graphs with GraphBuilder, and calls
// expect_matches_host: each node is lowered for several targets, each lowered call is interpreted
// (fields into the struct, operands by position) and the outputs are compared, integers bit by bit.
// Buffers have guard bytes around them and start as garbage; when a lowering says that it may work
// in place, it is run in place too.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "exec/executor.h"
#include "ir/graph.h"
#include "ops/op.h"

namespace thimble::kernels::testing {

// The pointer types an emitted program has for tensors of this type.
template <typename T>
bool is_element_type(ir::DataType type) {
  using Element = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<Element, float>) return type == ir::DataType::kFloat32;
  if constexpr (std::is_same_v<Element, int8_t>) return type == ir::DataType::kInt8;
  if constexpr (std::is_same_v<Element, uint8_t>)
    return type == ir::DataType::kUInt8 || type == ir::DataType::kBool;
  if constexpr (std::is_same_v<Element, int16_t>) return type == ir::DataType::kInt16;
  if constexpr (std::is_same_v<Element, uint16_t>) return type == ir::DataType::kFloat16;
  if constexpr (std::is_same_v<Element, int32_t>) return type == ir::DataType::kInt32;
  if constexpr (std::is_same_v<Element, int64_t>) return type == ir::DataType::kInt64;
  return false;
}

struct ConstantArray {
  const void* data;
  ir::DataType type;
};

// An ops::Field's value with its constant looked up.
using FieldValue = std::variant<int64_t, float, ConstantArray, std::vector<int64_t>>;

// One member of a parameter struct, by name. Assigning a value of the wrong kind, or an integer
// that the member cannot hold, is a CHECK failure.
template <typename Params>
class Member {
 public:
  template <typename T, typename Base>  // Base: Params or a struct that it inherits from
  Member(std::string name, T Base::*member)
      : name_(std::move(name)), assign_([member](Params& params, const FieldValue& value) {
          assign(params.*member, value);
        }) {}

  const std::string& name() const { return name_; }
  void set(Params& params, const FieldValue& value) const { assign_(params, value); }

 private:
  template <typename T>
  static void assign(T& member, const FieldValue& value) {
    if constexpr (std::is_pointer_v<T>) {
      auto array = std::get<ConstantArray>(value);
      CHECK(is_element_type<std::remove_pointer_t<T>>(array.type), "constant of type {}",
            ir::type_name(array.type));
      member = static_cast<T>(array.data);
    } else if constexpr (std::is_array_v<T>) {
      const auto& list = std::get<std::vector<int64_t>>(value);
      CHECK(list.size() <= std::extent_v<T>, "{} values", list.size());
      for (size_t i = 0; i < list.size(); ++i) assign(member[i], FieldValue(list[i]));
    } else if constexpr (std::is_floating_point_v<T>) {
      member = std::get<float>(value);
    } else {
      int64_t integer = std::get<int64_t>(value);
      CHECK(std::in_range<T>(integer), "{}", integer);
      member = static_cast<T>(integer);
    }
  }

  std::string name_;
  std::function<void(Params&, const FieldValue&)> assign_;
};

template <typename Params>
using Members = std::vector<Member<Params>>;

struct Operand {
  void* data;
  ir::DataType type;
  bool is_scratch = false;
};

// What the interpreter can call. Remembers which kernels have run.
class KernelTable {
 public:
  template <typename Params, typename... T>
  void add(const std::string& name, void (*kernel)(const Params&, T*...),
           const Members<Params>& members) {
    kernels_[name] = [name, kernel, members](const std::map<std::string, FieldValue>& fields,
                                             const std::vector<Operand>& operands) {
      CHECK(operands.size() == sizeof...(T), "{} takes {} operands, got {}", name, sizeof...(T),
            operands.size());
      Params params{};
      size_t known = 0;
      for (const Member<Params>& member : members)
        if (auto field = fields.find(member.name()); field != fields.end()) {
          member.set(params, field->second);
          ++known;
        }
      CHECK(known == fields.size(), "{}: a field has no member", name);
      call(kernel, params, operands, std::index_sequence_for<T...>{});
    };
  }

  void run(const ops::KernelCall& call, const ir::Graph& graph,
           const std::vector<Operand>& operands) const {
    // On the host one instance of a template stands for all: the parameters say everything.
    auto kernel = kernels_.find(call.function.substr(0, call.function.find('<')));
    CHECK(kernel != kernels_.end(), "{} is not in the test's table", call.function);
    std::map<std::string, FieldValue> fields;
    for (const ops::Field& field : call.fields) {
      bool is_new = fields.emplace(field.name, value_of(field, call, graph)).second;
      CHECK(is_new, "{}: two fields {}", call.function, field.name);
    }
    kernel->second(fields, operands);
    called_.insert(kernel->first);
  }

  std::vector<std::string> never_called() const {
    std::vector<std::string> names;
    for (const auto& [name, kernel] : kernels_)
      if (!called_.contains(name)) names.push_back(name);
    return names;
  }

 private:
  template <typename T>
  static T* typed(const Operand& operand) {
    if constexpr (!std::is_void_v<T>)
      CHECK(operand.is_scratch ? (std::is_same_v<T, uint8_t>) : is_element_type<T>(operand.type),
            "operand of type {}", ir::type_name(operand.type));
    return static_cast<T*>(operand.data);
  }

  template <typename Params, typename... T, size_t... I>
  static void call(void (*kernel)(const Params&, T*...), const Params& params,
                   const std::vector<Operand>& operands, std::index_sequence<I...>) {
    kernel(params, typed<T>(operands[I])...);
  }

  static FieldValue value_of(const ops::Field& field, const ops::KernelCall& call,
                             const ir::Graph& graph) {
    if (const auto* integer = std::get_if<int64_t>(&field.value)) return *integer;
    if (const auto* real = std::get_if<float>(&field.value)) return *real;
    if (const auto* list = std::get_if<std::vector<int64_t>>(&field.value)) return *list;
    const ops::Constant& constant =
        call.constants.at(std::get<ops::ConstantRef>(field.value).index);
    if (constant.tensor == ir::kNoTensor)
      return ConstantArray{constant.bytes.data(), constant.type};
    const ir::Tensor& tensor = graph.tensor(constant.tensor);
    CHECK(constant.bytes.empty() && tensor.type == constant.type, "{}", constant.name);
    return ConstantArray{tensor.data->data(), tensor.type};
  }

  using Kernel =
      std::function<void(const std::map<std::string, FieldValue>&, const std::vector<Operand>&)>;
  std::map<std::string, Kernel> kernels_;
  mutable std::set<std::string> called_;
};

// Memory with guard bytes on both sides, aligned to 16 and filled with garbage.
class GuardedBuffer {
 public:
  explicit GuardedBuffer(size_t bytes) : memory_(bytes + 2 * kGuard + 16, kGarbage), size_(bytes) {}

  std::byte* data() {
    auto address = reinterpret_cast<uintptr_t>(memory_.data() + kGuard);
    return memory_.data() + kGuard + (16 - address % 16) % 16;
  }
  size_t size() const { return size_; }

  bool guards_intact() {
    for (const std::byte* p = memory_.data(); p < data(); ++p)
      if (*p != kGarbage) return false;
    for (const std::byte* p = data() + size_; p < memory_.data() + memory_.size(); ++p)
      if (*p != kGarbage) return false;
    return true;
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr std::byte kGarbage{0xA5};
  std::vector<std::byte> memory_;
  size_t size_;
};

// A graph as the emitted program would execute it, tensor by tensor in buffers of their own. State
// is kept from run to run.
class KernelProgram {
 public:
  // Whether outputs (or scratch memory) lie over inputs where they may, and over which.
  enum class Placement { kSeparate, kInPlace, kOverOtherInput, kScratchOverInput };

  // Nodes that have that many ways are executed in the way `way`, others in their first.
  KernelProgram(const ir::Graph& graph, const ops::LowerTarget& target, const KernelTable& kernels,
                Placement placement, size_t way)
      : graph_(graph), kernels_(kernels), placement_(placement) {
    for (const ir::Node& node : graph_.nodes) {
      auto lowerings = ops::find_op(node.op)->lower(graph_, node, target);
      CHECK(lowerings, "{}", lowerings.error().to_string());
      const std::vector<ops::Lowering>& ways = lowerings->ways;
      lowerings_.push_back(ways.at(way < ways.size() ? way : 0));
      most_ways_ = std::max(most_ways_, ways.size());
    }
    for (const ir::Tensor& tensor : graph_.tensors) {
      values_.emplace_back(tensor.is_constant() ? 0 : tensor.bytes());
      if (tensor.is_variable) {
        bool byte_wide = ir::type_bytes(tensor.type) == 1 && tensor.quantization.present();
        std::memset(values_.back().data(), byte_wide ? tensor.zero_point() : 0, tensor.bytes());
      }
    }
  }

  bool can_be_placed() const {
    if (placement_ == Placement::kSeparate) return true;
    for (const ops::Lowering& lowering : lowerings_)
      if (guest_of(lowering)) return true;
    return false;
  }

  size_t most_ways() const { return most_ways_; }

  std::vector<base::Bytes> run(const std::vector<base::Bytes>& inputs) {
    for (size_t i = 0; i < inputs.size(); ++i)
      std::memcpy(value(graph_.inputs[i]).data(), inputs[i].data(), inputs[i].size());
    for (size_t i = 0; i < lowerings_.size(); ++i) run_node(graph_.nodes[i], lowerings_[i]);
    std::vector<base::Bytes> outputs;
    for (ir::TensorId id : graph_.outputs)
      outputs.emplace_back(value(id).data(), value(id).data() + value(id).size());
    return outputs;
  }

 private:
  GuardedBuffer& value(ir::TensorId id) { return values_[static_cast<size_t>(id)]; }

  // What lies over which input (its position) and how far below it begins.
  struct Guest {
    bool is_scratch;  // else output 0
    size_t input;
    int64_t lead_bytes;
  };

  std::optional<Guest> guest_of(const ops::Lowering& lowering) const {
    const bool is_scratch = placement_ == Placement::kScratchOverInput;
    const auto& overlap = is_scratch ? lowering.scratch_overlap : lowering.overlap;
    if (!overlap || placement_ == Placement::kSeparate) return std::nullopt;
    if (placement_ != Placement::kOverOtherInput)
      return Guest{is_scratch, overlap->input, overlap->lead_bytes};
    if (!overlap->other_input) return std::nullopt;
    return Guest{false, *overlap->other_input, overlap->lead_bytes};
  }

  void run_node(const ir::Node& node, const ops::Lowering& lowering) {
    const std::optional<Guest> guest = guest_of(lowering);
    const bool has_scratch_guest = guest && guest->is_scratch;
    const bool in_place = guest && !guest->is_scratch;
    const ir::TensorId over = guest ? node.inputs[guest->input] : ir::kNoTensor;
    GuardedBuffer& output = value(node.outputs[0]);
    // The input and its guest as close as the lowering allows, in one piece of memory.
    const int64_t lead_bytes = guest ? guest->lead_bytes : 0;
    const auto input_at = static_cast<size_t>(std::max<int64_t>(lead_bytes, 0));
    const auto guest_at = static_cast<size_t>(std::max<int64_t>(-lead_bytes, 0));
    const size_t guest_bytes =
        has_scratch_guest ? lowering.calls.at(0).scratch_bytes : output.size();
    GuardedBuffer both(guest ? std::max(input_at + value(over).size(), guest_at + guest_bytes) : 0);
    if (guest) std::memcpy(both.data() + input_at, value(over).data(), value(over).size());
    auto address = [&](ir::TensorId id) -> void* {
      const ir::Tensor& tensor = graph_.tensor(id);
      if (tensor.is_constant()) return const_cast<std::byte*>(tensor.data->data());
      if (guest && id == over) return both.data() + input_at;
      if (in_place && id == node.outputs[0]) return both.data() + guest_at;
      return value(id).data();
    };
    for (const ops::KernelCall& call : lowering.calls) {
      std::vector<Operand> operands;
      for (ir::TensorId id : call.inputs) operands.push_back({address(id), graph_.tensor(id).type});
      for (ir::TensorId id : call.outputs)
        operands.push_back({address(id), graph_.tensor(id).type});
      GuardedBuffer scratch(call.scratch_bytes);
      void* const scratch_data = has_scratch_guest ? both.data() + guest_at : scratch.data();
      if (call.scratch_bytes > 0) operands.push_back({scratch_data, ir::DataType::kUInt8, true});
      kernels_.run(call, graph_, operands);
      EXPECT_TRUE(scratch.guards_intact()) << call.function << " writes outside its scratch";
      EXPECT_TRUE(both.guards_intact()) << call.function << " writes around its operands";
      for (ir::TensorId id : node.inputs) {
        if (id == ir::kNoTensor) continue;
        EXPECT_TRUE(value(id).guards_intact()) << call.function << " writes around an input";
      }
      for (ir::TensorId id : node.outputs)
        EXPECT_TRUE(value(id).guards_intact()) << call.function << " writes around an output";
    }
    if (in_place)
      std::memcpy(output.data(), both.data() + guest_at, output.size());
    else if (lowering.calls.empty())
      std::memcpy(output.data(), address(node.inputs[lowering.overlap.value().input]),
                  output.size());
  }

  const ir::Graph& graph_;
  const KernelTable& kernels_;
  Placement placement_;
  std::vector<ops::Lowering> lowerings_;
  size_t most_ways_ = 1;
  std::vector<GuardedBuffer> values_;
};

// Integers must be equal; floats may differ by tolerance * max|expected| + 1e-7.
inline ::testing::AssertionResult same_values(const ir::Tensor& tensor, const base::Bytes& expected,
                                              const base::Bytes& actual, float tolerance) {
  if (expected == actual) return ::testing::AssertionSuccess();
  if (tensor.type != ir::DataType::kFloat32) {
    size_t i = 0;
    while (expected[i] == actual[i]) ++i;
    return ::testing::AssertionFailure()
           << tensor.name << " first differs at element " << i / ir::type_bytes(tensor.type)
           << " (byte " << i << "): expected " << static_cast<int>(static_cast<int8_t>(expected[i]))
           << ", got " << static_cast<int>(static_cast<int8_t>(actual[i]));
  }
  const auto* want = reinterpret_cast<const float*>(expected.data());
  const auto* got = reinterpret_cast<const float*>(actual.data());
  float largest = 0;
  for (int64_t i = 0; i < tensor.elements(); ++i) largest = std::max(largest, std::abs(want[i]));
  for (int64_t i = 0; i < tensor.elements(); ++i)
    if (!(std::abs(got[i] - want[i]) <= tolerance * largest + 1e-7f))
      return ::testing::AssertionFailure() << tensor.name << " differs at element " << i
                                           << ": expected " << want[i] << ", got " << got[i];
  return ::testing::AssertionSuccess();
}

// Runs the host executor once per element of `runs` (the inputs of one inference each, state kept
// in between) and compares every inference on every target with it.
inline void expect_matches_host(const ir::Graph& graph,
                                const std::vector<std::vector<base::Bytes>>& runs,
                                const KernelTable& kernels, float tolerance = 1e-5f) {
  auto host = exec::Executor::create(graph);
  ASSERT_TRUE(host) << host.error().to_string();
  std::vector<std::vector<base::Bytes>> expected;
  for (const std::vector<base::Bytes>& inputs : runs) {
    auto outputs = host->run(inputs);
    ASSERT_TRUE(outputs) << outputs.error().to_string();
    expected.push_back(std::move(*outputs));
  }
  constexpr ops::LowerTarget kTargets[] = {{.dsp = true, .fpu = true, .optimized = false},
                                           {.dsp = false, .fpu = false, .optimized = true},
                                           {.dsp = true, .fpu = true, .optimized = true},
                                           {.dsp = true, .fpu = true, .small_code = true},
                                           {.dsp = true, .fpu = true, .mve = true}};
  using Placement = KernelProgram::Placement;
  for (const ops::LowerTarget& target : kTargets)
    for (Placement placement : {Placement::kSeparate, Placement::kInPlace,
                                Placement::kOverOtherInput, Placement::kScratchOverInput})
      for (size_t way = 0, ways = 1; way < ways; ++way) {
        KernelProgram program(graph, target, kernels, placement, way);
        ways = program.most_ways();
        if (!program.can_be_placed()) continue;
        SCOPED_TRACE(fmt::format("optimized {}, dsp {}, mve {}, small code {}, way {}, placement {}",
                                 target.optimized, target.dsp, target.mve, target.small_code, way,
                                 static_cast<int>(placement)));
        for (size_t i = 0; i < runs.size(); ++i) {
          std::vector<base::Bytes> outputs = program.run(runs[i]);
          for (size_t o = 0; o < outputs.size(); ++o)
            EXPECT_TRUE(
                same_values(graph.tensor(graph.outputs[o]), expected[i][o], outputs[o], tolerance))
                << "inference " << i;
        }
      }
}

// Builds a graph with a few lines per tensor.
class GraphBuilder {
 public:
  ir::TensorId input(ir::DataType type, ir::Shape shape, ir::Quantization quantization = {}) {
    ir::TensorId id = tensor("input", type, std::move(shape), std::move(quantization));
    graph_.inputs.push_back(id);
    return id;
  }

  template <typename T>
  ir::TensorId constant(ir::DataType type, ir::Shape shape, const std::vector<T>& values,
                        ir::Quantization quantization = {}) {
    ir::TensorId id = tensor("constant", type, std::move(shape), std::move(quantization));
    base::Bytes bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    CHECK(bytes.size() == graph_.tensor(id).bytes(), "constant of {} bytes", bytes.size());
    graph_.tensor(id).data = std::make_shared<const base::Bytes>(std::move(bytes));
    return id;
  }

  ir::TensorId state(ir::DataType type, ir::Shape shape, ir::Quantization quantization = {}) {
    ir::TensorId id = tensor("state", type, std::move(shape), std::move(quantization));
    graph_.tensor(id).is_variable = true;
    return id;
  }

  // A node with one output, whose shape comes from the operator. Until `build` the output is also
  // an output of the graph. The inputs must pass the operator's verify.
  ir::TensorId node(std::string op, std::vector<ir::TensorId> inputs, ir::Attributes attributes,
                    ir::DataType output_type, ir::Quantization output_quantization = {}) {
    ir::TensorId output = tensor("output", output_type, {}, std::move(output_quantization));
    graph_.nodes.push_back(ir::Node{
        op, "node", "the test's node", std::move(inputs), {output}, std::move(attributes)});
    const ops::OpInfo* info = ops::find_op(op);
    CHECK(info, "{}", op);
    auto verified = info->verify(graph_, graph_.nodes.back());
    CHECK(verified, "{}", verified.error().to_string());
    auto shapes = info->infer_shapes(graph_, graph_.nodes.back());
    CHECK(shapes, "{}", shapes.error().to_string());
    graph_.tensor(output).shape = shapes->front();
    graph_.outputs = {output};
    return output;
  }

  const ir::Graph& graph() const { return graph_; }

 private:
  ir::TensorId tensor(std::string_view kind, ir::DataType type, ir::Shape shape,
                      ir::Quantization quantization) {
    ir::Tensor tensor;
    tensor.name = fmt::format("{}{}", kind, graph_.tensors.size());
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.quantization = std::move(quantization);
    return graph_.add_tensor(std::move(tensor));
  }

  ir::Graph graph_;
};

inline ir::Quantization per_tensor(float scale, int32_t zero_point) {
  return {.scales = {scale}, .zero_points = {zero_point}, .axis = 0};
}

// A scale between 2^-8 and 2^-1 and, but for int16, any zero point. Nothing for floats.
inline ir::Quantization random_quantization(base::Random& random, ir::DataType type) {
  if (!ir::is_integer(type)) return {};
  const float scale = std::exp2(random.uniform(-8, -1));
  if (type == ir::DataType::kInt8)
    return per_tensor(scale, static_cast<int32_t>(random.integer(-128, 127)));
  if (type == ir::DataType::kUInt8)
    return per_tensor(scale, static_cast<int32_t>(random.integer(0, 255)));
  return per_tensor(scale / 256, 0);
}

// `rank` extents of 1 to `max_extent`.
inline ir::Shape random_shape(base::Random& random, int64_t rank, int64_t max_extent) {
  ir::Shape shape;
  for (int64_t i = 0; i < rank; ++i)
    shape.push_back(static_cast<int32_t>(random.integer(1, max_extent)));
  return shape;
}

// The data types that most operators take.
inline constexpr ir::DataType kNumberTypes[] = {ir::DataType::kInt8, ir::DataType::kInt16,
                                                ir::DataType::kFloat32};

// `count` integers uniform over [low, high].
template <typename T>
std::vector<T> random_values(base::Random& random, int64_t count, int64_t low, int64_t high) {
  std::vector<T> values(static_cast<size_t>(count));
  for (T& value : values) value = static_cast<T>(random.integer(low, high));
  return values;
}

// Inputs of one inference: random bytes or floats.
inline std::vector<base::Bytes> random_inputs(const ir::Graph& graph, base::Random& random) {
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs)
    inputs.push_back(exec::random_input(graph.tensor(id), random.next()));
  return inputs;
}

// Inputs of one inference whose every byte is `value` (128 or 127: the extremes of int8).
inline std::vector<base::Bytes> constant_inputs(const ir::Graph& graph, uint8_t value) {
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs)
    inputs.emplace_back(graph.tensor(id).bytes(), static_cast<std::byte>(value));
  return inputs;
}

}  // namespace thimble::kernels::testing
