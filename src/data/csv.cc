// csv:FILE - one sample per line, one column is the label.
#include "data/csv.h"

#include <charconv>

#include "data/byte_source.h"
#include "data/readers.h"

namespace thimble::data {

using base::ErrorCode;
using base::Result;

std::vector<std::string_view> split_cells(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const size_t comma = line.find(',');
    std::string_view cell = line.substr(0, comma);
    const size_t first = cell.find_first_not_of(" \t\r");
    const size_t last = cell.find_last_not_of(" \t\r");
    cells.push_back(first == std::string_view::npos ? "" : cell.substr(first, last - first + 1));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

namespace {

template <typename T>
std::optional<T> parse_cell(std::string_view cell) {
  T value{};
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

// Reads a file line by line.
class Lines {
 public:
  explicit Lines(ByteSource source) : source_(std::move(source)) {}

  // The next line that is not empty; false at the end.
  Result<bool> next(std::string& line) {
    do {
      THIMBLE_ASSIGN(const bool any, read_line(line));
      if (!any) return false;
    } while (line.find_first_not_of(" \t\r") == std::string::npos);
    return true;
  }

  uint64_t number() const { return number_; }
  const std::filesystem::path& path() const { return source_.path(); }

 private:
  Result<bool> read_line(std::string& line) {
    constexpr size_t kMaxLine = 1 << 26;
    line.clear();
    std::byte next{};
    bool any = false;
    for (;;) {
      THIMBLE_ASSIGN(const bool more, read_byte(next));
      if (!more) break;
      any = true;
      if (next == std::byte{'\n'}) break;
      line += static_cast<char>(next);
      if (line.size() > kMaxLine)
        return base::fail(ErrorCode::kLimit, "{}: line {} has more than {} characters",
                          path().string(), number_ + 1, kMaxLine);
    }
    number_ += any;
    return any;
  }

  Result<bool> read_byte(std::byte& byte) {
    if (at_ == block_.size()) {
      block_.resize(1 << 16);
      THIMBLE_ASSIGN(const size_t got, source_.read_some(block_));
      block_.resize(got);
      at_ = 0;
      if (got == 0) return false;
    }
    byte = block_[at_++];
    return true;
  }

  ByteSource source_;
  base::Bytes block_;
  size_t at_ = 0;
  uint64_t number_ = 0;
};

class Csv : public DataSet {
 public:
  static Result<DataSetPtr> open(const Spec& spec) {
    THIMBLE_ASSIGN(const std::filesystem::path path, spec.path());
    THIMBLE_ASSIGN(ByteSource source, ByteSource::open(path));
    auto set = std::make_unique<Csv>(Lines(std::move(source)));
    set->info_.class_names = spec.words("classes");
    THIMBLE_ASSIGN(const std::string values, spec.one_of("values", {"real", "pixels", "integers"}));
    set->info_.kind = values == "pixels"     ? ValueKind::kPixels
                      : values == "integers" ? ValueKind::kIntegers
                                             : ValueKind::kReal;
    THIMBLE_TRY(set->read_first_line(spec.word("label", "")));
    return set;
  }

  explicit Csv(Lines lines) : lines_(std::move(lines)) {}

  const DataSetInfo& info() const override { return info_; }

  Result<bool> next(Sample& sample) override {
    if (!is_first_pending_) {
      THIMBLE_ASSIGN(const bool any, lines_.next(line_));
      if (!any) return false;
    }
    is_first_pending_ = false;
    const std::vector<std::string_view> cells = split_cells(line_);
    if (cells.size() != columns_)
      return base::fail(malformed(
          fmt::format("there are {} columns, the first line has {}", cells.size(), columns_)));
    sample.values.clear();
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i == label_column_) continue;
      const std::optional<double> value = cell_number(cells[i]);
      if (!value)
        return base::fail(
            malformed(fmt::format("column {}: '{}' is not a number", i + 1, cells[i])));
      sample.values.push_back(static_cast<float>(*value));
    }
    THIMBLE_ASSIGN(sample.label, label_of(cells[label_column_]));
    sample.name = fmt::format("line {}", lines_.number());
    return true;
  }

 private:
  // A line with a cell that is no number, other than the label, has the names of the columns.
  Result<> read_first_line(const std::string& label) {
    THIMBLE_ASSIGN(const bool any, lines_.next(line_));
    if (!any) return base::fail(ErrorCode::kMalformed, "{}: has no lines", lines_.path().string());
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // spreadsheets write one
    if (line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
    const std::vector<std::string_view> cells = split_cells(line_);
    columns_ = cells.size();
    if (columns_ < 2)
      return base::fail(malformed("expected values and a label, separated by commas"));
    const auto named = std::ranges::find(cells, label.empty() ? "label" : label);
    if (const auto number = cell_whole_number(label)) {
      if (*number < 1 || static_cast<size_t>(*number) > columns_)
        return base::fail(ErrorCode::kInvalidArgument,
                          "data set option label={}: there are {} columns", label, columns_);
      label_column_ = static_cast<size_t>(*number) - 1;
    } else if (named != cells.end()) {
      label_column_ = static_cast<size_t>(named - cells.begin());
    } else if (label.empty()) {
      label_column_ = columns_ - 1;
    } else {
      return base::fail(ErrorCode::kInvalidArgument, "{}: the first line has no column '{}'",
                        lines_.path().string(), label);
    }
    is_first_pending_ = true;
    for (size_t i = 0; i < columns_; ++i)
      if (i != label_column_ && !cell_number(cells[i])) is_first_pending_ = false;
    return {};
  }

  Result<int32_t> label_of(std::string_view cell) const {
    const auto named = std::ranges::find(info_.class_names, cell);
    if (named != info_.class_names.end())
      return static_cast<int32_t>(named - info_.class_names.begin());
    if (const auto number = cell_whole_number(cell)) return *number;
    return base::fail(malformed(fmt::format("the label '{}' is not a whole number", cell),
                                "name the classes in their order with classes=NAME,NAME..."));
  }

  base::Error malformed(const std::string& message, std::string hint = {}) const {
    return base::Error(
        ErrorCode::kMalformed,
        fmt::format("{}: line {}: {}", lines_.path().string(), lines_.number(), message),
        std::move(hint));
  }

  Lines lines_;
  DataSetInfo info_;
  std::string line_;
  bool is_first_pending_ = false;  // the first line is a sample that was not given yet
  size_t columns_ = 0, label_column_ = 0;
};

}  // namespace

std::optional<double> cell_number(std::string_view cell) {
  return parse_cell<double>(cell);
}

std::optional<int32_t> cell_whole_number(std::string_view cell) {
  return parse_cell<int32_t>(cell);
}

Result<DataSetPtr> open_csv(const Spec& spec) {
  return Csv::open(spec);
}

}  // namespace thimble::data
