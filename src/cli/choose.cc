#include "cli/choose.h"

namespace thimble::cli {
namespace {

const std::map<std::string, plan::Preference> kPreferences = {
    {"speed", plan::Preference::kSpeed},
    {"balanced", plan::Preference::kBalanced},
    {"size", plan::Preference::kSize},
};

}  // namespace

plan::Choices ChooseOptions::choices() const {
  plan::Choices choices{.prefer = kPreferences.at(prefer), .layers = {}};
  if (ram_budget_bytes > 0) choices.ram_budget_bytes = ram_budget_bytes;
  return choices;
}

void add_choose_options(CLI::App& app, ChooseOptions& options) {
  app.add_option("--prefer", options.prefer,
                 "Choose the kernels for speed, balanced (no expanded weights) or size")
      ->check(CLI::IsMember({"speed", "balanced", "size"}))
      ->capture_default_str();
  app.add_option("--ram-budget", options.ram_budget_bytes,
                 "Make the arena no larger than so many bytes (24K, for instance), at a price in "
                 "time (docs/plan.md)")
      ->transform(CLI::AsSizeValue(false));
}

}  // namespace thimble::cli
