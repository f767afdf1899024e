// The model's source: constants, one parameter struct per kernel call, one function per layer.
#include <map>
#include <set>
#include <tuple>

#include "base/check.h"
#include "emit/c_literals.h"
#include "emit/model_files.h"
#include "emit/target_files.h"
#include "ops/op.h"

namespace thimble::emit {
namespace {

using base::Result;

class SourceWriter {
 public:
  explicit SourceWriter(const ModelFiles& model) : model_(model), plan_(model.plan) {}

  Result<std::string> write(std::vector<std::string>& layer_symbols) {
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      THIMBLE_ASSIGN(std::string symbol, write_layer(i));
      layer_symbols.push_back(std::move(symbol));
    }
    std::string text = licence_notice("//");
    text += fmt::format("#include \"thimble_{}.h\"\n\n", model_.identifier);
    for (const std::string& header : headers_) text += fmt::format("#include \"{}\"\n", header);
    text += "#include \"runtime/layer.h\"\n\nnamespace {\n\n";
    if (!layers_.empty()) text += "using namespace thimble::kernels;\n\n";
    text += constants_ + parameters_ + "}  // namespace\n\nextern \"C\" {\n\n" + layers_;
    text += interface(layer_symbols) + "\n}  // extern \"C\"\n";
    return text;
  }

 private:
  enum class Place { kFlash, kRam };

  // Returns the name of an array that holds the bytes of a constant tensor, writing it on first
  // use in that place.
  std::string tensor_array(ir::TensorId id, Place place = Place::kFlash) {
    auto [entry, is_new] = tensor_arrays_.try_emplace(
        {id, place}, fmt::format("k{}Tensor{}", place == Place::kRam ? "Ram" : "", id));
    if (is_new) {
      const ir::Tensor& tensor = plan_.graph.tensor(id);
      write_array(entry->second, tensor.type, *tensor.data, tensor.name, place);
    }
    return entry->second;
  }

  // The same for a table of a kernel call; equal tables (those of a layer's bands) are written
  // once, with the first name.
  std::string table_array(const std::string& name, const ops::Constant& constant, Place place) {
    auto [entry, is_new] = table_arrays_.try_emplace({constant.type, place, constant.bytes}, name);
    if (is_new) write_array(name, constant.type, constant.bytes, constant.name, place);
    return entry->second;
  }

  void write_array(const std::string& name, ir::DataType type, std::span<const std::byte> bytes,
                   std::string_view comment, Place place) {
    constants_ += fmt::format("// {}\nalignas({}) {} {} {}[] = {{\n    {}}};\n\n",
                              comment_text(comment), ir::type_bytes(type) == 8 ? 8 : 4,
                              place == Place::kRam ? "THIMBLE_IN_RAM" : "const", c_type(type), name,
                              array_elements(type, bytes));
  }

  std::string operand(ir::TensorId id, bool writable) {
    const ir::Tensor& tensor = plan_.graph.tensor(id);
    if (tensor.is_constant()) return tensor_array(id);
    auto offset = plan_.offset_of(id);
    CHECK(offset, "tensor {} has no place in the arena", id);
    return fmt::format("reinterpret_cast<{}{}*>(arena + {})", writable ? "" : "const ",
                       c_type(tensor.type), *offset);
  }

  // A constexpr function that returns the parameter struct, so that members are named and what is
  // not named is zero, in plain C++17.
  Result<std::string> write_parameters(const std::string& suffix, const ops::KernelCall& call,
                                       bool weights_in_ram) {
    std::vector<std::string> arrays;
    for (const ops::Constant& constant : call.constants) {
      const Place place = constant.is_weights && weights_in_ram ? Place::kRam : Place::kFlash;
      if (constant.tensor != ir::kNoTensor) {
        arrays.push_back(tensor_array(constant.tensor, place));
        continue;
      }
      arrays.push_back(table_array(fmt::format("k{}_{}", suffix, constant.name), constant, place));
    }
    std::string body;
    for (const ops::Field& field : call.fields) {
      if (const auto* list = std::get_if<std::vector<int64_t>>(&field.value)) {
        for (size_t i = 0; i < list->size(); ++i)
          body += fmt::format("  p.{}[{}] = {};\n", field.name, i, integer_literal((*list)[i]));
        continue;
      }
      std::string value;
      if (const auto* integer = std::get_if<int64_t>(&field.value))
        value = integer_literal(*integer);
      else if (const auto* real = std::get_if<float>(&field.value))
        value = float_literal(*real);
      else
        value = arrays.at(std::get<ops::ConstantRef>(field.value).index);
      body += fmt::format("  p.{} = {};\n", field.name, value);
    }
    parameters_ += fmt::format(
        "constexpr {} make_params_{}() {{\n  {} p{{}};\n{}  return p;\n}}\n"
        "constexpr {} kParams{} = make_params_{}();\n\n",
        call.params_type, suffix, call.params_type, body, call.params_type, suffix, suffix);
    return fmt::format("kParams{}", suffix);
  }

