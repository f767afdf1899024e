// What `thimble eval` prints, as text, JSON and CSV.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eval/evaluate.h"

namespace thimble::cli {

struct EvalReportOptions {
  int32_t top = 5;
  bool per_class = false, confusion = false, compare = false;
};

struct EvalReport {
  const std::vector<std::string>& models;
  const std::string& data;
  const std::vector<std::string>& class_names;
  const eval::Evaluation& evaluation;
  const EvalReportOptions& options;

  std::string class_name(size_t index) const;
};

std::string eval_text(const EvalReport& report);
std::string eval_csv(const EvalReport& report);
nlohmann::ordered_json eval_json(const EvalReport& report);

}  // namespace thimble::cli
