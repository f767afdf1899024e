#include "tools/accuracy/fuzz/encoding.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace thimble::accuracy {
namespace {

constexpr std::string_view kRegisterLetters = "denma";

// Puts the bits of `value` where `letter` stands, the lowest at the last place.
uint32_t place(std::string_view pattern, char letter, uint32_t value) {
  uint32_t word = 0;
  int bit = 0;
  for (auto at = pattern.rbegin(); at != pattern.rend(); ++at) {
    if (*at == ' ') continue;
    if (*at == letter) {
      word |= (value & 1) << bit;
      value >>= 1;
    }
    ++bit;
  }
  return word;
}

}  // namespace

uint32_t random_register(uint32_t mask, uint32_t limit, base::Random& random) {
  std::array<uint32_t, 16> candidates;
  uint32_t count = 0;
  for (uint32_t r = 0; r < limit; ++r)
    if (mask >> r & 1) candidates[count++] = r;
  CHECK(count > 0);
  return candidates[random.next() % count];
}

Instruction random_instruction(const Encoding& encoding, const RegisterChoice& choice,
                               base::Random& random) {
  const std::string_view pattern = encoding.pattern;
  const auto size_bits = pattern.size() - std::ranges::count(pattern, ' ');
  for (;;) {
    uint32_t word =
        place(pattern, '1', 0xFFFFFFFF) | place(pattern, 'x', static_cast<uint32_t>(random.next()));
    uint32_t written = 0;
    for (char letter : kRegisterLetters) {
      const auto bits = std::ranges::count(pattern, letter);
      if (bits == 0) continue;
      const uint32_t limit = 1u << bits;
      const bool writes = letter == 'd' || letter == 'e';
      const uint32_t allowed = writes ? choice.writable & ~written : choice.readable;
      const uint32_t r = random_register(allowed, limit, random);
      if (writes) written |= 1u << r;
      word |= place(pattern, letter, r);
      if (letter == 'm') word |= place(pattern, 'M', r);
    }
    if (!encoding.valid || encoding.valid(word)) return {word, static_cast<int>(size_bits) / 8};
  }
}

}  // namespace thimble::accuracy
