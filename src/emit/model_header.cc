// The model's public header: C, with shapes, types, scales and zero points.
#include "emit/c_literals.h"
#include "emit/model_files.h"
#include "emit/target_files.h"

namespace thimble::emit {
namespace {

std::string quantization_comment(const ir::Tensor& tensor) {
  if (!tensor.quantization.present()) return "";
  if (tensor.quantization.per_channel()) return ", per channel";
  return fmt::format(", real = {} * (q - {})", tensor.scale(), tensor.zero_point());
}

std::string operand_section(const ModelFiles& model, const std::string& prefix,
                            std::string_view kind, const std::vector<ir::TensorId>& ids) {
  std::string text = fmt::format("#define {}_{}_COUNT {}\n", prefix, kind, ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const ir::Tensor& tensor = model.plan.graph.tensor(ids[i]);
    std::string name = fmt::format("{}_{}_{}", prefix, kind, i);
    text += fmt::format("\n/* \"{}\": {} {}{} */\n", comment_text(tensor.name), c_type(tensor.type),
                        ir::shape_text(tensor.shape), quantization_comment(tensor));
    text += fmt::format("typedef {} thimble_{}_{}_{}_t;\n", c_type(tensor.type), model.identifier,
                        kind == "INPUT" ? "input" : "output", i);
    text += fmt::format("#define {}_ELEMENTS {}\n#define {}_BYTES {}\n", name, tensor.elements(),
                        name, tensor.bytes());
    if (tensor.quantization.present() && !tensor.quantization.per_channel())
      text += fmt::format("#define {}_SCALE {}\n#define {}_ZERO_POINT ({})\n", name,
                          float_literal(tensor.scale()), name, tensor.zero_point());
  }
  return text + "\n";
}

}  // namespace

SourceFile model_header(const ModelFiles& model) {
  const std::string prefix = "THIMBLE_" + upper_case(model.identifier);
  const std::string id(model.identifier);
  std::string text =
      "/* SPDX-License-Identifier: 0BSD\n   Written by Thimble; free to use, without conditions. "
      "*/\n";
  text += fmt::format(
      "#ifndef {0}_H\n#define {0}_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
      "#include \"thimble_status.h\"\n\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n",
      prefix);
  text += fmt::format(
      "/* The memory of one instance: inputs, outputs, activations, state and scratch. The caller "
      "owns\n"
      "   it; there is no other state, so several instances and models can live side by side. */\n"
      "#define {0}_ARENA_BYTES {1}\n#define {0}_ARENA_ALIGNMENT {2}\n\n",
      prefix, model.plan.arena_bytes, plan::kAlignment);
  text += operand_section(model, prefix, "INPUT", model.plan.graph.inputs);
  text += operand_section(model, prefix, "OUTPUT", model.plan.graph.outputs);
  text += fmt::format(
      "/* Checks the arena and resets the state. Call once before everything else. */\n"
      "thimble_status thimble_{0}_init(void* arena, size_t arena_bytes);\n\n"
      "/* Sets the state of stateful layers back to zero; does nothing in a model without any. */\n"
      "void thimble_{0}_reset(void* arena);\n\n"
      "/* Runs the network once, from the inputs to the outputs. The inputs may be overwritten: "
      "write them\n"
      "   before every call. */\n"
      "thimble_status thimble_{0}_infer(void* arena);\n\n"
      "/* Where input or output `index` lies in the arena; NULL when there is no such index. */\n"
      "void* thimble_{0}_input(void* arena, int index);\n"
      "const void* thimble_{0}_output(const void* arena, int index);\n\n"
      "#ifdef __cplusplus\n}}\n#endif\n\n#endif\n",
      id);
  return {fmt::format("include/thimble_{}.h", id), text};
}

}  // namespace thimble::emit
