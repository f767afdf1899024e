// Running another program (the cross compiler) without a shell.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace thimble::base {

struct ProcessOutput {
  int exit_code = 0;   // 128 + signal number when killed by a signal
  std::string output;  // standard output, at most 1 MiB kept
  std::string errors;  // standard error, likewise; empty where it is part of `output`
};

enum class StandardError { kWithOutput, kApart };

// Runs argv[0] (looked up in PATH) with no standard input and waits for it. It is told to end when
// this program dies, however that happens.
// Errors: kNotFound (no such program), kLimit (killed after `timeout`), kIo.
Result<ProcessOutput> run_process(const std::vector<std::string>& argv,
                                  const std::filesystem::path& working_directory = {},
                                  std::chrono::seconds timeout = std::chrono::seconds(300),
                                  StandardError standard_error = StandardError::kWithOutput);

}  // namespace thimble::base
