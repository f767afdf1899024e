// thimble boards: what is known.
#include <fmt/format.h>

#include "base/text.h"
#include "board/board.h"
#include "cli/command.h"

namespace thimble::cli {
namespace {

struct Options {
  bool json = false;
};

base::Result<int> run(const Options& options) {
  using base::TextTable;
  TextTable table({{"board", TextTable::Align::kLeft},
                   {"core", TextTable::Align::kLeft},
                   {"MHz"},
                   {"flash KiB"},
                   {"RAM KiB"},
                   {"wait states"},
                   {"active mW"},
                   {"description", TextTable::Align::kLeft}});
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const std::string& name : board::board_names()) {
    THIMBLE_ASSIGN(board::Board board, board::load_board(name));
    table.add_row({name, board.core, fmt::format("{:g}", static_cast<double>(board.clock_hz) / 1e6),
                   fmt::format("{}", board.flash().size_bytes / 1024),
                   fmt::format("{}", board.ram().size_bytes / 1024),
                   fmt::format("{}", board.flash().wait_states),
                   fmt::format("{:.1f}", board.power.active_mw), board.description});
    list.push_back({{"name", name},
                    {"description", board.description},
                    {"core", board.core},
                    {"clock_hz", board.clock_hz},
                    {"flash_bytes", board.flash().size_bytes},
                    {"ram_bytes", board.ram().size_bytes},
                    {"flash_wait_states", board.flash().wait_states},
                    {"active_mw", board.power.active_mw},
                    {"power_source", board.power.source}});
  }
  if (options.json)
    print_json({{"schema", "thimble-boards/1"}, {"boards", list}});
  else
    fmt::print("{}\nA board of your own: --board FILE.toml (docs/boards.md).\n", table.to_string());
  return kSuccess;
}

}  // namespace

Command add_boards(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("boards", "List the boards that are known");
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
