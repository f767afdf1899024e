// Files with one thing wrong each (tools/onnx/make_bad_files.py), with the text that the user
// reads.
#include <gtest/gtest.h>

#include <ostream>
#include <set>

#include "base/files.h"
#include "frontend/onnx/import.h"
#include "tests/support/shared_data.h"

namespace thimble::testing {
namespace {

using base::ErrorCode;

struct Row {
  const char* name;
  ErrorCode code;
  const char* text;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

std::filesystem::path folder() {
  return source_dir() / "tests/fuzz/onnx_corpus";
}

const Row kRows[] = {
    {"auto_pad", ErrorCode::kMalformed, ""},
    {"axis", ErrorCode::kMalformed, ""},
    {"backwards", ErrorCode::kMalformed, ""},
    {"broadcast", ErrorCode::kMalformed, ""},
    {"constant_of_nothing", ErrorCode::kMalformed, ""},
    {"cut", ErrorCode::kMalformed, ""},
    {"double", ErrorCode::kMalformed, ""},
    {"empty", ErrorCode::kMalformed, ""},
    {"external_data", ErrorCode::kMalformed, ""},
    {"groups", ErrorCode::kMalformed, ""},
    {"huge_input", ErrorCode::kMalformed, ""},
    {"if", ErrorCode::kMalformed, ""},
    {"many_empty_nodes", ErrorCode::kMalformed, ""},
    {"many_large_constants", ErrorCode::kMalformed, ""},
    {"no_graph", ErrorCode::kMalformed, ""},
    {"no_output", ErrorCode::kMalformed, ""},
    {"open_size", ErrorCode::kMalformed, ""},
    {"opset", ErrorCode::kMalformed, ""},
    {"other_domain", ErrorCode::kMalformed, ""},
    {"padding_of_text", ErrorCode::kMalformed, ""},
    {"reshape", ErrorCode::kMalformed, ""},
    {"reshape_overflow", ErrorCode::kMalformed, ""},
    {"scale", ErrorCode::kMalformed, ""},
    {"set_twice", ErrorCode::kMalformed, ""},
    {"short_constant", ErrorCode::kMalformed, ""},
    {"text", ErrorCode::kMalformed, ""},
    {"transpose", ErrorCode::kMalformed, ""},
    {"two_scales", ErrorCode::kMalformed, ""},
    {"undefined", ErrorCode::kMalformed, ""},
    {"unknown_operator", ErrorCode::kMalformed, ""},
    {"vast_constant", ErrorCode::kMalformed, ""},
    {"weights_do_not_fit", ErrorCode::kMalformed, ""},
    {"weights_from_outside", ErrorCode::kMalformed, ""},
    {"window_too_large", ErrorCode::kMalformed, ""},
};

class BadOnnxFile : public ::testing::TestWithParam<Row> {};

TEST_P(BadOnnxFile, IsRefusedWithAReason) {
  auto bytes = base::read_file(folder() / (std::string(GetParam().name) + ".onnx"));
  ASSERT_TRUE(bytes) << bytes.error().to_string();
  auto network = frontend::import_onnx(*bytes, GetParam().name);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().to_string(), GetParam().text);
  EXPECT_EQ(network.error().code, GetParam().code) << error_code_name(network.error().code);
}

INSTANTIATE_TEST_SUITE_P(Own, BadOnnxFile, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(BadOnnxFiles, AreAllInTheTable) {
  std::set<std::string> rows, files;
  for (const Row& row : kRows) rows.insert(row.name);
  for (const auto& entry : std::filesystem::directory_iterator(folder()))
    files.insert(entry.path().stem().string());
  EXPECT_EQ(rows, files);
}

TEST(UnknownOperator, IsAnsweredWithTheSupportedOnes) {
  auto bytes = base::read_file(folder() / "unknown_operator.onnx");
  ASSERT_TRUE(bytes) << bytes.error().to_string();
  auto network = frontend::import_onnx(*bytes, "unknown");
  ASSERT_FALSE(network);
  EXPECT_NE(network.error().hint.find("Conv, ConvTranspose"), std::string::npos)
      << network.error().hint;
}

}  // namespace
}  // namespace thimble::testing
