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

}  // namespace thimble::base
