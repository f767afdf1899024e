// What `thimble study` prints and writes.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "board/board.h"
#include "study/run.h"

namespace thimble::cli {

// The table and the plot of every series, Table 4 of Heim 2021 with the paper's beside ours,
// guidelines.
void print_study(const board::Board& board, const std::string& optimization,
                 const std::vector<study::Study>& studies, bool plots);

// Schema thimble-study/1, described in docs/json.md.
nlohmann::ordered_json study_json(const board::Board& board, const std::string& optimization,
                                  const std::vector<study::Study>& studies);

// A line for each layer and variant: docs/study.md.
base::Result<> write_study_csv(const std::filesystem::path& path, const board::Board& board,
                               const std::vector<study::Study>& studies);

}  // namespace thimble::cli
