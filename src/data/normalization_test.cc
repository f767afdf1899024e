#include "data/normalization.h"

#include <cmath>
#include <cstring>

#include "data/files_test_support.h"

namespace thimble::data {
namespace {

using namespace thimble::data::testing;

ir::Tensor tensor(ir::DataType type, ir::Shape shape, float scale = 0, int32_t zero_point = 0) {
  ir::Tensor t;
  t.type = type;
  t.shape = std::move(shape);
  if (scale != 0) t.quantization = {.scales = {scale}, .zero_points = {zero_point}};
  return t;
}

template <typename T>
std::vector<T> input(const std::vector<float>& values, ValueKind kind,
                     const Normalization& normalization, const ir::Tensor& t) {
  auto bytes = to_input(values, kind, normalization, t);
  EXPECT_TRUE(bytes) << bytes.error().to_string();
  std::vector<T> elements(bytes ? bytes->size() / sizeof(T) : 0);
  if (!elements.empty()) std::memcpy(elements.data(), bytes->data(), bytes->size());
  return elements;
}

TEST(ToInput, PixelsFillTheRangeWhenNothingIsSaid) {
  const std::vector<float> pixels = {0, 51, 255};
  EXPECT_THAT(input<float>(pixels, ValueKind::kPixels, {}, tensor(ir::DataType::kFloat32, {3})),
              ElementsAre(0, 0.2f, 1));
  EXPECT_THAT(input<int8_t>(pixels, ValueKind::kPixels, {}, tensor(ir::DataType::kInt8, {3})),
              ElementsAre(-128, -77, 127));
  EXPECT_THAT(input<uint8_t>(pixels, ValueKind::kPixels, {}, tensor(ir::DataType::kUInt8, {3})),
              ElementsAre(0, 51, 255));
  EXPECT_THAT(input<int16_t>(pixels, ValueKind::kPixels, {}, tensor(ir::DataType::kInt16, {3})),
              ElementsAre(0, 6553, 32767));
}

TEST(ToInput, IntegersAreCopiedAndRealNumbersQuantized) {
  const ir::Tensor t = tensor(ir::DataType::kInt8, {4}, 0.5f, 10);
  EXPECT_THAT(input<int8_t>({-3, 0, 7, 200}, ValueKind::kIntegers, {}, t),
              ElementsAre(-3, 0, 7, 127));
  // Halves go away from zero.
  EXPECT_THAT(input<int8_t>({-100, 0.25f, 1, -0.75f}, ValueKind::kReal, {}, t),
              ElementsAre(-128, 11, 12, 9));
}

TEST(ToInput, AppliesWhatTheUserAskedForToEveryChannel) {
  const Affine affine{.scale = 0.5, .zero_point = 2, .mean = {1, 2}, .std = {1, 4}};
  const ir::Tensor t = tensor(ir::DataType::kFloat32, {1, 2, 2});
  EXPECT_THAT(input<float>({6, 6, 10, 10}, ValueKind::kPixels, affine, t),
              ElementsAre(1, 0, 3, 0.5f));
}

TEST(ToInput, RefusesWhatDoesNotFit) {
  auto error = [](const std::vector<float>& values, const Normalization& n, const ir::Tensor& t) {
    auto bytes = to_input(values, ValueKind::kReal, n, t);
    return bytes ? "" : bytes.error().to_string();
  };
  EXPECT_THAT(error({1, 2}, {}, tensor(ir::DataType::kFloat32, {3})), HasSubstr("has 2 values"));
  EXPECT_THAT(error({1}, {}, tensor(ir::DataType::kInt8, {1})), HasSubstr("no scale"));
  EXPECT_THAT(error({1}, {}, tensor(ir::DataType::kInt64, {1})), HasSubstr("int64"));
  EXPECT_THAT(error({NAN}, {}, tensor(ir::DataType::kFloat32, {1})), HasSubstr("finite"));
  EXPECT_THAT(error({NAN}, {}, tensor(ir::DataType::kInt8, {1}, 1)), HasSubstr("finite"));
  EXPECT_THAT(error({1, 2, 3}, Affine{.mean = {1, 2}}, tensor(ir::DataType::kFloat32, {3})),
              HasSubstr("3 channels"));
}

TEST_F(DataFiles, NormalizationComesFromTheOptions) {
  const std::string file = write("a.bin", std::string(3073, '\0'));
  auto of = [&](const std::string& options) {
    auto set = open_data_set("cifar10:" + file + options);
    EXPECT_TRUE(set) << set.error().to_string();
    return set ? (*set)->info().normalization : Normalization{};
  };
  EXPECT_EQ(of(""), std::nullopt);
  EXPECT_EQ(of("?scale=1/255"), (Affine{.scale = 1.0 / 255}));
  EXPECT_EQ(of("?scale=2&zero_point=83"), (Affine{.scale = 2, .zero_point = 83}));
  EXPECT_EQ(of("?mean=1,2,3&std=4"), (Affine{.mean = {1, 2, 3}, .std = {4}}));
  EXPECT_EQ(of("?range=-1..1"), (Affine{.scale = 2.0 / 255, .zero_point = 127.5}));
  EXPECT_THAT(error_of("cifar10:" + file + "?range=1"), HasSubstr("expected LOW..HIGH"));
  EXPECT_THAT(error_of("cifar10:" + file + "?range=0..1&scale=2"), HasSubstr("together"));
  EXPECT_THAT(error_of("cifar10:" + file + "?std=0"), HasSubstr("must not be 0"));
  EXPECT_THAT(error_of("cifar10:" + file + "?scale=1/0"), HasSubstr("not a number"));
}

}  // namespace
}  // namespace thimble::data
