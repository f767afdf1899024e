#include "reproduce/published.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/nearest_name.h"
#include "base/text.h"
#include "embedded_reproduce.h"

namespace thimble::reproduce {
namespace {

using base::ErrorCode;
using base::Result;
using base::split;

constexpr std::string_view kFolder = "reproduce/";
constexpr std::string_view kSuffix = ".csv";
constexpr std::string_view kHeader = "item;what;metric;published;unit;run";

std::optional<RunName> parse_run(std::string_view text) {
  const std::vector<std::string_view> words = split(text, ' ');
  if (words.size() != 2 && words.size() != 6) return std::nullopt;
  RunName run{.network = std::string(words[0]), .numbers = std::string(words[1])};
  if (words.size() == 2) return run;
  run.kernels = words[2];
  run.optimization = words[3];
  if (words[4] != "fpu" && words[4] != "no-fpu") return std::nullopt;
  run.fpu = words[4] == "fpu";
  run.board = words[5];
  return run;
}

// "RUN", "RUN / RUN" or "RUN - RUN".
bool parse_runs(std::string_view text, Row& row) {
  for (const char operation : {'/', '-'}) {
    const std::string separator = {' ', operation, ' '};
    const size_t at = text.find(separator);
    if (at == text.npos) continue;
    const auto other = parse_run(text.substr(at + separator.size()));
    if (!other) return false;
    row.operation = operation;
    row.other = *other;
    text = text.substr(0, at);
    break;
  }
  const auto run = parse_run(text);
  if (run) row.run = *run;
  return run.has_value();
}

bool parse_published(std::string_view text, Row& row) {
  if (text.empty()) return true;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return false;
  row.published = value;
  return true;
}

}  // namespace

std::vector<std::string> paper_names() {
  std::vector<std::string> names;
  for (const auto& file : embedded_reproduce::embedded_files())
    names.emplace_back(
        file.path.substr(kFolder.size(), file.path.size() - kFolder.size() - kSuffix.size()));
  std::ranges::sort(names);
  return names;
}

Result<std::vector<Row>> published_rows(std::string_view paper) {
  const std::string path = fmt::format("{}{}{}", kFolder, paper, kSuffix);
  for (const auto& file : embedded_reproduce::embedded_files())
    if (file.path == path) return parse_rows(file.content, path);
  const std::string nearest = base::nearest_name(paper, paper_names());
  return base::fail(base::Error(
      ErrorCode::kNotFound, fmt::format("no paper is called '{}'", paper),
      fmt::format("{}known: {}", nearest.empty() ? "" : fmt::format("did you mean {}? ", nearest),
                  fmt::join(paper_names(), ", "))));
}

Result<std::vector<Row>> parse_rows(std::string_view csv, std::string_view origin) {
  std::vector<Row> rows;
  bool header = false;
  size_t number = 0;
  for (const std::string_view line : split(csv, '\n')) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    if (!header) {
      if (line != kHeader)
        return base::fail(ErrorCode::kMalformed, "{}: line {}: the header is not '{}'", origin,
                          number, kHeader);
      header = true;
      continue;
    }
    const std::vector<std::string_view> cells = split(line, ';');
    Row row;
    if (cells.size() != 6 || !parse_published(cells[3], row) || !parse_runs(cells[5], row))
      return base::fail(ErrorCode::kMalformed, "{}: line {} is no row: {}", origin, number, line);
    row.item = cells[0];
    row.what = cells[1];
    row.metric = cells[2];
    row.unit = cells[4];
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<RunName> runs_of(const std::vector<Row>& rows) {
  std::vector<RunName> runs;
  const auto add = [&](const RunName& run) {
    if (!run.board.empty() && std::ranges::find(runs, run) == runs.end()) runs.push_back(run);
  };
  for (const Row& row : rows) {
    add(row.run);
    if (row.operation) add(row.other);
  }
  return runs;
}

}  // namespace thimble::reproduce
