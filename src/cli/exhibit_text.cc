#include "cli/exhibit_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "study/plot.h"

namespace thimble::cli {
namespace {

using base::TextTable;
using nlohmann::ordered_json;
using store::ExhibitRecord;
using store::ExhibitValue;

// More marks than this are drawn rather than listed.
constexpr size_t kMostListed = 24;

std::string number(const std::optional<double>& value) {
  if (!value) return "-";
  return std::abs(*value) >= 1000 ? fmt::format("{:.0f}", *value) : fmt::format("{:.4g}", *value);
}

std::string name_of(const ExhibitValue& value) {
  if (value.series.empty()) return value.label;
  return fmt::format("{}, {}", value.series, value.label);
}

void print_table(const ExhibitRecord& record) {
  const bool has_x = !record.exhibit.x_title.empty();
  std::vector<TextTable::Column> columns = {{record.exhibit.number, TextTable::Align::kLeft}};
  if (has_x) columns.insert(columns.end(), {{"x: published"}, {"ours"}});
  columns.insert(columns.end(), {{"published"},
                                 {"ours"},
                                 {"", TextTable::Align::kLeft},
                                 {"ratio"},
                                 {"", TextTable::Align::kLeft}});
  TextTable table(columns);
  for (const ExhibitValue& value : record.values) {
    if (value.label.empty()) continue;  // of a line that only joins others
    std::vector<std::string> cells = {name_of(value)};
    if (has_x) cells.insert(cells.end(), {number(value.published_x), number(value.ours_x)});
    const auto ratio = value.ratio();
    cells.insert(cells.end(),
                 {number(value.published), number(value.ours), value.unit,
                  ratio ? fmt::format("{:.2f}", *ratio) : "-", value.ours ? "" : value.reason});
    table.add_row(std::move(cells));
  }
  fmt::print("{}", table.to_string());
}

void print_plot(const ExhibitRecord& record) {
  std::vector<std::string> series;
  std::vector<study::PlotPoint> points;
  for (const ExhibitValue& value : record.values) {
    auto found = std::ranges::find(series, value.series);
    if (found == series.end()) found = series.insert(series.end(), value.series);
    const auto mark = static_cast<char>('a' + (found - series.begin()) % 26);
    if (value.ours_x && value.ours) points.push_back({*value.ours_x, *value.ours, mark});
  }
  std::string marks;
  for (size_t i = 0; i < series.size(); ++i)
    marks += fmt::format(", {} {}", static_cast<char>('a' + i % 26), series[i]);
  if (!record.exhibit.number.empty()) fmt::print("{}\n", record.exhibit.number);
  fmt::print("{}", study::plot(points, record.exhibit.x_title, record.exhibit.y_title + marks));
}

ordered_json value_json(const ExhibitValue& value) {
  ordered_json object = {{"series", value.series}, {"label", value.label}, {"unit", value.unit}};
  const auto add = [&](const char* name, const std::optional<double>& member) {
    if (member) object[name] = *member;
  };
  add("published_x", value.published_x);
  add("published", value.published);
  add("ours_x", value.ours_x);
  add("ours", value.ours);
  add("ratio", value.ratio());
  if (!value.reason.empty()) object["reason"] = value.reason;
  if (value.run_key) object["run_key"] = *value.run_key;
  return object;
}

}  // namespace

void print_exhibits(const std::vector<ExhibitRecord>& exhibits) {
  for (const ExhibitRecord& record : exhibits) {
    if (!record.exhibit.title.empty())
      fmt::print("{}\n", base::wrapped(record.exhibit.title, 100, 0));
    const bool is_long = record.exhibit.kind != "table" && record.values.size() > kMostListed;
    if (!is_long)
      print_table(record);
    else if (record.exhibit.kind == "bars")
      fmt::print("{}: {} bars, which 'thimble report' draws\n", record.exhibit.number,
                 record.values.size());
    else
      print_plot(record);
    if (!record.exhibit.note.empty())
      for (const std::string_view line : base::split(record.exhibit.note, '\n'))
        fmt::print("{}\n", base::wrapped(line, 100, 2));
    fmt::print("\n");
  }
}

ordered_json exhibits_json(const std::vector<ExhibitRecord>& exhibits) {
  ordered_json list = ordered_json::array();
  for (const auto& [exhibit, values] : exhibits) {
    ordered_json marks = ordered_json::array();
    for (const ExhibitValue& value : values) marks.push_back(value_json(value));
    list.push_back({{"number", exhibit.number},
                    {"kind", exhibit.kind},
                    {"title", exhibit.title},
                    {"x_title", exhibit.x_title},
                    {"y_title", exhibit.y_title},
                    {"note", exhibit.note},
                    {"values", std::move(marks)}});
  }
  return list;
}

}  // namespace thimble::cli
