#include "tools/accuracy/csv.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/files.h"

namespace thimble::accuracy {
namespace {

using base::ErrorCode;

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields(1);
  for (char c : line) {
    if (c == separator)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

}  // namespace

base::Result<std::string> CsvTable::Row::text(std::string_view column) const {
  const auto found = std::ranges::find(table_->columns_, column);
  if (found == table_->columns_.end())
    return base::fail(ErrorCode::kMalformed, "{}: no column '{}'", table_->origin_, column);
  return fields_[static_cast<size_t>(found - table_->columns_.begin())];
}

base::Result<double> CsvTable::Row::number(std::string_view column) const {
  THIMBLE_ASSIGN(const std::string field, text(column));
  double value = 0;
  const char* end = field.data() + field.size();
  if (const auto [at, error] = std::from_chars(field.data(), end, value);
      error != std::errc() || at != end)
    return base::fail(ErrorCode::kMalformed, "{}:{}: '{}' is no number", table_->origin_, line_,
                      field);
  return value;
}

base::Result<CsvTable> CsvTable::load(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(const std::string text, base::read_text_file(path));
  CsvTable table;
  table.origin_ = path.string();
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> fields = split(line, ';');
    if (table.columns_.empty()) {
      table.columns_ = std::move(fields);
      continue;
    }
    if (fields.size() != table.columns_.size())
      return base::fail(ErrorCode::kMalformed, "{}:{}: {} fields instead of {}", table.origin_,
                        number, fields.size(), table.columns_.size());
    Row row;
    row.fields_ = std::move(fields);
    row.line_ = number;
    table.rows_.push_back(std::move(row));
  }
  for (Row& row : table.rows_) row.table_ = &table;
  return table;
}

CsvTable::CsvTable(CsvTable&& other) noexcept
    : origin_(std::move(other.origin_)),
      columns_(std::move(other.columns_)),
      rows_(std::move(other.rows_)) {
  for (Row& row : rows_) row.table_ = this;
}

}  // namespace thimble::accuracy
