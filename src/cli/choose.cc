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
  return {.prefer = kPreferences.at(prefer), .layers = {}};
}

void add_choose_options(CLI::App& app, ChooseOptions& options) {
  app.add_option("--prefer", options.prefer,
                 "Choose the kernels for speed, balanced (no expanded weights) or size")
      ->check(CLI::IsMember({"speed", "balanced", "size"}))
      ->capture_default_str();
}

}  // namespace thimble::cli
