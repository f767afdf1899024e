// thimble: the command line.
#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <new>
#include <vector>

#include "base/interrupt.h"
#include "base/nearest_name.h"
#include "base/progress.h"
#include "base/version.h"
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
    "  thimble eval float.tflite int8.tflite --data mnist:FOLDER\n"
    "  thimble sim firmware.elf --board nucleo-l4r5zi\n"
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

base::Error unknown_command(const std::string& name, const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.app->get_name());
  std::string nearest = base::nearest_name(name, names);
  return {base::ErrorCode::kInvalidArgument, fmt::format("there is no command '{}'", name),
          nearest.empty() ? fmt::format("the commands are {}", fmt::join(names, ", "))
                          : fmt::format("did you mean '{}'?", nearest)};
}

// What no Result covers: no memory left, and output that could not be written.
base::Result<int> run_guarded(const Command& command) {
  try {
    base::Result<int> status = command.run();
    if (std::fflush(stdout) != 0 || std::ferror(stdout))
      return base::fail(base::ErrorCode::kIo, "cannot write to standard output");
    return status;
  } catch (const std::bad_alloc&) {
    return base::fail(base::ErrorCode::kLimit, "not enough memory");
  } catch (const std::exception& error) {
    return base::fail(base::ErrorCode::kIo, "{}", error.what());
  }
}

int run(int argc, char** argv) {
  CLI::App app(kDescription, "thimble");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("thimble {}", base::version()));
  std::vector<Command> commands = {
      add_analyze(app), add_bench(app), add_boards(app),  add_choose(app),   add_compare(app),
      add_deploy(app),  add_eval(app),  add_offload(app), add_optimize(app), add_report(app),
      add_serve(app),   add_sim(app),   add_store(app),   add_study(app),    add_sweep(app),
      add_trace(app),   add_zoo(app)};
  auto is_called = [&](const Command& command) { return command.app->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && std::ranges::none_of(commands, is_called)) {
    report(unknown_command(argv[1], commands), false);
    return kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    auto chosen = app.get_subcommands();
    std::string command = chosen.empty() ? "thimble" : "thimble " + chosen[0]->get_name();
    report(base::Error(base::ErrorCode::kInvalidArgument, error.what(),
                       fmt::format("see '{} --help'", command)),
           false);
    return kUsage;
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    base::Result<int> status = run_guarded(command);
    if (status) return *status;
    report(status.error(), command.json && *command.json);
    return status.error().code == base::ErrorCode::kInvalidArgument ? kUsage : kFailure;
  }
  return kUsage;
}

}  // namespace
}  // namespace thimble::cli

int main(int argc, char** argv) {
  thimble::base::clean_up_on_interrupt();
  return thimble::cli::run(argc, argv);
}
