// The rows of a store. docs/store.md says what each column means; a member is called like its
// column.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thimble::store {

// One measured (or failed) point: a network, how it was made smaller and built, and a board.
struct Run {
  std::string key;  // SHA-256 of all that the result depends on
  bool ok = false;
  std::optional<std::string> error_code, error_message, error_output;  // unless ok
  std::optional<int64_t> exit_status;  // of the command that failed; 128 + signal

  std::string engine = "thimble";  // or the name of a firmware of other origin
  std::string network, quantization, kernels, prefer, optimization;
  bool fpu = true;
  std::string board;
  std::string tags = "{}";  // a JSON object of whoever asked for the run
  std::string source_sha256;
  std::optional<std::string> model_sha256;  // what was built; empty when it came not so far
  std::string board_sha256, environment_id;
  std::string command;  // what a user types to get the same again
  std::string host, started_at;
  double seconds = 0;

  // Empty when it came not so far.
  std::optional<int64_t> maccs, maccs_executed, cycles, instructions;
  std::optional<double> latency_ms, energy_uj, flash_energy_uj, uncertainty_percent;
  std::optional<int64_t> weights_bytes, code_bytes, flash_bytes;
  std::optional<int64_t> arena_bytes, stack_bytes, ram_weights_bytes, static_bytes, ram_bytes;
  std::optional<bool> outputs_match;
  std::optional<double> largest_output_difference;
  std::optional<double> sqnr_db;
  std::optional<std::string> data;
  std::optional<int64_t> samples;
  std::optional<double> top_1, top_1_low, top_1_high, cross_entropy, auc, auc_low, auc_high;
};

struct Layer {
  int64_t step = 0;   // in order of execution
  int64_t layer = 0;  // of the network after the passes; a layer in bands has several steps
  std::string op = {}, name = {};
  std::string output_shape = {};  // a JSON array
  std::string kernel = {};        // empty: no code
  bool weights_in_ram = false;
  int64_t maccs = 0, flops = 0, cycles = 0, instructions = 0;
  double latency_ms = 0, energy_uj = 0, flash_energy_uj = 0;
  int64_t constant_bytes = 0, table_bytes = 0, scratch_bytes = 0, activation_bytes = 0;
  int64_t live_bytes = 0;  // of the arena, while it runs
};

// A piece of the arena and when it is needed.
struct Buffer {
  int64_t buffer = 0;  // counted from 0
  int64_t offset_bytes = 0, size_bytes = 0;
  int64_t first_step = 0, last_step = 0;  // inclusive; outputs: one past the last step
  std::string tensors;                    // their names; empty: scratch
};

struct Model {
  std::string sha256, name;
  std::string kind = "network";  // or "firmware"
  int64_t file_bytes = 0;
  std::optional<std::string> derived_from;  // the network that 'options' made it of
  std::string options;
};

struct Board {
  std::string sha256;  // of the board's file and its core's
  std::string name, description, core;
  bool fpu = false;
  int64_t clock_hz = 0, flash_bytes = 0, ram_bytes = 0;
  double active_mw = 0, sleep_mw = 0, supply_v = 0;
  std::string power_source;
  int64_t timing_version = 0, memory_timing_version = 0;
};

struct Environment {
  std::string id;  // SHA-256 of the rest
  std::string thimble_version, compiler_version, system;
};

// A table or a figure, mostly of a paper, beside what was measured here: `thimble reproduce` and
// `thimble study` write them, whole collections at once.
struct Exhibit {
  std::string collection = {};  // "heim"
  int64_t exhibit = 0;          // counted from 0, in the order in which they are shown
  std::string number = {};      // "Table 5.8"; empty: no paper has it
  std::string kind = "table";   // or "bars", "points", "curves"
  std::string title = {};
  std::string x_title = {}, y_title = {};  // of the axes, with units; of bars only y
  std::string note = {};                   // of one or several lines
};

// A row of a table, or a mark of a figure.
struct ExhibitValue {
  int64_t position = 0;                 // counted from 0
  std::string series = {}, label = {};  // without a label: a line that joins other values
  std::string unit = {};                // of both values
  // The published value and ours, of a figure of points or curves with its place on the x axis.
  std::optional<double> published_x = {}, published = {}, ours_x = {}, ours = {};
  std::string reason = {};                  // why there is none of ours
  std::optional<std::string> run_key = {};  // where ours comes from, if from one run

  std::optional<double> ratio() const;  // ours / published
};

struct ExhibitRecord {
  Exhibit exhibit = {};
  std::vector<ExhibitValue> values = {};
};

// One layer alone, measured in one way: `thimble study`.
struct StudyLayer {
  std::string key;  // SHA-256 of all that the result depends on
  std::string kind;
  int64_t length = 0, units = 0, size = 0, kernel = 0, stride = 0;
  std::string variant, prefer, optimization, board;
  std::string thimble_version, compiler_version;
  std::string command;
  int64_t maccs = 0;
  double paper_maccs = 0;
  std::optional<int64_t> cycles;  // NULL: not measured, for the reason
  std::optional<double> latency_us;
  std::string way;  // kernel that executes it
  std::string reason;
};

// A run with all that belongs to it.
struct Record {
  Run run;
  std::vector<Layer> layers;
  std::vector<Buffer> buffers;
  std::vector<Model> models;
  Board board;
  Environment environment;
};

}  // namespace thimble::store
