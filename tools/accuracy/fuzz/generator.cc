#include "tools/accuracy/fuzz/generator.h"

#include <bit>

#include "tools/accuracy/fuzz/code_builder.h"

namespace thimble::accuracy {
namespace {

// Values at which carries, saturation, signs and shifts change.
uint32_t interesting_word(base::Random& random) {
  static constexpr uint32_t kWords[] = {0,          1,          2,          0xFFFFFFFF, 0xFFFFFFFE,
                                        0x7FFFFFFF, 0x80000000, 0x80000001, 0x7FFF,     0x8000,
                                        0xFFFF,     0x7FFF8000, 0x80007FFF, 0x80008000, 0x7FFF7FFF,
                                        0x7F807F80, 0x80808080, 0x00FF00FF, 0x0000FF00, 31,
                                        32,         33,         64,         0x55555555, 0xAAAAAAAA};
  const auto value = static_cast<uint32_t>(random.next());
  switch (random.integer(0, 5)) {
    case 0:
      return kWords[value % std::size(kWords)];
    case 1:
      return value & 0xFF;
    case 2:
      return 1u << value % 32;
    case 3:
      return static_cast<uint32_t>(-static_cast<int32_t>(value & 0xFFF));
    default:
      return value;
  }
}

uint32_t interesting_float(base::Random& random) {
  static constexpr uint32_t kFloats[] = {
      0x00000000, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000,
      0xFFC12345, 0x7F800001, 0xFFA00000, 0x00000001, 0x80000001, 0x007FFFFF, 0x00800000,
      0x80800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x3F000000, 0x3FC00000, 0x40200000, 0x4F000000,
      0xCF000000, 0x4F7FFFFF, 0x4F800000, 0x477FE000, 0x477FF000, 0x387FC000, 0x33800000,
      0x4B000001, 0x3EFFFFFF, 0x3F7FFFFF};
  const auto value = static_cast<uint32_t>(random.next());
  switch (random.integer(0, 4)) {
    case 0:
      return kFloats[value % std::size(kFloats)];
    case 1:  // near 1
      return (value & 0x807FFFFF) | (0x78u + (value >> 23 & 0xF)) << 23;
    case 2:  // a small integer or half
      return std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(value % 2001) - 1000) *
                                     0.5f);
    case 3:  // subnormal
      return value & 0x807FFFFF;
    default:
      return value;
  }
}

uint64_t interesting_double(base::Random& random) {
  static constexpr uint64_t kDoubles[] = {
      0x0000000000000000, 0x8000000000000000, 0x3FF0000000000000, 0x7FF0000000000000,
      0xFFF0000000000000, 0x7FF8000000000000, 0x7FF0000000000001, 0xFFF4000012345678,
      0x0000000000000001, 0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x7FEFFFFFFFFFFFFF,
      0x41DFFFFFFFC00000, 0x41E0000000000000, 0xC1E0000000000000, 0x47EFFFFFE0000000,
      0x36A0000000000000, 0x3FE0000000000000};
  const uint64_t value = random.next();
  switch (random.integer(0, 3)) {
    case 0:
      return kDoubles[value % std::size(kDoubles)];
    case 1:
      return (value & 0x800FFFFFFFFFFFFF) | (0x3F8 + (value >> 52 & 0xF)) << 52;
    case 2:
      return std::bit_cast<uint64_t>(
          static_cast<double>(static_cast<int64_t>(value % 20001) - 10000) * 0.25);
    default:
      return value;
  }
}

uint32_t random_fpscr(base::Random& random) {
  constexpr uint32_t kRounding = 3u << 22;
  constexpr uint32_t kFlushToZero = 1u << 24;
  constexpr uint32_t kDefaultNan = 1u << 25;
  constexpr uint32_t kAlternativeHalf = 1u << 26;
  constexpr uint32_t kFlags = 0xF000009F;
  const auto value = static_cast<uint32_t>(random.next());
  uint32_t mask = random.integer(0, 1) ? kFlags : 0;
  if (random.integer(0, 2) == 0) mask |= kRounding;
  if (random.integer(0, 2) == 0) mask |= kFlushToZero;
  if (random.integer(0, 2) == 0) mask |= kDefaultNan;
  if (random.integer(0, 4) == 0) mask |= kAlternativeHalf;
  return value & mask;
}

}  // namespace

Case generate_case(uint32_t features, uint32_t scratch_base, uint64_t seed) {
  base::Random random(seed);
  Case result;
  CodeBuilder builder(features, random);
  const auto units = random.integer(4, 24);
  for (int64_t i = 0; i < units; ++i) builder.add_unit();
  builder.finish();
  result.code = builder.code();

  for (uint32_t& r : result.r) r = interesting_word(random);
  for (const KnownRegister& pointer : builder.initial_pointers())
    result.r[pointer.number] = scratch_base + pointer.value;
  for (const KnownRegister& index : builder.initial_indices()) result.r[index.number] = index.value;
  result.lr = interesting_word(random);
  result.apsr = static_cast<uint32_t>(random.next()) & ((features & kDsp)   ? 0xF80F0000u
                                                        : (features & kV7M) ? 0xF8000000u
                                                                            : 0xF0000000u);
  for (uint32_t& word : result.scratch) word = interesting_word(random);
  if (!(features & kSingle)) return result;

  result.fpscr = random_fpscr(random);
  for (uint32_t& s : result.s) s = interesting_float(random);
  for (size_t i = 0; i < result.scratch.size(); i += 3)
    result.scratch[i] = interesting_float(random);
  if (features & kDouble) {
    for (size_t d = 0; d < 16; ++d) {
      if (random.integer(0, 1)) continue;
      const uint64_t bits = interesting_double(random);
      result.s[d * 2] = static_cast<uint32_t>(bits);
      result.s[d * 2 + 1] = static_cast<uint32_t>(bits >> 32);
    }
  }
  return result;
}

}  // namespace thimble::accuracy
