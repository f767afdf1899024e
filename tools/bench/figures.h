// The files of bench/: what is measured, what came out, and what others reached.
//
// Tables of text with semicolons between the fields (tools/accuracy/csv.h), sorted as
// bench/rows.csv is, so that a change of a kernel is a readable change of bench/results.csv.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace thimble::bench {

// One line of bench/rows.csv.
struct Row {
  std::string network, source, board, prefer, chosen;

  // "ad01 nucleo-l4r5zi speed tuned"
  std::string key() const;
  bool is_tuned() const { return chosen == "tuned"; }
};

struct LayerFigures {
  int64_t index = 0;
  std::string op, kernel;
  uint64_t maccs = 0, cycles = 0;
};

// One line of bench/results.csv, and its lines of bench/layers.csv.
struct Figures {
  uint64_t maccs = 0, cycles = 0, clock_hz = 0;
  uint64_t arena_bytes = 0, stack_bytes = 0, weights_ram_bytes = 0, static_bytes = 0;
  uint64_t code_bytes = 0, weights_bytes = 0;
  double uncertainty_percent = 0;
  std::vector<LayerFigures> layers;

  double ms() const { return 1e3 * static_cast<double>(cycles) / static_cast<double>(clock_hz); }
  uint64_t ram_bytes() const {
    return arena_bytes + stack_bytes + weights_ram_bytes + static_bytes;
  }
  uint64_t flash_bytes() const { return code_bytes + weights_bytes; }
};

// By Row::key().
using Results = std::map<std::string, Figures>;

// What somebody else reached. 0: not known.
struct Record {
  double ms = 0, cycles = 0, ram_bytes = 0, flash_bytes = 0;
  std::string source;
};

// By network and board.
using Records = std::map<std::pair<std::string, std::string>, Record>;

base::Result<std::vector<Row>> load_rows(const std::filesystem::path& root);
base::Result<Records> load_records(const std::filesystem::path& root);  // published
base::Result<Records> load_peer(const std::filesystem::path& root);

// Without the layers; empty when there is no such file yet.
base::Result<Results> load_results(const std::filesystem::path& root);

std::string results_text(const std::vector<Row>& rows, const Results& results);
std::string layers_text(const std::vector<Row>& rows, const Results& results);

std::filesystem::path results_file(const std::filesystem::path& root);
std::filesystem::path layers_file(const std::filesystem::path& root);

// Where the kernels of a tuned row are written down.
std::filesystem::path choices_file(const std::filesystem::path& root, const Row& row);

}  // namespace thimble::bench
