// The archives of the ONNX backend test suite: every network is imported and gives the expected
// outputs, or is refused with an error that says why.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <fstream>
#include <map>

#include "base/files.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "frontend/onnx/network.h"
#include "tests/onnx/run_onnx.h"
#include "tests/support/compare.h"
#include "tests/support/shared_data.h"

namespace thimble::testing {
namespace {

namespace fs = std::filesystem;
using base::Result;

constexpr Tolerance kTolerance{1e-4, 1e-7};

Result<ir::Tensor> read_tensor(const fs::path& path) {
  onnx::TensorProto proto;
  std::ifstream stream(path, std::ios::binary);
  if (!proto.ParseFromIstream(&stream))
    return base::fail(base::ErrorCode::kMalformed, "{} is no tensor", path.string());
  return frontend::read_constant(proto);
}

// input_0.pb, input_1.pb, ...
Result<std::vector<ir::Tensor>> read_tensors(const fs::path& folder, const std::string& prefix) {
  std::vector<ir::Tensor> tensors;
  for (int i = 0;; ++i) {
    const fs::path path = folder / fmt::format("{}_{}.pb", prefix, i);
    if (!fs::exists(path)) return tensors;
    THIMBLE_ASSIGN(tensors.emplace_back(), read_tensor(path));
  }
}

// Empty, or how the outputs differ.
Result<std::string> differences(const frontend::OnnxImport& network, const fs::path& folder) {
  THIMBLE_ASSIGN(const std::vector<ir::Tensor> inputs, read_tensors(folder, "input"));
  THIMBLE_ASSIGN(const std::vector<ir::Tensor> expected, read_tensors(folder, "output"));
  THIMBLE_ASSIGN(const std::vector<ir::Tensor> outputs, run_onnx(network, inputs));
  if (outputs.size() != expected.size()) return std::string("another number of outputs");
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].shape != expected[i].shape)
      return fmt::format("shape {} instead of {}", ir::shape_text(outputs[i].shape),
                         ir::shape_text(expected[i].shape));
    const std::string text =
        difference(*outputs[i].data, *expected[i].data, outputs[i].type, kTolerance);
    if (!text.empty()) return text;
  }
  return std::string();
}

class OnnxBackend : public ::testing::TestWithParam<const char*> {};

TEST_P(OnnxBackend, EveryNetworkIsRightOrRefused) {
  THIMBLE_NEED_SHARED(shared);
  auto folder = base::TemporaryDirectory::create();
  ASSERT_TRUE(folder) << folder.error().to_string();
  const fs::path archive =
      shared / "models/onnx" / fmt::format("backend_test_{}.tar.xz", GetParam());
  auto unpacked =
      base::run_process({"tar", "-xf", archive.string(), "-C", folder->path().string()});
  ASSERT_TRUE(unpacked) << unpacked.error().to_string();
  ASSERT_EQ(unpacked->exit_code, 0) << unpacked->output;

  std::map<std::string, fs::path> networks;
  for (const auto& entry : fs::recursive_directory_iterator(folder->path()))
    if (entry.path().filename() == "model.onnx")
      networks[entry.path().parent_path().filename().string()] = entry.path();
  ASSERT_FALSE(networks.empty());

  base::TextTable table(
      {{"network", base::TextTable::Align::kLeft}, {"result", base::TextTable::Align::kLeft}});
  int right = 0;
  for (const auto& [name, path] : networks) {
    auto bytes = base::read_file(path);
    ASSERT_TRUE(bytes);
    auto network = frontend::import_onnx(*bytes, name);
    if (!network) {
      table.add_row({name, "refused: " + network.error().to_string()});
      EXPECT_EQ(network.error().code, base::ErrorCode::kUnsupported)
          << name << ": " << network.error().to_string();
      continue;
    }
    auto text = differences(*network, path.parent_path() / "test_data_set_0");
    ASSERT_TRUE(text) << name << ": " << text.error().to_string();
    EXPECT_EQ(*text, "") << name;
    table.add_row({name, text->empty() ? "right" : *text});
    ++right;
  }
  fmt::print("{}{} right, {} refused\n", table.to_string(), right,
             networks.size() - static_cast<size_t>(right));
}

INSTANTIATE_TEST_SUITE_P(Shared, OnnxBackend, ::testing::Values("simple", "pytorch-operator"),
                         [](const auto& row) { return std::string(row.param).substr(0, 7); });

}  // namespace
}  // namespace thimble::testing
