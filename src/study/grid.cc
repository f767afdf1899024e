#include "study/grid.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/nearest_name.h"
#include "base/text.h"

namespace thimble::study {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::split;

constexpr int64_t kMaxValue = 4096;
constexpr size_t kMaxPoints = 2000;
constexpr int64_t kMaxElements = 1 << 23;  // of a tensor: no board has so many bytes of flash

struct Key {
  std::string_view name;
  int32_t Point::*member;
};

// What can vary, the length of the input first.
std::vector<Key> keys_of(Kind kind) {
  if (kind == Kind::kDense) return {{"inputs", &Point::length}, {"units", &Point::units}};
  std::vector<Key> keys = {{"channels", &Point::length}};
  if (kind != Kind::kDepthwise) keys.push_back({"filters", &Point::units});
  keys.push_back({"size", &Point::size});
  if (kind != Kind::kConv1x1) keys.push_back({"kernel", &Point::kernel});
  keys.push_back({"stride", &Point::stride});
  return keys;
}

Point usual_point(Kind kind) {
  switch (kind) {
    case Kind::kDense:
      return {.kind = kind, .length = 64, .units = 32};
    case Kind::kConv:
      return {.kind = kind, .length = 16, .units = 16, .size = 10, .kernel = 3};
    case Kind::kConv1x1:
      return {.kind = kind, .length = 32, .units = 16, .size = 10};
    case Kind::kDepthwise:
      return {.kind = kind, .length = 16, .units = 1, .size = 10, .kernel = 3};
  }
  return {};
}

std::string usual_values(Kind kind, bool quick) {
  switch (kind) {
    case Kind::kDense:
      return quick ? "inputs=48-80,units=9-16" : "inputs=16-144,units=1-32";
    case Kind::kConv:
      return quick ? "channels=5-16,filters=9-16,kernel=1/3,stride=1/2"
                   : "channels=1-32,filters=1-24,kernel=1/2/3/5/7,stride=1-3";
    case Kind::kConv1x1:
      return quick ? "channels=17-32,filters=9-16,stride=1/2"
                   : "channels=1-64,filters=1-24,stride=1-3";
    case Kind::kDepthwise:
      return quick ? "channels=5-16,kernel=2/3,stride=1/2"
                   : "channels=1-32,kernel=1/2/3/5/7,stride=1-3";
  }
  return {};
}

// Reads a number off the front of `text`.
std::optional<int32_t> take_number(std::string_view& text) {
  int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 1 || value > kMaxValue) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

// "3", "1-32" or "4-64+4".
bool append_range(std::string_view text, std::vector<int32_t>& values) {
  const auto first = take_number(text);
  if (!first) return false;
  int32_t last = *first, step = 1;
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    const auto number = take_number(text);
    if (!number || *number < *first) return false;
    last = *number;
    if (text.starts_with('+')) {
      text.remove_prefix(1);
      const auto increment = take_number(text);
      if (!increment) return false;
      step = *increment;
    }
  }
  for (int32_t value = *first; value <= last; value += step) values.push_back(value);
  return text.empty();
}

Result<Kind> parse_kind(std::string_view name) {
  std::vector<std::string> names;
  for (const Kind kind : {Kind::kDense, Kind::kConv, Kind::kConv1x1, Kind::kDepthwise}) {
    if (name == kind_name(kind)) return kind;
    names.emplace_back(kind_name(kind));
  }
  const std::string nearest = base::nearest_name(name, names);
  return fail(base::Error(
      ErrorCode::kInvalidArgument, fmt::format("'{}' is no kind of layer", name),
      fmt::format("{}kinds: {}", nearest.empty() ? "" : fmt::format("did you mean {}? ", nearest),
                  fmt::join(names, ", "))));
}

