// The text that names a data set: KIND:PATH[,PATH...][?OPTION=VALUE[&OPTION=VALUE...]].
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::data {

class Spec {
 public:
  // Errors: kInvalidArgument. Says nothing of which kinds and options there are.
  static base::Result<Spec> parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::string& kind() const { return kind_; }
  const std::vector<std::filesystem::path>& paths() const { return paths_; }

  // The one path. Errors: kInvalidArgument when there are several.
  base::Result<std::filesystem::path> path() const;

  bool has(std::string_view option) const { return options_.contains(option); }

  // Errors: kInvalidArgument, naming the option, when its value is of another form.
  base::Result<std::optional<uint64_t>> whole_number(std::string_view option) const;
  base::Result<std::optional<double>> number(std::string_view option) const;  // "1/255" too
  base::Result<std::vector<double>> numbers(                                  // empty: not given
      std::string_view option, std::string_view separator = ",") const;
  std::string word(std::string_view option, std::string_view otherwise) const;
  std::vector<std::string> words(std::string_view option) const;  // empty: not given
  base::Result<std::string> one_of(std::string_view option,
                                   const std::vector<std::string>& words) const;  // first: default

  // Errors: kInvalidArgument when there is an option that is not among these.
  base::Result<> check_options(const std::vector<std::string>& known) const;

 private:
  std::string text_, kind_;
  std::vector<std::filesystem::path> paths_;
  std::map<std::string, std::string, std::less<>> options_;
};

}  // namespace thimble::data
