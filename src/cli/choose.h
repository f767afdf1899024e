// The options of commands that build a network: how its kernels are chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "plan/choice.h"

namespace thimble::cli {

struct ChooseOptions {
  std::string prefer = "balanced";

  plan::Choices choices() const;
};

void add_choose_options(CLI::App& app, ChooseOptions& options);

}  // namespace thimble::cli
