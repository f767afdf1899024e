// `thimble deploy` as its user meets it: the folder builds with plain CMake on this machine and
// with the cross compiler, and computes what the host executor computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/subprocess.h"
#include "exec/executor.h"
#include "frontend/tflite/import.h"
#include "tests/e2e/program.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

namespace fs = std::filesystem;
using testing::run_thimble;

base::Result<std::vector<base::Bytes>> host_outputs(const fs::path& model) {
  THIMBLE_ASSIGN(ir::Graph graph, frontend::import_file(model));
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs) inputs.push_back(exec::pattern_input(graph.tensor(id)));
  THIMBLE_ASSIGN(exec::Executor executor, exec::Executor::create(graph));
  return executor.run(inputs);
}

class Deploy : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = base::TemporaryDirectory::create();
    ASSERT_TRUE(created);
    directory_ = std::move(*created);
    model_ = testing::source_dir() / "models/lenet_int8.tflite";
    folder_ = directory_->path() / "out";
    auto result = run_thimble({"deploy", model_.string(), "-o", folder_.string()});
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }

  void run(std::vector<std::string> argv) {
    auto result = base::run_process(argv, folder_);
    ASSERT_TRUE(result) << result.error().to_string();
    ASSERT_EQ(result->exit_code, 0) << argv[0] << ":\n" << result->output;
  }

  std::optional<base::TemporaryDirectory> directory_;
  fs::path model_, folder_;
};

TEST_F(Deploy, BuildsByItself) {
  run({"cmake", "-B", "build"});
  run({"cmake", "--build", "build"});
  auto example = base::run_process({(folder_ / "build/example").string()});
  ASSERT_TRUE(example);
  EXPECT_LT(example->exit_code, 10);
}

// Two networks in one program, and two instances of one: each in its own arena, none in the other's
// way.
TEST_F(Deploy, SeveralNetworksInOneProgramComputeTheSameAsTheHost) {
  fs::path top = directory_->path() / "top";
  for (const char* name : {"first", "second"}) {
    auto result = run_thimble({"deploy", model_.string(), "-o", (top / name).string(), "--name",
                               name, "--kernels", name[0] == 'f' ? "reference" : "optimized"});
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
  ASSERT_TRUE(base::write_file(top / "CMakeLists.txt", R"(cmake_minimum_required(VERSION 3.13)
project(top LANGUAGES CXX)
add_subdirectory(first)
add_subdirectory(second)
add_executable(both main.cc)
target_link_libraries(both PRIVATE thimble_first thimble_second)
)"));
  ASSERT_TRUE(base::write_file(top / "main.cc", R"(#include <cstdio>
#include "thimble_first.h"
#include "thimble_second.h"
alignas(16) static uint8_t a[THIMBLE_FIRST_ARENA_BYTES], b[THIMBLE_SECOND_ARENA_BYTES],
    c[THIMBLE_SECOND_ARENA_BYTES];
static void fill(void* input) {
  for (int i = 0; i < THIMBLE_FIRST_INPUT_0_BYTES; ++i)
    static_cast<int8_t*>(input)[i] = static_cast<int8_t>((i * 37 + 11) % 256 - 128);
}
int main() {
  if (thimble_first_init(a, sizeof a - 1) != THIMBLE_ARENA_TOO_SMALL) return 1;
  if (thimble_first_init(nullptr, sizeof a) != THIMBLE_NULL_ARENA) return 2;
  if (thimble_first_init(a + 1, sizeof a) != THIMBLE_ARENA_UNALIGNED) return 3;
  if (thimble_first_init(a, sizeof a) || thimble_second_init(b, sizeof b) ||
      thimble_second_init(c, sizeof c)) return 4;
  fill(thimble_first_input(a, 0));
  fill(thimble_second_input(b, 0));
  fill(thimble_second_input(c, 0));
  if (thimble_second_infer(c) || thimble_first_infer(a) || thimble_second_infer(b)) return 5;
  if (thimble_first_input(a, 1) || thimble_first_output(a, -1)) return 6;
  const void* outputs[] = {thimble_first_output(a, 0), thimble_second_output(b, 0),
                           thimble_second_output(c, 0)};
  for (const void* output : outputs)
    for (int i = 0; i < THIMBLE_FIRST_OUTPUT_0_BYTES; ++i)
      std::printf("%d ", static_cast<const int8_t*>(output)[i]);
  return 0;
}
)"));
  folder_ = top;
  run({"cmake", "-B", "build"});
  run({"cmake", "--build", "build"});
  auto both = base::run_process({(top / "build/both").string()});
  ASSERT_TRUE(both);
  ASSERT_EQ(both->exit_code, 0);
  auto expected = host_outputs(model_);
  ASSERT_TRUE(expected) << expected.error().to_string();
  std::string once;
  for (std::byte b : expected->front()) once += fmt::format("{} ", static_cast<int8_t>(b));
  EXPECT_EQ(both->output, once + once + once);
}

TEST_F(Deploy, CrossCompilesWithoutAnyLibrary) {
  run({"cmake", "-B", "build-arm", "-DCMAKE_SYSTEM_NAME=Generic",
       "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY", "-DCMAKE_CXX_COMPILER=arm-none-eabi-g++",
       "-DCMAKE_CXX_FLAGS=-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"});
  run({"cmake", "--build", "build-arm"});
  // Linked as a whole, nothing is missing but what the compiler's own libgcc provides.
  run({"arm-none-eabi-g++", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16",
       "-nostdlib", "-r", "-o", "all.o", "-Wl,--whole-archive",
       "build-arm/libthimble_lenet_int8.a"});
  auto undefined = base::run_process({"arm-none-eabi-nm", "-u", "all.o"}, folder_);
  ASSERT_TRUE(undefined);
  ASSERT_EQ(undefined->exit_code, 0) << undefined->output;
  std::istringstream lines(undefined->output);
  for (std::string u, name; lines >> u >> name;)
    EXPECT_TRUE(name.starts_with("__aeabi_") || name.starts_with("__gnu_"))
        << "undefined: " << name;
}

TEST_F(Deploy, EveryFileSaysItsLicence) {
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    auto text = base::read_text_file(entry.path());
    ASSERT_TRUE(text);
    EXPECT_THAT(text->substr(0, 400), ::testing::HasSubstr("0BSD")) << entry.path();
  }
  EXPECT_GE(files, 8u);
}

}  // namespace
}  // namespace thimble
