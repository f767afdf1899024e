// Networks with Helium kernels on a Cortex-M55, which QEMU emulates: same outputs as on the host,
// and how many instructions that took (no cycles: QEMU has no model of time).
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/subprocess.h"
#include "emit/emit.h"
#include "exec/executor.h"
#include "firmware/firmware.h"
#include "frontend/tflite/import.h"
#include "passes/pipeline.h"
#include "plan/plan.h"
#include "tests/cores/random_layers.h"
#include "tests/support/sanitizer.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

namespace fs = std::filesystem;

constexpr char kEmulator[] = "qemu-system-arm";

// As much of QEMU's machine mps3-an547 as a program needs that starts in secure state.
board::Board an547() {
  board::Board board;
  board.memories = {{"itcm", board::MemoryKind::kFlash, 0x00000000, 512 * 1024},
                    {"dtcm", board::MemoryKind::kRam, 0x20000000, 512 * 1024}};
  board.code_memory = "itcm";
  board.data_memory = "dtcm";
  return board;
}

board::Core cortex_m55() {
  board::Core core;
  core.cpu = "cortex-m55";
  core.fpu = "auto";
  return core;
}

// Runs one inference, compares, prints how many instructions it took and ends with 0 if the outputs
// are equal. With -icount shift=0 an instruction takes a nanosecond of QEMU's time and the system
// timer counts every 31.25.
constexpr char kMain[] = R"(
constexpr unsigned kTimerMask = 0xFFFFFF;
volatile unsigned* const kTimer = reinterpret_cast<volatile unsigned*>(0xE000E010);

void print(const char* text) {
  register int operation __asm__("r0") = 4;  // SYS_WRITE0
  register const char* argument __asm__("r1") = text;
  __asm__ volatile("bkpt #0xab" : "+r"(operation) : "r"(argument) : "memory");
}

void print_number(unsigned long long number) {
  char text[24];
  char* at = text + 23;
  *at = 0;
  do *--at = static_cast<char>('0' + number % 10); while (number /= 10);
  print(at);
}

alignas(16) unsigned char arena[ARENA_BYTES];

int main() {
  if (INIT(arena, sizeof arena) != THIMBLE_OK) return 1;
  for (unsigned i = 0; i < INPUT_COUNT; ++i)
    for (unsigned k = 0; k < input_bytes[i]; ++k)
      static_cast<unsigned char*>(INPUT(arena, static_cast<int>(i)))[k] = inputs[i][k];
  kTimer[1] = kTimerMask;
  kTimer[2] = 0;
  kTimer[0] = 5;  // enabled, the processor's clock
  const unsigned start = kTimer[2];
  if (INFER(arena) != THIMBLE_OK) return 1;
  const unsigned ticks = (start - kTimer[2]) & kTimerMask;
  print("instructions ");
  print_number(ticks * 125ull / 4);
  print("\n");
  for (unsigned i = 0; i < OUTPUT_COUNT; ++i)
    for (unsigned k = 0; k < output_bytes[i]; ++k)
      if (static_cast<const unsigned char*>(OUTPUT(arena, static_cast<int>(i)))[k] != outputs[i][k]) {
        print("output differs\n");
        return 1;
      }
  return 0;
}
)";

std::string byte_arrays(std::string_view name, const std::vector<base::Bytes>& tensors) {
  std::string text, names, sizes;
  for (size_t i = 0; i < tensors.size(); ++i) {
    text += fmt::format("const unsigned char {}_{}[] = {{", name, i);
    for (std::byte b : tensors[i]) text += fmt::format("{},", static_cast<unsigned>(b));
    text += "};\n";
    names += fmt::format("{}_{}, ", name, i);
    sizes += fmt::format("{}, ", tensors[i].size());
  }
  text += fmt::format("const unsigned char* const {}s[] = {{{}}};\n", name, names);
  return text + fmt::format("const unsigned {}_bytes[] = {{{}}};\n", name, sizes);
}

std::string main_source(const std::string& id, size_t arena_bytes,
                        const std::vector<base::Bytes>& inputs,
                        const std::vector<base::Bytes>& outputs) {
  std::string text = fmt::format("#include \"thimble_{}.h\"\n", id);
  for (const char* name : {"init", "infer", "input", "output"}) {
    std::string macro = name;
    for (char& c : macro) c = static_cast<char>(std::toupper(c));
    text += fmt::format("#define {} thimble_{}_{}\n", macro, id, name);
  }
  text += fmt::format("#define ARENA_BYTES {}\n#define INPUT_COUNT {}\n#define OUTPUT_COUNT {}\n",
                      arena_bytes, inputs.size(), outputs.size());
  return text + byte_arrays("input", inputs) + byte_arrays("output", outputs) + kMain;
}

