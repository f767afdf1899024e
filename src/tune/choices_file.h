// Choices as JSON, thimble-choices/1 of docs/json.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ir/graph.h"
#include "plan/choice.h"

namespace thimble::tune {

// `graph`: for which the choices are; it gives each layer its name. Ends with a newline.
std::string choices_json(const plan::Choices& choices, const ir::Graph& graph,
                         std::string_view board);

// Errors: kMalformed; kInvalidArgument when the choices are for another network.
base::Result<plan::Choices> parse_choices(std::string_view json, const ir::Graph& graph);
base::Result<plan::Choices> read_choices(const std::filesystem::path& path, const ir::Graph& graph);

}  // namespace thimble::tune
