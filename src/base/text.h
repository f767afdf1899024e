// Text for people: grouped numbers and aligned tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::base {

// 1234567 -> "1,234,567".
std::string grouped(uint64_t value);

// Breaks text between words into lines of at most `width` columns; lines after the first begin with
// `indent` spaces. A longer word stays whole.
std::string wrapped(std::string_view text, size_t width, size_t indent);

// Text out of an untrusted file, fit for terminals, JSON and error messages: at most 256 characters
// of printable ASCII; any other byte becomes '?'.
std::string printable(std::string_view text);

// The parts between separators; of an empty text one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

// A word as a shell reads it.
std::string shell_quoted(const std::string& word);

// A table with a header row; columns are as wide as their widest cell, two spaces apart.
class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kRight;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Missing cells are empty.
  void add_row(std::vector<std::string> cells) { rows_.push_back({std::move(cells), false}); }
  void add_rule() { rows_.push_back({{}, true}); }

  std::string to_string() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    bool rule;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace thimble::base
