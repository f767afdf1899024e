// thimble report: a store of measurements as one HTML file.
#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/filter_option.h"
#include "report/data.h"
#include "report/page.h"
#include "store/store.h"

namespace thimble::cli {
namespace {

struct Options {
  std::string store, output = "report.html";
  std::vector<std::string> filters;
};

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(const auto conditions, parse_filters(options.filters));
  THIMBLE_ASSIGN(const store::Store store, store::Store::open(options.store));
  THIMBLE_ASSIGN(const std::string data, report::report_data(store, conditions));
  const std::string page = report::page(data, report::Mode::kFile);
  THIMBLE_TRY(base::write_file(options.output, page));
  fmt::print("{}: {} B, for any browser, without a network\n", options.output,
             base::grouped(page.size()));
  return kSuccess;
}

}  // namespace

Command add_report(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "report",
      "Write a store of sweeps, papers or studies as one HTML file with tables and charts");
  app->add_option("STORE", options->store,
                  "A file that 'thimble sweep', 'reproduce' or 'study --store' has written")
      ->required()
      ->type_name("FILE");
  app->add_option("-o,--output", options->output, "The HTML file to write")
      ->type_name("FILE")
      ->capture_default_str();
  add_filter_option(*app, options->filters);
  return {app, [options] { return run(*options); }, nullptr};
}

}  // namespace thimble::cli
