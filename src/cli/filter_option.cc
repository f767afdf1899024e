#include "cli/filter_option.h"

namespace thimble::cli {

void add_filter_option(CLI::App& app, std::vector<std::string>& filters) {
  app.add_option("--filter", filters,
                 "Only runs of which a column is like a pattern with * and ?; may be repeated")
      ->type_name("COLUMN=PATTERN")
      ->expected(1)
      ->take_all();
}

base::Result<std::vector<store::Condition>> parse_filters(const std::vector<std::string>& filters) {
  std::vector<store::Condition> conditions;
  for (const std::string& filter : filters) {
    auto condition = store::parse_condition(filter);
    if (!condition)
      return base::fail(base::Error(base::ErrorCode::kInvalidArgument,
                                    fmt::format("--filter: '{}' has no '='", filter),
                                    "as in --filter 'board=nucleo-*'"));
    conditions.push_back(std::move(*condition));
  }
  return conditions;
}

}  // namespace thimble::cli
