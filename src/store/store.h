// The database of measured points: one SQLite file, documented in docs/store.md.
//
// Several programs may write to one store at once (write-ahead log; a writer waits for the others).
// A run is added whole, in one transaction, or not at all, and never twice. A Store is for one
// thread; another thread opens the file again.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/run.h"
#include "store/sqlite.h"

namespace thimble::store {

// A column of `runs` and what its text must be like: shell patterns with * and ?, as in
// {"board", "nucleo-*"}.
struct Condition {
  std::string column, pattern;
};

// COLUMN=PATTERN; nothing where there is no '='.
std::optional<Condition> parse_condition(std::string_view text);

class Store {
 public:
  // Opens a store, and brings an older one to the newest version. `create`: makes it, and the
  // folder that it is in, where there is none.
  // Errors: kNotFound, kIo, kMalformed (no store, or damaged), kUnsupported (a newer Thimble's).
  static base::Result<Store> open(const std::filesystem::path& path, bool create = false);

  // False: the key was there already, and nothing has changed. A failed run of the same key gives
  // way. Errors: kIo.
  base::Result<bool> add(const Record& record);

  // Every key, and whether the run was ok.
  base::Result<std::unordered_map<std::string, bool>> keys() const;

  // Runs that match every condition, in the order of their configuration. Errors: kInvalidArgument
  // for a column that does not exist.
  base::Result<std::vector<Run>> runs(const std::vector<Condition>& conditions = {}) const;
  base::Result<std::vector<Layer>> layers(std::string_view run_key) const;
  base::Result<std::vector<Buffer>> buffers(std::string_view run_key) const;

  // All of them.
  base::Result<std::vector<Model>> models() const;
  base::Result<std::vector<Board>> boards() const;
  base::Result<std::vector<Environment>> environments() const;

  // Puts these in the place of the whole collection, which all of them name; their numbers and
  // positions become those of their order. Errors: kIo.
  base::Result<> replace_exhibits(const std::string& collection,
                                  std::span<const ExhibitRecord> exhibits);
  // By collection, in order.
  base::Result<std::vector<ExhibitRecord>> exhibits() const;

  // Those whose key is there already are left alone.
  base::Result<> add_study_layers(std::span<const StudyLayer> layers);
  base::Result<std::vector<StudyLayer>> study_layers() const;

  // Another number after another program (or another Store) has changed the file.
  base::Result<int64_t> data_version() const;

  const Database& database() const { return database_; }

 private:
  explicit Store(Database database) : database_(std::move(database)) {}
  Database database_;
};

// The columns of `runs` that a Condition may name: those that say what was asked for.
const std::vector<std::string>& condition_columns();

}  // namespace thimble::store
