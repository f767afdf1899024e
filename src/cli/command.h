// A subcommand of the program: how it declares its options and what it does.
//
// One file per subcommand; no logic beyond reading options and printing what the libraries return.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::cli {

// Exit statuses: what a script can rely on.
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;  // the command could not do it, or a check it makes failed
inline constexpr int kUsage = 2;    // the command line is wrong

struct Command {
  CLI::App* app = nullptr;
  std::function<base::Result<int>()> run;  // returns the exit status
  const bool* json = nullptr;              // whether errors go to standard output as JSON too
};

Command add_analyze(CLI::App& parent);
Command add_bench(CLI::App& parent);
Command add_boards(CLI::App& parent);
Command add_choose(CLI::App& parent);
Command add_compare(CLI::App& parent);
Command add_deploy(CLI::App& parent);
Command add_eval(CLI::App& parent);
Command add_offload(CLI::App& parent);
Command add_optimize(CLI::App& parent);
Command add_report(CLI::App& parent);
Command add_serve(CLI::App& parent);
Command add_sim(CLI::App& parent);
Command add_store(CLI::App& parent);
Command add_study(CLI::App& parent);
Command add_sweep(CLI::App& parent);
Command add_trace(CLI::App& parent);
Command add_zoo(CLI::App& parent);

// Reads a model; the format follows from the file's name.
base::Result<ir::Graph> load_model(const std::filesystem::path& path);

// For CLI::Option::check: what is wrong with a number that must be above 0, or an empty text.
std::string check_positive(const std::string& text);

// Prints an object as the documented JSON, with a final newline.
void print_json(const nlohmann::ordered_json& object);

}  // namespace thimble::cli
