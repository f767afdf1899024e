// Lines of comma-separated cells, without quotes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::data {

// The cells of a line, without blanks around them.
std::vector<std::string_view> split_cells(std::string_view line);

std::optional<double> cell_number(std::string_view cell);
std::optional<int32_t> cell_whole_number(std::string_view cell);

}  // namespace thimble::data
