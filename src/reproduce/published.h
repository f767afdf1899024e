// The published tables and figures as data: reproduce/*.csv, compiled into the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::reproduce {

// One network as built for one board. `board` is empty where the figure needs no board (accuracy).
struct RunName {
  std::string network = {};  // of the zoo, or a model's file name without its ending
  std::string numbers = {};  // "float32", "mixed", "int8"
  std::string kernels = {};  // of `thimble bench`; "speed": optimized with --prefer speed
  std::string optimization = {};
  bool fpu = true;
  std::string board = {};

  bool operator==(const RunName&) const = default;
  auto operator<=>(const RunName&) const = default;
};

struct Row {
  std::string item = {};    // "Table 5.8"
  std::string what = {};    // "LeNet on L4, without CMSIS-NN"
  std::string metric = {};  // "latency_ms"; figures.h lists them
  std::optional<double> published = {};
  std::string unit = {};
  RunName run = {};
  char operation = 0;  // '/' or '-': with the same metric of `other`
  RunName other = {};
};

// "profentzas", "heim", "mlperf".
std::vector<std::string> paper_names();

// Errors: kNotFound for another name.
base::Result<std::vector<Row>> published_rows(std::string_view paper);

// Errors: kMalformed, with the line.
base::Result<std::vector<Row>> parse_rows(std::string_view csv, std::string_view origin);

// Every run that the rows need a board for, once, in their order.
std::vector<RunName> runs_of(const std::vector<Row>& rows);

}  // namespace thimble::reproduce
