#include "store/sqlite.h"

#include <sqlite3.h>

namespace thimble::store {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

// How long a writer waits for the others. A transaction takes milliseconds.
constexpr int kBusyMilliseconds = 60'000;

Error error_of(sqlite3* database, const std::filesystem::path& path) {
  const int code = sqlite3_errcode(database);
  const std::string text = fmt::format("{}: {}", path.string(), sqlite3_errmsg(database));
  switch (code) {
    case SQLITE_NOTADB:
      return {ErrorCode::kMalformed, fmt::format("{} is no store of Thimble", path.string()),
              "name a file that 'thimble sweep', 'reproduce' or 'study --store' has written"};
    case SQLITE_CORRUPT:
      return {ErrorCode::kMalformed, text,
              "the file is damaged; restore a copy, or start a new store and sweep again"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kIo, text, "another program has been writing to it for a minute"};
    default:
      return {ErrorCode::kIo, text};
  }
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::bind(int position, const Value& value) {
  sqlite3_stmt* statement = statement_.get();
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    sqlite3_bind_int64(statement, position, *integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    sqlite3_bind_double(statement, position, *real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    sqlite3_bind_text64(statement, position, text->data(), text->size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
  } else {
    sqlite3_bind_null(statement, position);
  }
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_.get());
    return false;
  }
  sqlite3* database = sqlite3_db_handle(statement_.get());
  const char* path = sqlite3_db_filename(database, "main");
  Error error = error_of(database, path ? path : "");
  sqlite3_reset(statement_.get());
  return base::fail(std::move(error));
}

Result<> Statement::run() {
  return step().map([](bool) {});
}

int Statement::columns() const {
  return sqlite3_column_count(statement_.get());
}

std::string Statement::column_name(int column) const {
  return sqlite3_column_name(statement_.get(), column);
}

Value Statement::value(int column) const {
  sqlite3_stmt* statement = statement_.get();
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_NULL:
      return std::monostate();
    default: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      if (!text) return std::string();
      return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
    }
  }
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close(database);
}

Error Database::error() const {
  return error_of(database_.get(), path_);
}

Result<Database> Database::open(const std::filesystem::path& path, bool create) {
  std::error_code ignored;
  if (!create && !std::filesystem::exists(path, ignored))
    return base::fail(Error(ErrorCode::kNotFound, fmt::format("there is no {}", path.string()),
                            "'thimble sweep SPEC.toml' writes a store"));
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle, path);
  if (code != SQLITE_OK) {
    if (!handle) return base::fail(ErrorCode::kLimit, "not enough memory");
    return base::fail(ErrorCode::kIo, "cannot open {}: {}", path.string(), sqlite3_errmsg(handle));
  }
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) return base::fail(error());
  return Statement(statement);
}

Result<> Database::execute(const std::string& sql) const {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return base::fail(error());
  return {};
}

Result<int64_t> Database::integer(std::string_view sql) const {
  THIMBLE_ASSIGN(Statement statement, prepare(sql));
  THIMBLE_ASSIGN(const bool has_row, statement.step());
  const Value value = has_row ? statement.value(0) : Value();
  const auto* number = std::get_if<int64_t>(&value);
  return number ? *number : 0;
}

int64_t Database::changes() const {
  return sqlite3_changes(database_.get());
}

Result<Transaction> Transaction::begin(const Database& database) {
  THIMBLE_TRY(database.execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  // Fails when SQLite has already rolled back, after an error; then there is nothing to do.
  if (database_) (void)database_->execute("ROLLBACK");
}

Result<> Transaction::commit() {
  THIMBLE_TRY(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace thimble::store
