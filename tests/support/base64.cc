#include "tests/support/base64.h"

namespace thimble::testing {

base::Result<base::Bytes> decode_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0)
    return base::fail(base::ErrorCode::kMalformed, "base64 of {} characters", text.size());
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  base::Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t window = 0;
  int bits = 0;  // at the low end of `window`, not yet written
  for (char c : text) {
    size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos)
      return base::fail(base::ErrorCode::kMalformed, "'{}' is not base64", c);
    window = window << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<std::byte>(window >> bits));
  }
  return bytes;
}

}  // namespace thimble::testing
