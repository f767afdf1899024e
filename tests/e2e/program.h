// Runs the thimble program that belongs to this build.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/subprocess.h"

namespace thimble::testing {

// Standard output and error, interleaved, and the exit status.
inline base::ProcessOutput run_thimble(std::vector<std::string> arguments) {
  const char* program = std::getenv("THIMBLE_BINARY");
  arguments.insert(arguments.begin(), program ? program : "thimble");
  auto result = base::run_process(arguments);
  EXPECT_TRUE(result) << result.error().to_string();
  return result ? *result : base::ProcessOutput{.exit_code = -1, .output = {}, .errors = {}};
}

}  // namespace thimble::testing
