// Small tables as text: a line of column names, then rows, fields between semicolons; '#' begins a
// comment line.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::accuracy {

class CsvTable {
 public:
  // Valid as long as its table.
  class Row {
   public:
    // Errors: kMalformed (no such column, or no number), with file and line.
    base::Result<std::string> text(std::string_view column) const;
    base::Result<double> number(std::string_view column) const;

   private:
    friend class CsvTable;
    const CsvTable* table_ = nullptr;
    std::vector<std::string> fields_;
    int line_ = 0;
  };

  // Errors: kNotFound, kIo, kMalformed (a row of another length).
  static base::Result<CsvTable> load(const std::filesystem::path& path);
  CsvTable(const CsvTable&) = delete;
  CsvTable(CsvTable&& other) noexcept;

  const std::vector<Row>& rows() const { return rows_; }

 private:
  CsvTable() = default;

  std::string origin_;
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

}  // namespace thimble::accuracy
