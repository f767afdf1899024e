// thimble serve: the report of a store, live.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/filter_option.h"
#include "report/server.h"

namespace thimble::cli {
namespace {

struct Options {
  report::ServeOptions serve;
  std::string store;
  std::vector<std::string> filters;
};

base::Result<int> run(Options options) {
  options.serve.store = options.store;
  THIMBLE_ASSIGN(options.serve.conditions, parse_filters(options.filters));
  THIMBLE_TRY(report::serve(options.serve, [&](int port) {
    fmt::print("http://127.0.0.1:{}/ shows {}; Ctrl-C ends it\n", port, options.store);
    std::fflush(stdout);
  }));
  return kSuccess;
}

}  // namespace

Command add_serve(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "serve", "Show what a sweep stores while it does, to the browsers of this machine");
  app->add_option("STORE", options->store,
                  "A file that 'thimble sweep', 'reproduce' or 'study --store' writes")
      ->required()
      ->type_name("FILE");
  app->add_option("--port", options->serve.port, "On 127.0.0.1; 0: any that is free")
      ->check(CLI::Range(0, 65535))
      ->type_name("N")
      ->capture_default_str();
  add_filter_option(*app, options->filters);
  return {app, [options] { return run(*options); }, nullptr};
}

}  // namespace thimble::cli