Result<> check(const Point& point) {
  if (point.kernel > point.size)
    return fail(ErrorCode::kInvalidArgument, "{}: the kernel is larger than the image",
                point.text());
  const auto squared = [](int64_t n) { return n * n; };
  const int64_t activations = squared(point.size) * std::max(point.length, point.units);
  const int64_t weights = squared(point.kernel) * point.length * point.units;
  if (std::max(activations, weights) > kMaxElements)
    return fail(ErrorCode::kInvalidArgument, "{}: larger than any microcontroller", point.text());
  return {};
}

}  // namespace

const char* kind_name(Kind kind) {
  constexpr std::array kNames = {"dense", "conv", "conv1x1", "depthwise"};
  return kNames[static_cast<size_t>(kind)];
}

std::string Point::spec() const {
  std::string settings;
  for (const Key& key : keys_of(kind))
    settings += fmt::format("{}{}={}", settings.empty() ? "" : ",", key.name, this->*key.member);
  return fmt::format("{}:{}", kind_name(kind), settings);
}

std::string Point::text() const {
  if (kind == Kind::kDense) return fmt::format("dense {} inputs, {} units", length, units);
  std::string text = fmt::format("{} {} channels", kind_name(kind), length);
  if (kind != Kind::kDepthwise) text += fmt::format(", {} filters", units);
  return text + fmt::format(", {0}x{0}, kernel {1}, stride {2}", size, kernel, stride);
}

Result<Grid> parse_grid(std::string_view spec, bool quick) {
  const size_t colon = spec.find(':');
  THIMBLE_ASSIGN(const Kind kind, parse_kind(spec.substr(0, colon)));
  const std::string usual = usual_values(kind, quick);
  const std::string_view settings = colon == spec.npos ? usual : spec.substr(colon + 1);

  const std::vector<Key> keys = keys_of(kind);
  Point point = usual_point(kind);
  std::vector<std::vector<int32_t>> values(keys.size());
  for (std::string_view setting : split(settings, ',')) {
    const size_t equal = setting.find('=');
    const auto key = std::ranges::find(keys, setting.substr(0, equal), &Key::name);
    if (equal == setting.npos || key == keys.end()) {
      std::vector<std::string_view> names;
      for (const Key& known : keys) names.push_back(known.name);
      return fail(
          base::Error(ErrorCode::kInvalidArgument,
                      fmt::format("'{}' sets nothing of a {} layer", setting, kind_name(kind)),
                      fmt::format("KEY=VALUES with one of {}; 'conv:channels=1-32,kernel=3/5'",
                                  fmt::join(names, ", "))));
    }
    std::vector<int32_t>& list = values[static_cast<size_t>(key - keys.begin())];
    for (std::string_view part : split(setting.substr(equal + 1), '/'))
      if (!append_range(part, list))
        return fail(base::Error(ErrorCode::kInvalidArgument,
                                fmt::format("'{}' in '{}' is no range of numbers from 1 to {}",
                                            part, setting, kMaxValue),
                                "as 3, 1-32 or 4-64+4, several separated by '/'"));
    std::ranges::sort(list);
    list.erase(std::ranges::unique(list).begin(), list.end());
    // The kind's own series vary around the kind's usual layer.
    if (colon != spec.npos) point.*key->member = list.front();
  }

  Grid grid{.kind = kind};
  size_t count = 0;
  for (size_t k = 0; k < keys.size(); ++k) {
    // The first series is there even with one value: everything else refers to it.
    if (values[k].size() < 2 && k > 0) continue;
    if (values[k].empty()) values[k] = {point.*keys[k].member};
    Series series{.parameter = std::string(keys[k].name), .values = values[k]};
    for (const int32_t value : values[k]) {
      Point varied = point;
      varied.*keys[k].member = value;
      THIMBLE_TRY(check(varied));
      series.points.push_back(varied);
    }
    count += series.points.size();
    grid.series.push_back(std::move(series));
  }
  if (count > kMaxPoints)
    return fail(ErrorCode::kInvalidArgument, "{} are {} layers, at most {} can be studied at once",
                spec, count, kMaxPoints);
  return grid;
}

}  // namespace thimble::study
