#include "sim/run/uart_script.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace thimble::sim {

UartScript::UartScript(std::string_view text, std::string prompt) : prompt_(std::move(prompt)) {
  if (prompt_.empty()) {
    parts_.emplace_back(text);
    return;
  }
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    parts_.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string UartScript::take_next() {
  if (parts_.empty()) return {};
  std::string part = std::move(parts_.front());
  parts_.pop_front();
  return part;
}

std::string UartScript::start() {
  return prompt_.empty() ? take_next() : std::string{};
}

std::string UartScript::answer(char byte) {
  if (prompt_.empty() || parts_.empty()) return {};
  tail_ += byte;
  if (tail_.size() > prompt_.size()) tail_.erase(0, 1);
  if (tail_ != prompt_) return {};
  tail_.clear();
  return take_next();
}

base::Result<std::string> unescape(std::string_view text) {
  const auto bad = [](std::string_view escape) {
    return base::fail({base::ErrorCode::kInvalidArgument, fmt::format("'{}' is no escape", escape),
                       "known are \\n, \\r, \\t, \\0, \\\\ and \\xHH"});
  };
  std::string result;
  while (!text.empty()) {
    if (text[0] != '\\') {
      result += text[0];
      text.remove_prefix(1);
      continue;
    }
    constexpr std::string_view kNames = "nrt0\\", kValues("\n\r\t\0\\", 5);
    if (text.size() < 2) return bad(text);
    if (const size_t index = kNames.find(text[1]); index != std::string_view::npos) {
      result += kValues[index];
      text.remove_prefix(2);
      continue;
    }
    const std::string_view escape = text.substr(0, 4);
    unsigned value = 0;
    if (!escape.starts_with("\\x") || escape.size() < 4 ||
        std::from_chars(escape.data() + 2, escape.data() + 4, value, 16).ptr != escape.data() + 4)
      return bad(escape.substr(0, escape.starts_with("\\x") ? 4 : 2));
    result += static_cast<char>(value);
    text.remove_prefix(4);
  }
  return result;
}

}  // namespace thimble::sim
