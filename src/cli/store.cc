// thimble store: what a store of measurements holds, for other programs.
#include "store/store.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "store/export.h"

namespace thimble::cli {
namespace {

struct Options {
  std::string store, table = "runs", format = "csv";
};

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(const store::Store store, store::Store::open(options.store));
  const auto print = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
  };
  THIMBLE_TRY(options.format == "json" ? store::export_json(store, options.table, print)
                                       : store::export_csv(store, options.table, print));
  return kSuccess;
}

}  // namespace

Command add_store(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "store", "Print what 'thimble sweep', 'reproduce' or 'study --store' has stored");
  app->require_subcommand(1);
  CLI::App* exporting = app->add_subcommand("export", "Print a table as CSV or JSON");
  exporting->add_option("STORE", options->store, "A file that one of these commands has written")
      ->required()
      ->type_name("FILE");
  exporting->add_option("--table", options->table, "What to print (docs/store.md)")
      ->check(CLI::IsMember(store::table_names()))
      ->capture_default_str();
  exporting->add_option("--format", options->format, "csv or json")
      ->check(CLI::IsMember({"csv", "json"}))
      ->capture_default_str();
  return {app, [options] { return run(*options); }, nullptr};
}

}  // namespace thimble::cli
