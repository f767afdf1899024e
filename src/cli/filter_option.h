// --filter, of the commands that show a part of a store.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace thimble::cli {

void add_filter_option(CLI::App& app, std::vector<std::string>& filters);

// "board=nucleo-*" each. Errors: kInvalidArgument without a '='; which columns there are is known
// to Store::runs().
base::Result<std::vector<store::Condition>> parse_filters(const std::vector<std::string>& filters);

}  // namespace thimble::cli
