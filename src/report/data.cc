#include "report/data.h"

#include <map>
#include <nlohmann/json.hpp>

#include "store/columns.h"

namespace thimble::report {
namespace {

using base::Result;
using nlohmann::ordered_json;

// Every text once: names of layers return in every run of a network.
class Texts {
 public:
  size_t index(const std::string& text) {
    const auto [place, is_new] = indices_.try_emplace(text, list_.size());
    if (is_new) list_.push_back(text);
    return place->second;
  }
  const std::vector<std::string>& list() const { return list_; }

 private:
  std::map<std::string, size_t> indices_;
  std::vector<std::string> list_;
};

ordered_json to_json(const store::Value& value, Texts& texts) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return texts.index(*text);
  return nullptr;
}

template <typename R>
bool is_text(const store::Column<R>& column) {
  return std::holds_alternative<std::string R::*>(column.member) ||
         std::holds_alternative<std::optional<std::string> R::*>(column.member);
}

// {"rows": 2, "numbers": {"cycles": [7, 8]}, "texts": {"op": [0, 1]}}, texts by index.
template <typename R>
ordered_json columns_of(const store::Table<R>& table, const std::vector<R>& records, Texts& texts) {
  ordered_json json = {{"rows", records.size()},
                       {"numbers", ordered_json::object()},
                       {"texts", ordered_json::object()}};
  for (const store::Column<R>& column : table.columns) {
    ordered_json& values = json[is_text(column) ? "texts" : "numbers"][column.name];
    values = ordered_json::array();
    for (const R& record : records)
      values.push_back(to_json(store::value_of(record, column), texts));
  }
  return json;
}

}  // namespace

Result<std::string> report_data(const store::Store& store,
                                const std::vector<store::Condition>& conditions, int64_t version) {
  Texts texts;
  ordered_json json = {{"schema", "thimble-report/1"},
                       {"store", store.database().path().filename().string()},
                       {"version", version}};
  THIMBLE_ASSIGN(const std::vector<store::Run> runs, store.runs(conditions));
  json["runs"] = columns_of(store::run_table(), runs, texts);
  json["layers"] = ordered_json::array();
  json["buffers"] = ordered_json::array();
  for (const store::Run& run : runs) {
    THIMBLE_ASSIGN(const std::vector<store::Layer> layers, store.layers(run.key));
    THIMBLE_ASSIGN(const std::vector<store::Buffer> buffers, store.buffers(run.key));
    json["layers"].push_back(columns_of(store::layer_table(), layers, texts));
    json["buffers"].push_back(columns_of(store::buffer_table(), buffers, texts));
  }
  THIMBLE_ASSIGN(const std::vector<store::Model> models, store.models());
  THIMBLE_ASSIGN(const std::vector<store::Board> boards, store.boards());
  THIMBLE_ASSIGN(const std::vector<store::Environment> environments, store.environments());
  json["models"] = columns_of(store::model_table(), models, texts);
  json["boards"] = columns_of(store::board_table(), boards, texts);
  json["environments"] = columns_of(store::environment_table(), environments, texts);
  THIMBLE_ASSIGN(const std::vector<store::ExhibitRecord> records, store.exhibits());
  std::vector<store::Exhibit> exhibits;
  json["exhibit_values"] = ordered_json::array();
  for (const auto& [exhibit, values] : records) {
    exhibits.push_back(exhibit);
    json["exhibit_values"].push_back(columns_of(store::exhibit_value_table(), values, texts));
  }
  json["exhibits"] = columns_of(store::exhibit_table(), exhibits, texts);
  json["strings"] = texts.list();
  // What is not UTF-8 (a name out of a model) is replaced rather than thrown on.
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace thimble::report
