// Files with one thing wrong each (tools/onnx/make_bad_files.py), with the text that the user
// reads.
#include <gtest/gtest.h>

#include <ostream>
#include <regex>
#include <set>
#include <sstream>

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
    {"auto_pad", ErrorCode::kMalformed, "node 0 (Conv it): auto_pad is SOMEHOW"},
    {"axis", ErrorCode::kMalformed, "node 0 (Concat it): axis 7 is not one of 4 dimensions"},
    {"backwards", ErrorCode::kMalformed, "node 0 (Relu): nothing sets later"},
    {"broadcast", ErrorCode::kMalformed,
     "node 0 (Add it): shapes 1x3x4x4 and 3x1x5 do not fit together"},
    {"constant_of_nothing", ErrorCode::kLimit,
     "constant w: shape 0x2147483647x2147483647x8 has more than 2^31 - 1 elements"},
    {"cut", ErrorCode::kMalformed, "not an ONNX file, or a damaged one: no protobuf message"},
    {"double", ErrorCode::kUnsupported, "input x: data type DOUBLE is not supported"},
    {"empty", ErrorCode::kMalformed, "not an ONNX file: it has no graph"},
    {"external_data", ErrorCode::kUnsupported, "constant w: its data is in another file"},
    {"groups", ErrorCode::kMalformed,
     "node 0 (Conv it): weights of 2x3x2x2 in 2 groups do not fit 3 channels"},
    {"huge_input", ErrorCode::kLimit,
     "tensor 0 (x) has shape 1048576x1048576x1048576x1048576, more than 2^31 - 1 elements"},
    {"if", ErrorCode::kUnsupported, "node 0 (If): this operator is not supported"},
    {"many_empty_nodes", ErrorCode::kLimit,
     "the file describes far more than its 40966 bytes can hold"},
    {"many_large_constants", ErrorCode::kLimit,
     "node 41 (Add): the constants become far more than what the file holds"},
    {"no_graph", ErrorCode::kMalformed, "not an ONNX file: it has no graph"},
    {"no_output", ErrorCode::kMalformed, "output y: nothing sets y"},
    {"open_size", ErrorCode::kUnsupported, "input x: the size of dimension 2 is unknown"},
    {"opset", ErrorCode::kUnsupported, "opset 99 is not supported, only 1 to 21"},
    {"other_domain", ErrorCode::kUnsupported,
     "node 0 (com.example.Conv it): this operator is not supported"},
    {"padding_of_text", ErrorCode::kMalformed,
     "node 0 (Conv it): the attribute pads is no list of integers"},
    {"reshape", ErrorCode::kMalformed,
     "node 0 (Reshape it): 48 elements do not fit the given shape"},
    {"reshape_overflow", ErrorCode::kMalformed,
     "node 0 (Reshape it): a shape with too many elements"},
    {"scale", ErrorCode::kMalformed, "node 0 (QuantizeLinear): the scale -0.5 is not positive"},
    {"set_twice", ErrorCode::kMalformed, "node 1 (Tanh): y is set twice"},
    {"short_constant", ErrorCode::kMalformed, "constant w: needs 96 bytes, but has 4"},
    {"text", ErrorCode::kMalformed, "not an ONNX file, or a damaged one: no protobuf message"},
    {"transpose", ErrorCode::kMalformed,
     "node 0 (Transpose it): perm is no permutation of 4 dimensions"},
    {"two_scales", ErrorCode::kUnsupported,
     "node 1 (DequantizeLinear): the integers have scale 0.5, but are read with scale 0.25"},
    {"undefined", ErrorCode::kMalformed, "node 0 (Add it): nothing sets nobody"},
    {"unknown_operator", ErrorCode::kUnsupported,
     "node 0 (NonMaxSuppression it): this operator is not supported"},
    {"vast_constant", ErrorCode::kLimit,
     "constant w: shape 2147483647x2147483647 has more than 2^31 - 1 elements"},
    {"weights_do_not_fit", ErrorCode::kMalformed,
     "node 0 (Conv it): weights of 2x5x2x2 in 1 groups do not fit 3 channels"},
    {"weights_from_outside", ErrorCode::kUnsupported,
     "node 0 (Conv): weights that are no constant are not supported"},
    {"window_too_large", ErrorCode::kMalformed,
     "node 0 (MaxPool it): a window of 9 does not fit an input of 4"},
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
  // All of them are documented.
  auto page = base::read_text_file(source_dir() / "docs/onnx.md");
  ASSERT_TRUE(page) << page.error().to_string();
  std::istringstream names(network.error().hint.substr(std::string("supported are ").size()));
  for (std::string name; names >> name;) {
    if (name.back() == ',') name.pop_back();
    EXPECT_TRUE(std::regex_search(*page, std::regex("\\| .*\\b" + name + "\\b.* \\|"))) << name;
  }
}

}  // namespace
}  // namespace thimble::testing
