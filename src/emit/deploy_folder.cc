// The folder that `thimble deploy` writes: the sources, and what makes them build by themselves.
#include "emit/c_literals.h"
#include "emit/emit.h"
#include "emit/target_files.h"

namespace thimble::emit {
namespace {

std::string cmake_lists(std::string_view id, const std::vector<SourceFile>& files) {
  std::string sources;
  for (const SourceFile& file : files)
    if (file.path.ends_with(".cc")) sources += "\n  " + file.path;
  return fmt::format(R"({notice}
# Builds with any C++17 compiler; for a microcontroller pass a toolchain file, for example
#   cmake -B build -DCMAKE_SYSTEM_NAME=Generic -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY \
#     -DCMAKE_CXX_COMPILER=arm-none-eabi-g++ -DCMAKE_BUILD_TYPE=Release \
#     -DCMAKE_CXX_FLAGS="-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"
cmake_minimum_required(VERSION 3.13)
project(thimble_{id} LANGUAGES CXX)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_library(thimble_{id} STATIC{sources})
target_include_directories(thimble_{id} PUBLIC include PRIVATE src)
target_compile_features(thimble_{id} PUBLIC cxx_std_17)
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  target_compile_options(thimble_{id} PRIVATE -ffreestanding -fno-exceptions -fno-rtti
                         -ffunction-sections -fdata-sections)
endif()

# The example is built when this folder is the whole project, not when it is a part of yours. On a
# microcontroller it needs your start-up code and linker script, so it is only compiled.
if(CMAKE_CURRENT_SOURCE_DIR STREQUAL CMAKE_SOURCE_DIR)
  if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
    add_library(example OBJECT example/main.cc)
  else()
    add_executable(example example/main.cc)
  endif()
  target_link_libraries(example PRIVATE thimble_{id})
endif()
)",
                     fmt::arg("notice", licence_notice("#")), fmt::arg("id", id),
                     fmt::arg("sources", sources));
}

std::string example(std::string_view id, std::string_view upper_id, const ir::Graph& graph) {
  const ir::Tensor& output = graph.tensor(graph.outputs[0]);
  return fmt::format(R"({notice}
// Runs the network once on an input of zeros and returns the index of the largest output.
#include "thimble_{id}.h"

alignas(THIMBLE_{upper}_ARENA_ALIGNMENT) static uint8_t arena[THIMBLE_{upper}_ARENA_BYTES];

int main() {{
  if (thimble_{id}_init(arena, sizeof arena) != THIMBLE_OK) return 255;

  uint8_t* input = static_cast<uint8_t*>(thimble_{id}_input(arena, 0));
  for (size_t i = 0; i < THIMBLE_{upper}_INPUT_0_BYTES; ++i) input[i] = 0;

  if (thimble_{id}_infer(arena) != THIMBLE_OK) return 255;

  const {type}* output = static_cast<const {type}*>(thimble_{id}_output(arena, 0));
  int best = 0;
  for (int i = 1; i < THIMBLE_{upper}_OUTPUT_0_ELEMENTS; ++i)
    if (output[i] > output[best]) best = i;
  return best;
}}
)",
                     fmt::arg("notice", licence_notice("//")), fmt::arg("id", id),
                     fmt::arg("upper", upper_id), fmt::arg("type", c_type(output.type)));
}

std::string operand_list(const ir::Graph& graph, const std::vector<ir::TensorId>& ids) {
  std::string text;
  for (size_t i = 0; i < ids.size(); ++i) {
    const ir::Tensor& tensor = graph.tensor(ids[i]);
    text += fmt::format("- {}: `{}` {}", i, c_type(tensor.type), ir::shape_text(tensor.shape));
    if (tensor.quantization.present() && !tensor.quantization.per_channel())
      text += fmt::format(", real = {} * (q - ({}))", tensor.scale(), tensor.zero_point());
    text += "\n";
  }
  return text;
}

std::string readme(const plan::Plan& plan, std::string_view id) {
  return fmt::format(R"(# thimble_{id}

A neural network as freestanding C++17 with a C interface: no heap, no C library, no exceptions.
Written by Thimble from {model}. Everything in this folder is under 0BSD: free to use.

- `include/thimble_{id}.h` — the interface, with shapes, types, scales and zero points
- `src/` — the network and the kernels that it calls
- `example/main.cc` — how to call it

RAM: one arena of {arena} bytes, owned by you and aligned to {alignment}; inputs and outputs lie in it.
The stack needs a few hundred bytes more (`thimble bench` measures it).

Inputs:
{inputs}
Outputs:
{outputs}
Build and run on this machine: `cmake -B build && cmake --build build && build/example; echo $?`
Cross compiling is explained at the top of CMakeLists.txt.
)",
                     fmt::arg("id", id), fmt::arg("model", comment_text(plan.graph.name)),
                     fmt::arg("arena", plan.arena_bytes), fmt::arg("alignment", plan::kAlignment),
                     fmt::arg("inputs", operand_list(plan.graph, plan.graph.inputs)),
                     fmt::arg("outputs", operand_list(plan.graph, plan.graph.outputs)));
}

}  // namespace

base::Result<std::vector<SourceFile>> emit_deploy_folder(const plan::Plan& plan,
                                                         std::string_view identifier) {
  THIMBLE_ASSIGN(EmittedModel emitted, emit_model(plan, identifier));
  std::vector<SourceFile> files = std::move(emitted.files);
  std::string cmake = cmake_lists(identifier, files);
  files.push_back({"CMakeLists.txt", std::move(cmake)});
  files.push_back({"README.md", readme(plan, identifier)});
  files.push_back({"example/main.cc", example(identifier, upper_case(identifier), plan.graph)});
  return files;
}

}  // namespace thimble::emit
