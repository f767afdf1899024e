#include "emit/c_literals.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <iterator>

#include "base/check.h"

namespace thimble::emit {
namespace {

template <typename T, typename F>
std::string elements(std::span<const std::byte> bytes, F literal) {
  constexpr size_t kPerLine = sizeof(T) == 1 ? 24 : 8;
  std::string text;
  size_t count = bytes.size() / sizeof(T);
  for (size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    literal(std::back_inserter(text), value);
    text += i + 1 == count ? "" : (i + 1) % kPerLine == 0 ? ",\n    " : ",";
  }
  return text;
}

constexpr auto kInteger = [](auto out, auto value) {
  if constexpr (sizeof(value) < 4)
    fmt::format_to(out, "{}", static_cast<int>(value));
  else
    fmt::format_to(out, "{}", integer_literal(value));
};

}  // namespace

std::string_view c_type(ir::DataType type) {
  switch (type) {
    case ir::DataType::kFloat32:
      return "float";
    case ir::DataType::kFloat16:
      return "uint16_t";
    case ir::DataType::kInt8:
      return "int8_t";
    case ir::DataType::kUInt8:
      return "uint8_t";
    case ir::DataType::kInt16:
      return "int16_t";
    case ir::DataType::kInt32:
      return "int32_t";
    case ir::DataType::kInt64:
      return "int64_t";
    case ir::DataType::kBool:
      return "uint8_t";
  }
  CHECK(false, "type {}", static_cast<int>(type));
}

std::string integer_literal(int64_t value) {
  // -2147483648 is the negation of a literal that does not fit int, and so on.
  if (value == INT64_MIN) return "(-9223372036854775807LL - 1)";
  if (value == INT32_MIN) return "(-2147483647 - 1)";
  bool wide = value > INT32_MAX || value < INT32_MIN;
  return fmt::format("{}{}", value, wide ? "LL" : "");
}

std::string float_literal(float value) {
  if (std::isnan(value)) return "__builtin_nanf(\"\")";
  if (std::isinf(value)) return value > 0 ? "__builtin_inff()" : "-__builtin_inff()";
  std::string text = fmt::format("{}", value);  // shortest text that reads back as the same float
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text + "f";
}

std::string array_elements(ir::DataType type, std::span<const std::byte> bytes) {
  switch (type) {
    case ir::DataType::kFloat32:
      return elements<float>(
          bytes, [](auto out, float value) { fmt::format_to(out, "{}", float_literal(value)); });
    case ir::DataType::kInt8:
      return elements<int8_t>(bytes, kInteger);
    case ir::DataType::kUInt8:
    case ir::DataType::kBool:
      return elements<uint8_t>(bytes, kInteger);
    case ir::DataType::kInt16:
      return elements<int16_t>(bytes, kInteger);
    case ir::DataType::kFloat16:
      return elements<uint16_t>(bytes, kInteger);
    case ir::DataType::kInt32:
      return elements<int32_t>(bytes, kInteger);
    case ir::DataType::kInt64:
      return elements<int64_t>(bytes, kInteger);
  }
  CHECK(false, "type {}", static_cast<int>(type));
}

std::string comment_text(std::string_view text) {
  std::string safe;
  for (char c : text) safe += (c >= 0x20 && c < 0x7F && c != '\\' && c != '*') ? c : '_';
  return safe;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

}  // namespace thimble::emit
