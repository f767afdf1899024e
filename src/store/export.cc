#include "store/export.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "store/columns.h"

namespace thimble::store {
namespace {

using base::Result;
using nlohmann::ordered_json;

std::string csv_field(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return fmt::format("{}", *integer);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  const auto* text = std::get_if<std::string>(&value);
  if (!text) return {};
  if (text->find_first_of(",\"\r\n") == std::string::npos) return *text;
  std::string quoted = "\"";
  for (char c : *text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

ordered_json json_value(const Value& value) {
  return std::visit(
      [](const auto& inner) -> ordered_json {
        if constexpr (std::is_same_v<std::decay_t<decltype(inner)>, std::monostate>)
          return nullptr;
        else
          return inner;
      },
      value);
}

Result<Statement> all_rows(const Store& store, std::string_view table) {
  const auto& names = table_names();
  CHECK(std::ranges::find(names, table) != names.end(), "{}", table);
  // By primary key, so that equal stores give equal texts.
  return store.database().prepare(fmt::format("SELECT * FROM {} ORDER BY 1, 2, 3", table));
}

}  // namespace

const std::vector<std::string>& table_names() {
  static const std::vector<std::string> names = {
      run_table().name,     layer_table().name,         buffer_table().name,
      model_table().name,   board_table().name,         environment_table().name,
      exhibit_table().name, exhibit_value_table().name, study_layer_table().name};
  return names;
}

Result<> export_csv(const Store& store, std::string_view table, const TextSink& sink) {
  THIMBLE_ASSIGN(Statement statement, all_rows(store, table));
  std::string line;
  for (int c = 0; c < statement.columns(); ++c) line += (c ? "," : "") + statement.column_name(c);
  for (;;) {
    sink(line + "\r\n");
    THIMBLE_ASSIGN(const bool has_row, statement.step());
    if (!has_row) return {};
    line.clear();
    for (int c = 0; c < statement.columns(); ++c)
      line += (c ? "," : "") + csv_field(statement.value(c));
  }
}

Result<> export_json(const Store& store, std::string_view table, const TextSink& sink) {
  THIMBLE_ASSIGN(Statement statement, all_rows(store, table));
  sink(fmt::format("{{\"schema\": \"thimble-store/1\", \"table\": \"{}\", \"rows\": [", table));
  for (bool first = true;; first = false) {
    THIMBLE_ASSIGN(const bool has_row, statement.step());
    if (!has_row) break;
    ordered_json row;
    for (int c = 0; c < statement.columns(); ++c)
      row[statement.column_name(c)] = json_value(statement.value(c));
    sink((first ? "\n" : ",\n") + row.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  }
  sink("\n]}\n");
  return {};
}

}  // namespace thimble::store
