// Running another program (the cross compiler) without a shell.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace thimble::base {

inline constexpr size_t kDefaultMaxOutputBytes = size_t{1} << 20;

struct ProcessOutput {
  int exit_code = 0;    // 128 + signal number when killed by a signal
  std::string output;   // standard output, its first bytes when `is_cut`
  std::string errors;   // standard error, likewise; empty where it is part of `output`
  bool is_cut = false;  // there was more of one of them than was to be kept
};

enum class StandardError { kWithOutput, kApart };

// Runs argv[0] (looked up in PATH) with no standard input and waits for it. It is told to end when
// this program dies, however that happens. Of what it writes `max_output_bytes` are kept; it is not
// stopped for writing more.
// Errors: kNotFound (no such program), kLimit (killed after `timeout`), kIo.
Result<ProcessOutput> run_process(const std::vector<std::string>& argv,
                                  const std::filesystem::path& working_directory = {},
                                  std::chrono::seconds timeout = std::chrono::seconds(300),
                                  StandardError standard_error = StandardError::kWithOutput,
                                  size_t max_output_bytes = kDefaultMaxOutputBytes);

}  // namespace thimble::base
