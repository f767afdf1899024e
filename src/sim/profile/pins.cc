#include "sim/profile/pins.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <optional>

#include "sim/profile/scaled.h"

namespace thimble::sim {
namespace {

constexpr uint16_t kPinsOfLetter = 16;
constexpr uint16_t kPinsOfNumber = 32;
constexpr uint16_t kMaxPorts = 26;

// A whole decimal number below `limit`.
std::optional<uint16_t> number_below(std::string_view digits, uint16_t limit) {
  uint16_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value >= limit)
    return std::nullopt;
  return value;
}

std::optional<uint16_t> pin_of(std::string_view name) {
  if (name.size() < 3 || (name[0] != 'P' && name[0] != 'p')) return std::nullopt;
  name.remove_prefix(1);
  if (const size_t dot = name.find('.'); dot != std::string_view::npos) {
    const auto port = number_below(name.substr(0, dot), kMaxPorts);
    const auto pin = number_below(name.substr(dot + 1), kPinsOfNumber);
    if (!port || !pin) return std::nullopt;
    return static_cast<uint16_t>(*port * kPinsOfNumber + *pin);
  }
  const char letter = static_cast<char>(name[0] & ~0x20);  // upper case
  const auto pin = number_below(name.substr(1), kPinsOfLetter);
  if (letter < 'A' || letter > 'Z' || !pin) return std::nullopt;
  return static_cast<uint16_t>((letter - 'A') * kPinsOfLetter + *pin);
}

// Printable, without a space: '!' to '~', then two of them.
std::string identifier_code(size_t index) {
  constexpr size_t kFirst = '!';
  constexpr size_t kCount = '~' - '!' + 1;
  std::string code;
  for (;; index = index / kCount - 1) {
    code += static_cast<char>(kFirst + index % kCount);
    if (index < kCount) return code;
  }
}

uint64_t picoseconds(uint64_t cycles, uint64_t clock_hz) {
  return scaled(cycles, 1'000'000'000'000, clock_hz);
}

}  // namespace

std::string pin_name(uint16_t pin, PinNaming naming) {
  if (naming == PinNaming::kPortNumber)
    return fmt::format("P{}.{:02}", pin / kPinsOfNumber, pin % kPinsOfNumber);
  return fmt::format("P{}{}", static_cast<char>('A' + pin / kPinsOfLetter), pin % kPinsOfLetter);
}

base::Result<uint16_t> parse_pin(std::string_view name) {
  if (const auto pin = pin_of(name)) return *pin;
  return base::fail(base::Error(base::ErrorCode::kInvalidArgument,
                                fmt::format("'{}' is no name of a pin", name),
                                "write PB5 for an STM32, P1.05 for an nRF"));
}

PinLevels::PinLevels(std::span<const PinEdge> edges) : left_(edges) {
  for (const PinEdge& edge : edges) levels_[edge.pin] = false;
}

void PinLevels::advance(uint64_t cycles) {
  for (; !left_.empty() && left_.front().cycles <= cycles; left_ = left_.subspan(1))
    levels_[left_.front().pin] = left_.front().high;
}

std::string vcd_text(std::span<const PinEdge> edges, uint64_t clock_hz, uint64_t end_cycles,
                     PinNaming naming) {
  std::map<uint16_t, std::string> codes;
  for (const PinEdge& edge : edges) codes[edge.pin];
  std::string text = "$version thimble $end\n$timescale 1 ps $end\n$scope module board $end\n";
  auto put = [&]<typename... Args>(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
  };
  size_t count = 0;
  for (auto& [pin, code] : codes) {
    code = identifier_code(count++);
    put("$var wire 1 {} {} $end\n", code, pin_name(pin, naming));
  }
  text += "$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n";
  for (const auto& [pin, code] : codes) put("0{}\n", code);
  text += "$end\n";
  uint64_t time = 0;
  for (const PinEdge& edge : edges) {
    const uint64_t now = picoseconds(edge.cycles, clock_hz);
    if (now != time) put("#{}\n", now);
    time = now;
    put("{}{}\n", edge.high ? 1 : 0, codes[edge.pin]);
  }
  if (const uint64_t end = picoseconds(end_cycles, clock_hz); end > time) put("#{}\n", end);
  return text;
}

}  // namespace thimble::sim
