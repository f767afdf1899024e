#include "base/sha256.h"

#include <gtest/gtest.h>

namespace thimble::base {
namespace {

// FIPS 180-2, appendix B.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex(std::string_view("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
      sha256_hex(std::string_view("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PartsGiveTheDigestOfTheWhole) {
  const std::string text(1000, 'x');
  for (const size_t part : {1u, 63u, 64u, 65u, 200u, 1000u}) {
    Sha256 hash;
    for (size_t at = 0; at < text.size(); at += part)
      hash.add(std::as_bytes(std::span(text)).subspan(at, std::min(part, text.size() - at)));
    EXPECT_EQ(hash.hex(), sha256_hex(text)) << part;
  }
}

}  // namespace
}  // namespace thimble::base
