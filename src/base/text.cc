#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace thimble::base {
namespace {

// Columns on a terminal: UTF-8 continuation bytes take none.
size_t display_width(const std::string& text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string grouped(uint64_t value) {
  std::string digits = fmt::format("{}", value);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string wrapped(std::string_view text, size_t width, size_t indent) {
  std::string result;
  size_t column = 0;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find(' ', begin), text.size());
    std::string word(text.substr(begin, end - begin));
    if (column > 0 && column + 1 + display_width(word) > width) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > 0) {
      result += " ";
      ++column;
    }
    column += display_width(word);
    result += word;
    begin = end + 1;
  }
  return result;
}

std::string shell_quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

std::string TextTable::to_string() const {
  std::vector<size_t> widths;
  for (size_t c = 0; c < columns_.size(); ++c) {
    size_t width = display_width(columns_[c].title);
    for (const Row& row : rows_)
      if (c < row.cells.size()) width = std::max(width, display_width(row.cells[c]));
    widths.push_back(width);
  }
  std::string text;
  auto add_line = [&](auto cell_of) {
    std::string line;
    for (size_t c = 0; c < columns_.size(); ++c) {
      std::string cell = cell_of(c);
      std::string padding(widths[c] - display_width(cell), ' ');
      line +=
          (c ? "  " : "") + (columns_[c].align == Align::kLeft ? cell + padding : padding + cell);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  auto add_rule_line = [&] { add_line([&](size_t c) { return std::string(widths[c], '-'); }); };
  add_line([&](size_t c) { return columns_[c].title; });
  add_rule_line();
  for (const Row& row : rows_) {
    if (row.rule)
      add_rule_line();
    else
      add_line([&](size_t c) { return c < row.cells.size() ? row.cells[c] : std::string(); });
  }
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0;;) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    if (end == text.size()) return parts;
    begin = end + 1;
  }
}

std::string printable(std::string_view text) {
  constexpr size_t kMaxCharacters = 256;
  std::string clean(text.substr(0, kMaxCharacters));
  std::ranges::replace_if(
      clean, [](char c) { return c < ' ' || c > '~'; }, '?');
  return clean;
}

}  // namespace thimble::base
