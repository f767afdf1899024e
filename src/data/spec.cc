#include "data/spec.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/nearest_name.h"

namespace thimble::data {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

// "0.5", "-3", "1/255".
std::optional<double> parse_number(std::string_view text) {
  auto plain = [](std::string_view digits) -> std::optional<double> {
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value))
      return std::nullopt;
    return value;
  };
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return plain(text);
  const std::optional<double> above = plain(text.substr(0, slash)),
                              below = plain(text.substr(slash + 1));
  if (!above || !below || *below == 0) return std::nullopt;
  return *above / *below;
}

}  // namespace

Result<Spec> Spec::parse(std::string_view text) {
  Spec spec;
  spec.text_ = text;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size())
    return base::fail(
        Error(ErrorCode::kInvalidArgument, fmt::format("data set '{}': expected KIND:PATH", text),
              "for example mnist:FOLDER, cifar10:FILE or images:FOLDER (docs/data.md)"));
  spec.kind_ = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  const size_t question = rest.find('?');
  std::string_view options;
  if (question != std::string_view::npos) {
    options = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }
  for (std::string_view path : split(rest, ",")) {
    if (path.empty())
      return base::fail(ErrorCode::kInvalidArgument, "data set '{}': a path is empty", text);
    spec.paths_.emplace_back(path);
  }
  if (options.empty()) return spec;
  for (std::string_view option : split(options, "&")) {
    const size_t equals = option.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == option.size())
      return base::fail(ErrorCode::kInvalidArgument,
                        "data set '{}': expected OPTION=VALUE instead of '{}'", text, option);
    const auto [at, is_new] =
        spec.options_.emplace(option.substr(0, equals), option.substr(equals + 1));
    if (!is_new)
      return base::fail(ErrorCode::kInvalidArgument, "data set '{}': option {} is given twice",
                        text, at->first);
  }
  return spec;
}

Result<std::filesystem::path> Spec::path() const {
  if (paths_.size() != 1)
    return base::fail(ErrorCode::kInvalidArgument, "data set '{}': expected one path, got {}",
                      text_, paths_.size());
  return paths_[0];
}

Result<std::optional<uint64_t>> Spec::whole_number(std::string_view option) const {
  const auto found = options_.find(option);
  if (found == options_.end()) return std::nullopt;
  const std::string& digits = found->second;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size())
    return base::fail(ErrorCode::kInvalidArgument, "data set option {}={}: not a whole number",
                      option, digits);
  return value;
}

Result<std::vector<double>> Spec::numbers(std::string_view option,
                                          std::string_view separator) const {
  std::vector<double> values;
  const auto found = options_.find(option);
  if (found == options_.end()) return values;
  for (std::string_view part : split(found->second, separator)) {
    const std::optional<double> value = parse_number(part);
    if (!value)
      return base::fail(ErrorCode::kInvalidArgument, "data set option {}={}: '{}' is not a number",
                        option, found->second, part);
    values.push_back(*value);
  }
  return values;
}

Result<std::optional<double>> Spec::number(std::string_view option) const {
  THIMBLE_ASSIGN(const std::vector<double> values, numbers(option));
  if (values.size() > 1)
    return base::fail(ErrorCode::kInvalidArgument, "data set option {}: expected one number",
                      option);
  if (values.empty()) return std::nullopt;
  return values[0];
}

std::string Spec::word(std::string_view option, std::string_view otherwise) const {
  const auto found = options_.find(option);
  return found == options_.end() ? std::string(otherwise) : found->second;
}

std::vector<std::string> Spec::words(std::string_view option) const {
  const auto found = options_.find(option);
  if (found == options_.end()) return {};
  const std::vector<std::string_view> parts = split(found->second, ",");
  return {parts.begin(), parts.end()};
}

Result<std::string> Spec::one_of(std::string_view option,
                                 const std::vector<std::string>& words) const {
  std::string chosen = word(option, words.front());
  if (std::ranges::find(words, chosen) == words.end())
    return base::fail(ErrorCode::kInvalidArgument, "data set option {}={}: expected {}", option,
                      chosen, fmt::join(words, ", "));
  return chosen;
}

Result<> Spec::check_options(const std::vector<std::string>& known) const {
  for (const auto& [option, value] : options_) {
    if (std::ranges::find(known, option) != known.end()) continue;
    const std::string nearest = base::nearest_name(option, known);
    return base::fail(Error(
        ErrorCode::kInvalidArgument, fmt::format("a {} data set has no option {}", kind_, option),
        nearest.empty() ? fmt::format("the options are {}", fmt::join(known, ", "))
                        : fmt::format("did you mean '{}'?", nearest)));
  }
  return {};
}

}  // namespace thimble::data
