// The boards and cores that are compiled into the program, and boards in the user's own files.
#include <algorithm>
#include <optional>

#include "base/files.h"
#include "base/nearest_name.h"
#include "board/board.h"
#include "embedded_board.h"

namespace thimble::board {
namespace {

constexpr std::string_view kBoards = "boards/";
constexpr std::string_view kCores = "cores/";
constexpr std::string_view kSuffix = ".toml";

std::vector<std::string> names_in(std::string_view folder) {
  std::vector<std::string> names;
  for (const auto& file : embedded_board::embedded_files()) {
    if (file.path.starts_with(folder)) {
      names.emplace_back(
          file.path.substr(folder.size(), file.path.size() - folder.size() - kSuffix.size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::string_view> embedded_text(const std::string& path) {
  for (const auto& file : embedded_board::embedded_files()) {
    if (file.path == path) return file.content;
  }
  return std::nullopt;
}

base::Error unknown_name(std::string_view kind, std::string_view name,
                         const std::vector<std::string>& known) {
  const std::string similar = base::nearest_name(name, known);
  std::string hint = similar.empty() ? std::string() : fmt::format("did you mean '{}'? ", similar);
  hint += fmt::format("known: {}", fmt::join(known, ", "));
  return {base::ErrorCode::kNotFound, fmt::format("no {} is called '{}'", kind, name),
          std::move(hint)};
}

}  // namespace

std::vector<std::string> board_names() {
  return names_in(kBoards);
}
std::vector<std::string> core_names() {
  return names_in(kCores);
}

base::Result<Board> load_board(std::string_view name_or_path) {
  if (name_or_path.ends_with(kSuffix)) {
    THIMBLE_ASSIGN(const std::string text,
                   base::read_text_file(std::filesystem::path(name_or_path), 1 << 20));
    return parse_board(text, name_or_path);
  }
  const std::string path = fmt::format("{}{}{}", kBoards, name_or_path, kSuffix);
  if (const auto text = embedded_text(path)) return parse_board(*text, path);
  base::Error error = unknown_name("board", name_or_path, board_names());
  error.hint += "; a board of your own: --board FILE.toml (docs/boards.md)";
  return base::fail(std::move(error));
}

base::Result<Core> load_core(std::string_view name) {
  const std::string path = fmt::format("{}{}{}", kCores, name, kSuffix);
  if (const auto text = embedded_text(path)) return parse_core(*text, path);
  return base::fail(unknown_name("core", name, core_names()));
}

}  // namespace thimble::board
