#include "frontend/model/import_model.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/support/shared_data.h"

namespace thimble::frontend {
namespace {

namespace fs = std::filesystem;

// A copy of a file of the source tree under another name.
class ImportModel : public ::testing::Test {
 protected:
  fs::path copy(const std::string& from, const std::string& name) {
    auto bytes = base::read_file(testing::source_dir() / from);
    EXPECT_TRUE(bytes) << bytes.error().to_string();
    auto folder = base::TemporaryDirectory::create();
    EXPECT_TRUE(folder) << folder.error().to_string();
    folder_ = std::move(*folder);
    EXPECT_TRUE(base::write_file(folder_.path() / name, *bytes));
    return folder_.path() / name;
  }

 private:
  base::TemporaryDirectory folder_;
};

constexpr const char* kTflite = "models/lenet_int8.tflite";
constexpr const char* kOnnx = "tests/onnx/networks/conv_padding.onnx";

TEST_F(ImportModel, ReadsBothFormats) {
  for (const char* file : {kTflite, kOnnx}) {
    auto graph = import_model(testing::source_dir() / file);
    ASSERT_TRUE(graph) << graph.error().to_string();
    EXPECT_EQ(graph->name, fs::path(file).stem());
  }
}

TEST_F(ImportModel, KnowsTensorFlowLiteByItsContent) {
  EXPECT_TRUE(import_model(copy(kTflite, "network")));
  EXPECT_TRUE(import_model(copy(kTflite, "network.onnx")));
}

TEST_F(ImportModel, RefusesOtherFormats) {
  auto graph = import_model(copy(kOnnx, "network.h5"));
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, base::ErrorCode::kUnsupported);
  EXPECT_NE(graph.error().to_string().find("network.h5: the format of this file is not known"),
            std::string::npos);
}

TEST_F(ImportModel, SaysWhichFileIsMissing) {
  auto graph = import_model("/nonexistent/network.onnx");
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace thimble::frontend
