#include "base/quantity.h"

#include <charconv>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace thimble::base {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

Result<double> parse(std::string_view text, std::span<const Unit> units, std::string_view example) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (error == std::errc() && std::isfinite(number) && !std::signbit(number)) {
    for (const Unit& known : units)
      if (unit == known.name && std::isfinite(number * known.factor)) return number * known.factor;
  }
  std::vector<std::string_view> names;
  for (const Unit& known : units)
    if (!known.name.empty()) names.push_back(known.name);
  return fail(Error(ErrorCode::kInvalidArgument,
                    fmt::format("'{}' is not a number with a unit, as {} is", text, example),
                    fmt::format("units: {}", fmt::join(names, ", "))));
}

}  // namespace

Result<double> parse_seconds(std::string_view text) {
  constexpr Unit kUnits[] = {{"us", 1e-6}, {"ms", 1e-3},   {"s", 1},
                             {"min", 60},  {"h", 60 * 60}, {"d", 24 * 60 * 60}};
  return parse(text, kUnits, "50ms");
}

Result<double> parse_microjoules(std::string_view text) {
  constexpr Unit kUnits[] = {{"uJ", 1}, {"mJ", 1e3}, {"J", 1e6}};
  return parse(text, kUnits, "2mJ");
}

Result<uint64_t> parse_bytes(std::string_view text) {
  constexpr double kKiB = 1024, kMiB = 1024 * 1024;
  constexpr Unit kUnits[] = {{"", 1},       {"B", 1},    {"K", kKiB},  {"KB", kKiB},
                             {"KiB", kKiB}, {"M", kMiB}, {"MB", kMiB}, {"MiB", kMiB}};
  THIMBLE_ASSIGN(const double bytes, parse(text, kUnits, "256K"));
  if (bytes >= 0x1p63)
    return fail(ErrorCode::kInvalidArgument, "'{}' is more than any board has", text);
  return static_cast<uint64_t>(bytes);
}

}  // namespace thimble::base
