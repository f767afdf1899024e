#include "decide/catalog.h"

#include <algorithm>

#include "base/files.h"
#include "base/nearest_name.h"
#include "embedded_decide.h"

namespace thimble::decide {
namespace {

constexpr std::string_view kSuffix = ".toml";
constexpr size_t kMaxFileBytes = size_t{1} << 20;

std::string_view folder(Kind kind) {
  return kind == Kind::kCell ? "cells/" : "radios/";
}

std::string_view name_of(std::string_view path, Kind kind) {
  path.remove_prefix(folder(kind).size());
  path.remove_suffix(kSuffix.size());
  return path;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::vector<std::string> names(Kind kind) {
  std::vector<std::string> result;
  for (const auto& file : embedded_decide::embedded_files())
    if (file.path.starts_with(folder(kind))) result.emplace_back(name_of(file.path, kind));
  std::ranges::sort(result);
  return result;
}

base::Result<Description> find(Kind kind, std::string_view name_or_path) {
  if (name_or_path.ends_with(kSuffix)) {
    THIMBLE_ASSIGN(std::string text,
                   base::read_text_file(std::filesystem::path(name_or_path), kMaxFileBytes));
    return Description{std::move(text), std::string(name_or_path)};
  }
  for (const auto& file : embedded_decide::embedded_files())
    if (file.path.starts_with(folder(kind)) && same_name(name_of(file.path, kind), name_or_path))
      return Description{std::string(file.content), std::string(file.path)};
  const std::vector<std::string> known = names(kind);
  const std::string nearest = base::nearest_name(name_or_path, known);
  return base::fail(base::Error(
      base::ErrorCode::kNotFound,
      fmt::format("no {} is called '{}'", kind == Kind::kCell ? "cell" : "radio", name_or_path),
      fmt::format("{}known: {}; one of your own: FILE.toml (docs/decide.md)",
                  nearest.empty() ? "" : fmt::format("did you mean '{}'? ", nearest),
                  fmt::join(known, ", "))));
}

}  // namespace thimble::decide
