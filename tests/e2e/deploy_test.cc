// `thimble deploy` as its user meets it: the folder builds with plain CMake on this machine and
// with the cross compiler, and computes what the host executor computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

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

// argmax of the first output for an input of zero bytes, as the deployed example computes it.
int host_argmax(const fs::path& model) {
  auto graph = frontend::import_file(model);
  EXPECT_TRUE(graph);
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph->inputs) inputs.emplace_back(graph->tensor(id).bytes());
  auto executor = exec::Executor::create(*graph);
  auto outputs = executor->run(inputs);
  EXPECT_TRUE(outputs);
  const auto* values = reinterpret_cast<const int8_t*>(outputs->front().data());
  return static_cast<int>(std::max_element(values, values + outputs->front().size()) - values);
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

TEST_F(Deploy, BuildsOnTheHostAndComputesTheSame) {
  run({"cmake", "-B", "build"});
  run({"cmake", "--build", "build"});
  auto example = base::run_process({(folder_ / "build/example").string()});
  ASSERT_TRUE(example);
  EXPECT_EQ(example->exit_code, host_argmax(model_));
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