base::ProcessOutput run(const std::vector<std::string>& command, const fs::path& folder) {
  auto result = base::run_process(command, folder);
  EXPECT_TRUE(result) << result.error().to_string();
  return result ? *result : base::ProcessOutput{-1, ""};
}

bool is_there(const char* program) {
  auto version = base::run_process({program, "--version"});
  return version && version->exit_code == 0;
}

void expect_same_outputs_on_m55(const ir::Graph& graph, const std::vector<base::Bytes>& inputs,
                                const std::string& name) {
  for (const char* program : {kEmulator, "arm-none-eabi-g++"})
    if (!is_there(program)) GTEST_SKIP() << "needs " << program;
  auto executor = exec::Executor::create(graph);
  ASSERT_TRUE(executor) << executor.error().to_string();
  auto outputs = executor->run(inputs);
  ASSERT_TRUE(outputs) << outputs.error().to_string();

  auto optimized = passes::optimize(graph, {});
  ASSERT_TRUE(optimized) << optimized.error().to_string();
  auto plan = plan::make_plan(*optimized, {.dsp = true, .fpu = true, .mve = true});
  ASSERT_TRUE(plan) << plan.error().to_string();
  auto emitted = emit::emit_model(*plan, "network");
  ASSERT_TRUE(emitted) << emitted.error().to_string();
  auto startup = emit::target_file("apps/startup.cc");
  ASSERT_TRUE(startup) << startup.error().to_string();

  const board::Board board = an547();
  std::vector<emit::SourceFile> files = emitted->files;
  files.push_back(*startup);
  files.push_back({"board.ld", firmware::linker_script(board)});
  files.push_back({"main.cc", main_source("network", plan->arena_bytes, inputs, *outputs)});
  auto folder = base::TemporaryDirectory::create("thimble-mve");
  ASSERT_TRUE(folder) << folder.error().to_string();
  auto written = emit::write_files(folder->path(), files);
  ASSERT_TRUE(written) << written.error().to_string();

  std::vector<std::string> compile = {"arm-none-eabi-g++"};
  for (const std::string& flag : firmware::processor_flags(board, cortex_m55(), true))
    compile.push_back(flag);
  for (const char* flag :
       {"-std=c++17", "-O2", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-nostdlib",
        "-fno-threadsafe-statics", "-ffunction-sections", "-fdata-sections", "-Iinclude", "-Isrc",
        "-Wl,--gc-sections", "-Wl,-T,board.ld", "-Wl,--defsym=thimble_stack_bytes=8192", "-o",
        "network.elf"})
    compile.push_back(flag);
  for (const emit::SourceFile& file : files)
    if (file.path.ends_with(".cc")) compile.push_back(file.path);
  compile.push_back("-lgcc");
  const base::ProcessOutput compiled = run(compile, folder->path());
  ASSERT_EQ(compiled.exit_code, 0) << compiled.output;

  const base::ProcessOutput ran =
      run({kEmulator, "-M", "mps3-an547", "-nographic", "-icount", "shift=0", "-semihosting-config",
           "enable=on,target=native", "-kernel", "network.elf"},
          folder->path());
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  std::printf("%s: %s", name.c_str(), ran.output.c_str());
}

void expect_same_outputs_on_m55(const fs::path& model) {
  auto graph = frontend::import_file(model);
  ASSERT_TRUE(graph) << graph.error().to_string();
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph->inputs) inputs.push_back(exec::pattern_input(graph->tensor(id)));
  expect_same_outputs_on_m55(*graph, inputs, model.filename());
}

TEST(Helium, LenetOnQemu) {
  expect_same_outputs_on_m55(testing::source_dir() / "models/lenet_int8.tflite");
}

TEST(Helium, RandomLayersOnQemu) {
  if (testing::kSanitized) GTEST_SKIP() << "too slow with sanitizers; runs in the release build";
  constexpr int kLayers = 16;
  base::Random random(8);
  for (int i = 0; i < kLayers && !IsSkipped(); ++i) {
    const ir::Graph graph = testing::random_int8_layer(random);
    expect_same_outputs_on_m55(graph, testing::random_int8_inputs(graph, random),
                               fmt::format("layer {}", i));
  }
}

class HeliumShared : public ::testing::TestWithParam<const char*> {};

TEST_P(HeliumShared, OutputsOnQemuAreTheHosts) {
  THIMBLE_NEED_SHARED(shared);
  expect_same_outputs_on_m55(shared / "models/mlperf-tiny" / GetParam());
}

INSTANTIATE_TEST_SUITE_P(MlperfTiny, HeliumShared,
                         ::testing::Values("ad01_int8.tflite", "pretrainedResnet_quant.tflite",
                                           "kws_ref_model.tflite", "vww_96_int8.tflite"));

}  // namespace
}  // namespace thimble
