// thimble: the command line.
#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "base/progress.h"
#include "cli/command.h"

namespace thimble::cli {
namespace {

constexpr const char* kDescription =
    "Thimble tells how fast, how big and how hungry a neural network is on a microcontroller,\n"
    "without a board, and writes the code for it.";

constexpr const char* kFooter =
    "Examples:\n"
    "  thimble analyze model.tflite\n"
    "  thimble bench model.tflite --board nucleo-l4r5zi\n"
    "  thimble deploy model.tflite -o firmware/\n"
    "\n"
    "Exit status: 0 success, 1 failure (or outputs that differ), 2 wrong usage.";

void report(const base::Error& error, bool as_json) {
  if (as_json)
    print_json({{"schema", "thimble-error/1"},
                {"error",
                 {{"code", base::error_code_name(error.code)},
                  {"message", error.to_string()},
                  {"hint", error.hint}}}});
  bool colour = base::wants_colour(STDERR_FILENO);
  auto style = [&](fmt::color c) {
    return colour ? fmt::fg(c) | fmt::emphasis::bold : fmt::text_style();
  };
  fmt::print(stderr, "{} {}\n", fmt::format(style(fmt::color::red), "error:"), error.to_string());
  if (!error.hint.empty())
    fmt::print(stderr, "{} {}\n", fmt::format(style(fmt::color::cyan), " hint:"), error.hint);
}

int run(int argc, char** argv) {
  CLI::App app(kDescription, "thimble");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", "thimble " THIMBLE_VERSION);
  app.failure_message([](const CLI::App* failed, const CLI::Error& error) {
    return fmt::format("error: {}\n hint: see '{} --help'\n", error.what(),
                       failed->get_parent() ? "thimble " + failed->get_name() : failed->get_name());
  });
  std::vector<Command> commands = {add_analyze(app), add_bench(app), add_boards(app),
                                   add_deploy(app), add_zoo(app)};
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsage;
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    base::Result<int> status = command.run();
    if (status) return *status;
    report(status.error(), command.json && *command.json);
    return status.error().code == base::ErrorCode::kInvalidArgument ? kUsage : kFailure;
  }
  return kUsage;
}

}  // namespace
}  // namespace thimble::cli

int main(int argc, char** argv) {
  return thimble::cli::run(argc, argv);
}
