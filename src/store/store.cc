#include "store/store.h"

#include <algorithm>
#include <thread>

#include "base/nearest_name.h"
#include "store/columns.h"
#include "store/schema.h"

namespace thimble::store {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr const char* kRunOrder =
    " ORDER BY network, quantization, board, engine, kernels, prefer, optimization, fpu DESC, "
    "started_at, key";

// Columns before the record's own, which say what it belongs to.
struct Owner {
  std::string columns;  // "run_key"
  std::vector<Value> values;
};

template <typename R>
Result<> insert(const Database& database, const char* verb, const Table<R>& table,
                std::span<const R> records, const Owner& owner = {}) {
  if (records.empty()) return {};
  std::string places = "?";
  for (size_t i = 1; i < owner.values.size() + table.columns.size(); ++i) places += ", ?";
  THIMBLE_ASSIGN(Statement statement,
                 database.prepare(fmt::format("{} INTO {} ({}{}{}) VALUES ({})", verb, table.name,
                                              owner.columns, owner.columns.empty() ? "" : ", ",
                                              column_names(table), places)));
  for (const R& record : records) {
    int position = 0;
    for (const Value& value : owner.values) statement.bind(++position, value);
    for (const Column<R>& column : table.columns)
      statement.bind(++position, value_of(record, column));
    THIMBLE_TRY(statement.run());
  }
  return {};
}

template <typename R>
Result<std::vector<R>> select(const Database& database, const Table<R>& table,
                              const std::string& rest, const std::vector<Value>& parameters = {}) {
  THIMBLE_ASSIGN(
      Statement statement,
      database.prepare(fmt::format("SELECT {} FROM {}{}", column_names(table), table.name, rest)));
  int position = 0;
  for (const Value& parameter : parameters) statement.bind(++position, parameter);
  std::vector<R> records;
  for (;;) {
    THIMBLE_ASSIGN(const bool has_row, statement.step());
    if (!has_row) return records;
    R& record = records.emplace_back();
    for (size_t i = 0; i < table.columns.size(); ++i)
      set_value(record, table.columns[i], statement.value(static_cast<int>(i)));
  }
}

// With a source file before what is derived from it, as the references demand.
std::vector<Model> sources_first(std::vector<Model> models) {
  std::ranges::stable_partition(models, [](const Model& model) { return !model.derived_from; });
  return models;
}

// The first page says whether it is a database at all; a damaged one is found out now rather than
// when half of it has been read.
Result<> check_undamaged(const Database& database) {
  THIMBLE_ASSIGN(Statement statement, database.prepare("PRAGMA quick_check(1)"));
  THIMBLE_ASSIGN(const bool has_row, statement.step());
  const Value verdict = has_row ? statement.value(0) : Value();
  const auto* text = std::get_if<std::string>(&verdict);
  if (text && *text == "ok") return {};
  return base::fail(
      Error(ErrorCode::kMalformed,
            fmt::format("{} is damaged: {}", database.path().string(), text ? *text : "no answer"),
            "restore a copy, or start a new store and sweep again"));
}

// Programs that make the same store at the same moment are told "busy" without having waited.
Result<> use_write_ahead_log(const Database& database) {
  constexpr int kAttempts = 50;
  for (int attempt = 1;; ++attempt) {
    auto set = database.execute("PRAGMA journal_mode = WAL");
    if (set || set.error().code != ErrorCode::kIo || attempt == kAttempts) return set;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

std::optional<Condition> parse_condition(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  return Condition{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Result<Store> Store::open(const std::filesystem::path& path, bool create) {
  std::error_code error;
  if (create && path.has_parent_path())
    std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    return base::fail(ErrorCode::kIo, "cannot create {}: {}", path.parent_path().string(),
                      error.message());
  THIMBLE_ASSIGN(Database database, Database::open(path, create));
  THIMBLE_TRY(check_undamaged(database));
  THIMBLE_TRY(migrate(database, migrations()));
  THIMBLE_TRY(use_write_ahead_log(database));
  THIMBLE_TRY(database.execute("PRAGMA foreign_keys = ON"));
  return Store(std::move(database));
}

Result<bool> Store::add(const Record& record) {
  THIMBLE_ASSIGN(Transaction transaction, Transaction::begin(database_));
  constexpr const char* kInsertIfNew = "INSERT OR IGNORE";
  const std::vector<Model> models = sources_first(record.models);
  THIMBLE_TRY(insert<Model>(database_, kInsertIfNew, model_table(), models));
  THIMBLE_TRY(insert<Board>(database_, kInsertIfNew, board_table(), std::span(&record.board, 1)));
  THIMBLE_TRY(insert<Environment>(database_, kInsertIfNew, environment_table(),
                                  std::span(&record.environment, 1)));
  THIMBLE_ASSIGN(Statement give_way,
                 database_.prepare("DELETE FROM runs WHERE key = ? AND NOT ok"));
  give_way.bind(1, record.run.key);
  THIMBLE_TRY(give_way.run());
  THIMBLE_TRY(insert<Run>(database_, "INSERT OR IGNORE", run_table(), std::span(&record.run, 1)));
  if (database_.changes() == 0) return false;
  const Owner run = {"run_key", {record.run.key}};
  THIMBLE_TRY(insert<Layer>(database_, "INSERT", layer_table(), record.layers, run));
  THIMBLE_TRY(insert<Buffer>(database_, "INSERT", buffer_table(), record.buffers, run));
  THIMBLE_TRY(transaction.commit());
  return true;
}

Result<std::unordered_map<std::string, bool>> Store::keys() const {
  THIMBLE_ASSIGN(Statement statement, database_.prepare("SELECT key, ok FROM runs"));
  std::unordered_map<std::string, bool> keys;
  for (;;) {
    THIMBLE_ASSIGN(const bool has_row, statement.step());
    if (!has_row) return keys;
    Run run;
    detail::from_value(statement.value(0), run.key);
    detail::from_value(statement.value(1), run.ok);
    keys.emplace(std::move(run.key), run.ok);
  }
}

const std::vector<std::string>& condition_columns() {
  static const std::vector<std::string> columns = {
      "network", "quantization", "kernels", "prefer", "optimization",  "fpu",
      "board",   "engine",       "ok",      "key",    "environment_id"};
  return columns;
}

Result<std::vector<Run>> Store::runs(const std::vector<Condition>& conditions) const {
  std::string where;
  std::vector<Value> patterns;
  for (const Condition& condition : conditions) {
    if (std::ranges::find(condition_columns(), condition.column) == condition_columns().end()) {
      const std::string similar = base::nearest_name(condition.column, condition_columns());
      return base::fail(Error(
          ErrorCode::kInvalidArgument, fmt::format("no column '{}'", condition.column),
          similar.empty() ? fmt::format("the columns are {}", fmt::join(condition_columns(), ", "))
                          : fmt::format("did you mean '{}'?", similar)));
    }
    where += fmt::format("{}{} GLOB ?", where.empty() ? " WHERE " : " AND ", condition.column);
    patterns.push_back(condition.pattern);
  }
  return select(database_, run_table(), where + kRunOrder, patterns);
}

Result<std::vector<Layer>> Store::layers(std::string_view run_key) const {
  return select(database_, layer_table(), " WHERE run_key = ? ORDER BY step",
                {Value(std::string(run_key))});
}

Result<std::vector<Buffer>> Store::buffers(std::string_view run_key) const {
  return select(database_, buffer_table(), " WHERE run_key = ? ORDER BY buffer",
                {Value(std::string(run_key))});
}

Result<std::vector<Model>> Store::models() const {
  return select(database_, model_table(), " ORDER BY name, sha256");
}

Result<std::vector<Board>> Store::boards() const {
  return select(database_, board_table(), " ORDER BY name, sha256");
}

Result<std::vector<Environment>> Store::environments() const {
  return select(database_, environment_table(), " ORDER BY thimble_version, id");
}

Result<> Store::replace_exhibits(const std::string& collection,
                                 std::span<const ExhibitRecord> exhibits) {
  THIMBLE_ASSIGN(Transaction transaction, Transaction::begin(database_));
  THIMBLE_ASSIGN(Statement clear, database_.prepare("DELETE FROM exhibits WHERE collection = ?"));
  clear.bind(1, collection);
  THIMBLE_TRY(clear.run());
  int64_t number = 0;
  for (ExhibitRecord record : exhibits) {
    record.exhibit.collection = collection;
    record.exhibit.exhibit = number;
    for (size_t i = 0; i < record.values.size(); ++i)
      record.values[i].position = static_cast<int64_t>(i);
    THIMBLE_TRY(
        insert<Exhibit>(database_, "INSERT", exhibit_table(), std::span(&record.exhibit, 1)));
    THIMBLE_TRY(insert<ExhibitValue>(database_, "INSERT", exhibit_value_table(), record.values,
                                     {"collection, exhibit", {collection, number}}));
    ++number;
  }
  return transaction.commit();
}

Result<std::vector<ExhibitRecord>> Store::exhibits() const {
  THIMBLE_ASSIGN(const std::vector<Exhibit> all,
                 select(database_, exhibit_table(), " ORDER BY collection, exhibit"));
  std::vector<ExhibitRecord> records;
  for (const Exhibit& exhibit : all) {
    THIMBLE_ASSIGN(std::vector<ExhibitValue> values,
                   select(database_, exhibit_value_table(),
                          " WHERE collection = ? AND exhibit = ? ORDER BY position",
                          {exhibit.collection, exhibit.exhibit}));
    records.push_back({exhibit, std::move(values)});
  }
  return records;
}

Result<> Store::add_study_layers(std::span<const StudyLayer> layers) {
  THIMBLE_ASSIGN(Transaction transaction, Transaction::begin(database_));
  THIMBLE_TRY(insert<StudyLayer>(database_, "INSERT OR IGNORE", study_layer_table(), layers));
  return transaction.commit();
}

Result<std::vector<StudyLayer>> Store::study_layers() const {
  return select(database_, study_layer_table(),
                " ORDER BY board, kind, length, units, size, kernel, stride, variant, prefer, "
                "optimization, key");
}

Result<int64_t> Store::data_version() const {
  return database_.integer("PRAGMA data_version");
}

}  // namespace thimble::store
