#include "store/schema.h"

namespace thimble::store {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr const char* kVersion1 = R"sql(
CREATE TABLE models (
  sha256 TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('network', 'firmware')),
  file_bytes INTEGER NOT NULL,
  derived_from TEXT REFERENCES models,
  options TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE boards (
  sha256 TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  core TEXT NOT NULL,
  fpu INTEGER NOT NULL,
  clock_hz INTEGER NOT NULL,
  flash_bytes INTEGER NOT NULL,
  ram_bytes INTEGER NOT NULL,
  active_mw REAL NOT NULL,
  sleep_mw REAL NOT NULL,
  supply_v REAL NOT NULL,
  power_source TEXT NOT NULL,
  timing_version INTEGER NOT NULL,
  memory_timing_version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE environment (
  id TEXT PRIMARY KEY,
  thimble_version TEXT NOT NULL,
  compiler_version TEXT NOT NULL,
  system TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE runs (
  key TEXT PRIMARY KEY,
  ok INTEGER NOT NULL,
  error_code TEXT,
  error_message TEXT,
  error_output TEXT,
  exit_status INTEGER,
  engine TEXT NOT NULL,
  network TEXT NOT NULL,
  quantization TEXT NOT NULL,
  kernels TEXT NOT NULL,
  prefer TEXT NOT NULL,
  optimization TEXT NOT NULL,
  fpu INTEGER NOT NULL,
  board TEXT NOT NULL,
  tags TEXT NOT NULL,
  source_sha256 TEXT NOT NULL REFERENCES models,
  model_sha256 TEXT REFERENCES models,
  board_sha256 TEXT NOT NULL REFERENCES boards,
  environment_id TEXT NOT NULL REFERENCES environment,
  command TEXT NOT NULL,
  host TEXT NOT NULL,
  started_at TEXT NOT NULL,
  seconds REAL NOT NULL,
  maccs INTEGER,
  maccs_executed INTEGER,
  cycles INTEGER,
  instructions INTEGER,
  latency_ms REAL,
  energy_uj REAL,
  flash_energy_uj REAL,
  uncertainty_percent REAL,
  weights_bytes INTEGER,
  code_bytes INTEGER,
  flash_bytes INTEGER,
  arena_bytes INTEGER,
  stack_bytes INTEGER,
  ram_weights_bytes INTEGER,
  static_bytes INTEGER,
  ram_bytes INTEGER,
  outputs_match INTEGER,
  largest_output_difference REAL,
  sqnr_db REAL,
  data TEXT,
  samples INTEGER,
  top_1 REAL,
  top_1_low REAL,
  top_1_high REAL,
  cross_entropy REAL,
  auc REAL,
  auc_low REAL,
  auc_high REAL
) WITHOUT ROWID;

CREATE INDEX runs_by_configuration ON runs (network, board, quantization, kernels);

CREATE TABLE layers (
  run_key TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  step INTEGER NOT NULL,
  layer INTEGER NOT NULL,
  op TEXT NOT NULL,
  name TEXT NOT NULL,
  output_shape TEXT NOT NULL,
  kernel TEXT NOT NULL,
  weights_in_ram INTEGER NOT NULL,
  maccs INTEGER NOT NULL,
  flops INTEGER NOT NULL,
  cycles INTEGER NOT NULL,
  instructions INTEGER NOT NULL,
  latency_ms REAL NOT NULL,
  energy_uj REAL NOT NULL,
  flash_energy_uj REAL NOT NULL,
  constant_bytes INTEGER NOT NULL,
  table_bytes INTEGER NOT NULL,
  scratch_bytes INTEGER NOT NULL,
  activation_bytes INTEGER NOT NULL,
  live_bytes INTEGER NOT NULL,
  PRIMARY KEY (run_key, step)
) WITHOUT ROWID;

CREATE TABLE buffers (
  run_key TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  buffer INTEGER NOT NULL,
  offset_bytes INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  first_step INTEGER NOT NULL,
  last_step INTEGER NOT NULL,
  tensors TEXT NOT NULL,
  PRIMARY KEY (run_key, buffer)
) WITHOUT ROWID;
)sql";

// Exhibits name runs without a reference: a failed run gives way to another of the same key, and
// the exhibit stays.
constexpr const char* kVersion2 = R"sql(
CREATE TABLE exhibits (
  collection TEXT NOT NULL,
  exhibit INTEGER NOT NULL,
  number TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('table', 'bars', 'points', 'curves')),
  title TEXT NOT NULL,
  x_title TEXT NOT NULL,
  y_title TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (collection, exhibit)
) WITHOUT ROWID;

CREATE TABLE exhibit_values (
  collection TEXT NOT NULL,
  exhibit INTEGER NOT NULL,
  position INTEGER NOT NULL,
  series TEXT NOT NULL,
  label TEXT NOT NULL,
  unit TEXT NOT NULL,
  published_x REAL,
  published REAL,
  ours_x REAL,
  ours REAL,
  reason TEXT NOT NULL,
  run_key TEXT,
  PRIMARY KEY (collection, exhibit, position),
  FOREIGN KEY (collection, exhibit) REFERENCES exhibits ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE study_layers (
  key TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  length INTEGER NOT NULL,
  units INTEGER NOT NULL,
  size INTEGER NOT NULL,
  kernel INTEGER NOT NULL,
  stride INTEGER NOT NULL,
  variant TEXT NOT NULL,
  prefer TEXT NOT NULL,
  optimization TEXT NOT NULL,
  board TEXT NOT NULL,
  thimble_version TEXT NOT NULL,
  compiler_version TEXT NOT NULL,
  command TEXT NOT NULL,
  maccs INTEGER NOT NULL,
  paper_maccs REAL NOT NULL,
  cycles INTEGER,
  latency_us REAL,
  way TEXT NOT NULL,
  reason TEXT NOT NULL
) WITHOUT ROWID;
)sql";

constexpr const char* kMigrations[] = {kVersion1, kVersion2};

// An empty file becomes a store; any other must say that it is one.
Result<> check_is_store(const Database& database, int64_t version) {
  THIMBLE_ASSIGN(const int64_t objects, database.integer("SELECT count(*) FROM sqlite_schema"));
  // After the objects: another program may make the store meanwhile.
  THIMBLE_ASSIGN(const int64_t id, database.integer("PRAGMA application_id"));
  if (id == kApplicationId) return {};
  if (id == 0 && version == 0 && objects == 0) return {};
  return base::fail(
      Error(ErrorCode::kMalformed,
            fmt::format("{} is a database, but no store of Thimble", database.path().string()),
            "name a file that 'thimble sweep', 'reproduce' or 'study --store' has written"));
}

Result<> check_version(const Database& database, int64_t version, size_t newest) {
  if (version >= 0 && static_cast<size_t>(version) <= newest) return {};
  return base::fail(
      Error(ErrorCode::kUnsupported,
            fmt::format("{} is a store of version {}; this Thimble reads up to version {}",
                        database.path().string(), version, newest),
            "use the newer Thimble that wrote it"));
}

}  // namespace

std::span<const char* const> migrations() {
  return kMigrations;
}

Result<> migrate(const Database& database, std::span<const char* const> steps) {
  THIMBLE_ASSIGN(int64_t version, database.integer("PRAGMA user_version"));
  THIMBLE_TRY(check_is_store(database, version));
  THIMBLE_TRY(check_version(database, version, steps.size()));
  if (static_cast<size_t>(version) == steps.size()) return {};
  THIMBLE_ASSIGN(Transaction transaction, Transaction::begin(database));
  // Another program may have done it meanwhile.
  THIMBLE_ASSIGN(version, database.integer("PRAGMA user_version"));
  THIMBLE_TRY(check_version(database, version, steps.size()));
  for (const char* step : steps.subspan(static_cast<size_t>(version)))
    THIMBLE_TRY(database.execute(step));
  THIMBLE_TRY(database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                           kApplicationId, steps.size())));
  return transaction.commit();
}

}  // namespace thimble::store
