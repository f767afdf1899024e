// SQLite as the store needs it: errors as Result, values by type, nothing to free by hand.
//
// A Statement belongs to its Database and must be gone before it. Neither may be used by two
// threads at once; several threads (or programs) open the file several times.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace thimble::store {

// A value of a row; std::monostate is NULL.
using Value = std::variant<std::monostate, int64_t, double, std::string>;

class Statement {
 public:
  // Position 1 is the first '?'.
  void bind(int position, const Value& value);

  // True: there is a row to read. False: the statement has ended, and may be run again.
  base::Result<bool> step();
  // For statements without rows.
  base::Result<> run();

  int columns() const;
  std::string column_name(int column) const;
  Value value(int column) const;  // of the current row; 0 is the first column

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // Errors: kNotFound (and `create` is false), kIo.
  static base::Result<Database> open(const std::filesystem::path& path, bool create);

  base::Result<Statement> prepare(std::string_view sql) const;
  // One or several statements without parameters.
  base::Result<> execute(const std::string& sql) const;
  // The first value of the first row.
  base::Result<int64_t> integer(std::string_view sql) const;
  // Rows that the last INSERT, UPDATE or DELETE changed.
  int64_t changes() const;

  const std::filesystem::path& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  Database(sqlite3* database, std::filesystem::path path)
      : database_(database), path_(std::move(path)) {}
  base::Error error() const;
  std::unique_ptr<sqlite3, Close> database_;
  std::filesystem::path path_;
};

// All or nothing: rolls back unless it was committed. It takes the right to write at once, so that
// what it reads stays true until it writes.
class Transaction {
 public:
  static base::Result<Transaction> begin(const Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  base::Result<> commit();

 private:
  explicit Transaction(const Database& database) : database_(&database) {}
  const Database* database_;
};

}  // namespace thimble::store
