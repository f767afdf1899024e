#include <fmt/format.h>

#include "cli/command.h"
#include "frontend/model/import_model.h"

namespace thimble::cli {

base::Result<ir::Graph> load_model(const std::filesystem::path& path) {
  return frontend::import_model(path);
}

base::Result<std::filesystem::path> own_program() {
  std::error_code error;
  std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error)
    return base::fail(base::ErrorCode::kIo, "cannot find thimble itself: {}", error.message());
  return program;
}

std::string check_positive(const std::string& text) {
  double value = 0;
  const bool is_number = CLI::detail::lexical_cast(text, value);
  return is_number && value > 0 ? "" : fmt::format("'{}' is no number above 0", text);
}

void print_json(const nlohmann::ordered_json& object) {
  // Names in a model may be any bytes; what is not UTF-8 is replaced rather than thrown on.
  fmt::print("{}\n", object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace thimble::cli