  // Returns the layer's symbol, or "" when it needs no code.
  Result<std::string> write_layer(size_t index) {
    const plan::Step& step = plan_.steps[index];
    const ir::Node& node = plan_.graph.nodes[step.node];
    if (step.lowering.calls.empty()) return std::string();
    std::string symbol =
        fmt::format("thimble_{}_layer_{:02}_{}", model_.identifier, index, lower_case(node.op));
    std::string body;
    for (size_t i = 0; i < step.lowering.calls.size(); ++i) {
      const ops::KernelCall& call = step.lowering.calls[i];
      headers_.insert(call.header);
      THIMBLE_ASSIGN(std::string arguments, write_parameters(fmt::format("{:02}_{}", index, i),
                                                             call, step.weights_in_ram));
      for (ir::TensorId id : call.inputs)
        arguments += ", " + operand(id, plan_.graph.tensor(id).is_variable);
      for (ir::TensorId id : call.outputs) arguments += ", " + operand(id, true);
      if (call.scratch_bytes > 0)
        arguments += fmt::format(", arena + {}", plan_.buffers[step.scratch.value()].offset);
      body += fmt::format("  {}({});\n", call.function, arguments);
    }
    layers_ +=
        fmt::format("// {} \"{}\"\nTHIMBLE_LAYER static void {}(uint8_t* arena) {{\n{}}}\n\n",
                    node.op, comment_text(node.name), symbol, body);
    return symbol;
  }

  std::string reset_body() const {
    std::string body;
    for (size_t id = 0; id < plan_.graph.tensors.size(); ++id) {
      const ir::Tensor& tensor = plan_.graph.tensors[id];
      auto offset = plan_.offset_of(static_cast<ir::TensorId>(id));
      if (!tensor.is_variable || !offset) continue;
      bool byte_wide = ir::type_bytes(tensor.type) == 1 && tensor.quantization.present();
      body += fmt::format(
          "  for (size_t i = 0; i < {}; ++i) bytes[{} + i] = static_cast<uint8_t>({});\n",
          tensor.bytes(), *offset, byte_wide ? tensor.zero_point() : 0);
    }
    return body.empty() ? "  static_cast<void>(arena);\n"
                        : "  uint8_t* bytes = static_cast<uint8_t*>(arena);\n" + body;
  }

  std::string lookup_body(const std::vector<ir::TensorId>& ids, std::string_view byte_type) const {
    std::string body = fmt::format("  switch (index) {{\n");
    for (size_t i = 0; i < ids.size(); ++i) {
      const ir::Tensor& tensor = plan_.graph.tensor(ids[i]);
      CHECK(!tensor.is_constant());
      body += fmt::format("    case {}: return static_cast<{}*>(arena) + {};\n", i, byte_type,
                          *plan_.offset_of(ids[i]));
    }
    return body + "    default: return nullptr;\n  }\n";
  }

  std::string interface(const std::vector<std::string>& layer_symbols) const {
    std::string calls;
    for (const std::string& symbol : layer_symbols)
      if (!symbol.empty()) calls += fmt::format("  {}(bytes);\n", symbol);
    return fmt::format(
        R"(thimble_status thimble_{id}_init(void* arena, size_t arena_bytes) {{
  if (!arena) return THIMBLE_NULL_ARENA;
  if (reinterpret_cast<uintptr_t>(arena) % {alignment} != 0) return THIMBLE_ARENA_UNALIGNED;
  if (arena_bytes < {arena_bytes}) return THIMBLE_ARENA_TOO_SMALL;
  thimble_{id}_reset(arena);
  return THIMBLE_OK;
}}

void thimble_{id}_reset(void* arena) {{
{reset}}}

thimble_status thimble_{id}_infer(void* arena) {{
  if (!arena) return THIMBLE_NULL_ARENA;
  uint8_t* bytes = static_cast<uint8_t*>(arena);
{calls}  static_cast<void>(bytes);
  return THIMBLE_OK;
}}

void* thimble_{id}_input(void* arena, int index) {{
{inputs}}}

const void* thimble_{id}_output(const void* arena, int index) {{
{outputs}}}
)",
        fmt::arg("id", model_.identifier), fmt::arg("alignment", plan::kAlignment),
        fmt::arg("arena_bytes", plan_.arena_bytes), fmt::arg("reset", reset_body()),
        fmt::arg("calls", calls), fmt::arg("inputs", lookup_body(plan_.graph.inputs, "uint8_t")),
        fmt::arg("outputs", lookup_body(plan_.graph.outputs, "const uint8_t")));
  }

  const ModelFiles& model_;
  const plan::Plan& plan_;
  std::set<std::string> headers_;
  std::map<std::pair<ir::TensorId, Place>, std::string> tensor_arrays_;
  std::map<std::tuple<ir::DataType, Place, base::Bytes>, std::string> table_arrays_;
  std::string constants_, parameters_, layers_;
};

}  // namespace

Result<SourceFile> model_source(const ModelFiles& model, std::vector<std::string>& layer_symbols) {
  for (ir::TensorId id : model.plan.graph.outputs)
    if (model.plan.graph.tensor(id).is_constant())
      return base::fail(base::ErrorCode::kUnsupported, "the output {} is a constant",
                        model.plan.graph.tensor(id).name);
  THIMBLE_ASSIGN(std::string text, SourceWriter(model).write(layer_symbols));
  return SourceFile{fmt::format("src/thimble_{}.cc", model.identifier), std::move(text)};
}

}  // namespace thimble::emit
