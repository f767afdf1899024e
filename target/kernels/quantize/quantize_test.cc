#include <gmock/gmock.h>

#include <limits>

#include "kernels/activation/kernel.h"
#include "kernels/kernel_test_support.h"
#include "kernels/quantize/kernel.h"

namespace thimble::kernels {
namespace {

using namespace thimble::kernels::testing;
using enum ir::DataType;

#define MEMBER(name) \
  { #name, &Params::name }
template <typename Params>
Members<Params> members() {
  if constexpr (std::is_same_v<Params, QuantizeParams>)
    return {MEMBER(count), MEMBER(scale), MEMBER(zero_point)};
  else
    return {MEMBER(count),
            MEMBER(input_zero_point),
            MEMBER(output_zero_point),
            MEMBER(multiplier),
            MEMBER(shift),
            MEMBER(min),
            MEMBER(max)};
}
#undef MEMBER

const KernelTable& quantize_kernels() {
  static const KernelTable table = [] {
    KernelTable kernels;
#define KERNEL(name, Params, In, Out) kernels.add(#name, name, members<Params>());
#include "kernels/quantize/kernels.inc"
#undef KERNEL
    kernels.add(
        "lookup_s8_ref", lookup_s8_ref,
        Members<LookupParams>{{"count", &LookupParams::count}, {"table", &LookupParams::table}});
    return kernels;
  }();
  return table;
}

ir::Quantization quantization_of(base::Random& random, ir::DataType type) {
  ir::Quantization result = random_quantization(random, type);
  // Unlike other operators, these take zero points in int16 and int32.
  if (type == kInt16 || type == kInt32)
    result.zero_points[0] = static_cast<int32_t>(random.integer(-32768, 32767));
  return result;
}

struct Conversion {
  const char* op;
  ir::DataType from, to;
};

TEST(QuantizeKernels, MatchTheHost) {
  const Conversion conversions[] = {
      {"QUANTIZE", kFloat32, kInt8},    {"QUANTIZE", kFloat32, kUInt8},
      {"QUANTIZE", kFloat32, kInt16},   {"QUANTIZE", kInt8, kInt8},
      {"QUANTIZE", kInt8, kUInt8},      {"QUANTIZE", kInt8, kInt16},
      {"QUANTIZE", kInt8, kInt32},      {"QUANTIZE", kUInt8, kInt8},
      {"QUANTIZE", kInt16, kInt8},      {"QUANTIZE", kInt16, kInt16},
      {"QUANTIZE", kInt16, kInt32},     {"QUANTIZE", kInt32, kInt8},
      {"QUANTIZE", kInt32, kInt16},     {"DEQUANTIZE", kInt8, kFloat32},
      {"DEQUANTIZE", kUInt8, kFloat32}, {"DEQUANTIZE", kInt16, kFloat32}};
  base::Random random(1);
  for (const Conversion& conversion : conversions)
    for (int i = 0; i < 8; ++i) {
      SCOPED_TRACE(fmt::format("{} {} to {}", conversion.op, ir::type_name(conversion.from),
                               ir::type_name(conversion.to)));
      GraphBuilder builder;
      ir::TensorId input = builder.input(conversion.from, random_shape(random, i % 4, 9),
                                         quantization_of(random, conversion.from));
      builder.node(conversion.op, {input}, {}, conversion.to,
                   quantization_of(random, conversion.to));
      expect_matches_host(builder.graph(), {random_inputs(builder.graph(), random)},
                          quantize_kernels(), 0);
    }
}

base::Bytes bytes_of(const auto& values) {
  const auto* data = reinterpret_cast<const std::byte*>(values.data());
  return {data, data + values.size() * sizeof(values[0])};
}

TEST(QuantizeKernels, RoundHalvesAwayFromZeroAndSaturate) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> values = {1e30f, -1e30f, kInfinity, -kInfinity, std::nanf(""), 0.49999997f};
  for (int i = -600; i <= 600; ++i) values.push_back(static_cast<float>(i) / 4);
  const auto count = static_cast<int32_t>(values.size());
  for (ir::DataType type : {kInt8, kUInt8, kInt16}) {
    GraphBuilder builder;
    ir::TensorId input = builder.input(kFloat32, {count});
    builder.node("QUANTIZE", {input}, {}, type, per_tensor(0.5f, 3));
    expect_matches_host(builder.graph(), {{bytes_of(values)}}, quantize_kernels());
  }
}

TEST(QuantizeKernels, HalfPrecisionIsExact) {
  std::vector<uint16_t> halves;
  for (uint32_t bits = 0; bits < 0x10000; ++bits)
    if ((bits & 0x7FFF) < 0x7C00) halves.push_back(static_cast<uint16_t>(bits));  // finite
  GraphBuilder builder;
  builder.input(kFloat32, {1});  // every network has an input
  ir::TensorId constant = builder.constant(kFloat16, {static_cast<int32_t>(halves.size())}, halves);
  builder.node("DEQUANTIZE", {constant}, {}, kFloat32);
  expect_matches_host(builder.graph(), {{bytes_of(std::vector<float>{0})}}, quantize_kernels(), 0);
  EXPECT_THAT(quantize_kernels().never_called(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace thimble::kernels
