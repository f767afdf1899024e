#include "sweep/spec.h"

#include <glob.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "board/toml.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Result;
using board::TomlTable;

constexpr size_t kMaxSpecBytes = size_t{1} << 20;
constexpr std::string_view kZoo = "zoo:";

// `text` for glob, where only `wild` of its characters stand for others.
std::string glob_pattern(std::string_view text, std::string_view wild) {
  constexpr std::string_view kSpecial = "*?[\\";
  std::string pattern;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos && wild.find(c) == std::string_view::npos)
      pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// Files that match, sorted; none when the pattern matches nothing. `folder` is no pattern, whatever
// its name, and in the other only * and ? are: brackets are part of names.
std::vector<fs::path> matching_files(const fs::path& folder, const fs::path& wanted) {
  std::error_code ignored;
  if (fs::exists(folder / wanted, ignored)) return {folder / wanted};  // `*` in its name or not
  const fs::path pattern =
      fs::path(glob_pattern(folder.string(), "")) / glob_pattern(wanted.string(), "*?");
  glob_t found{};
  std::vector<fs::path> files;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return files;
}

std::string text_or(TomlTable& table, std::string_view key, const std::string& otherwise = {}) {
  return table.has(key) ? table.string(key) : otherwise;
}

// Some of `allowed`.
void read_words(TomlTable& table, std::string_view key, const std::vector<std::string>& allowed,
                std::vector<std::string>& words) {
  if (!table.has(key)) return;
  const std::vector<size_t> chosen = table.choices(key, allowed);
  if (chosen.empty()) table.reject(key, "expected at least one");
  words.clear();
  for (size_t index : chosen) words.push_back(allowed[index]);
}

void read_networks(TomlTable table, const fs::path& folder, std::vector<Network>& networks) {
  Network shared;
  const std::vector<std::string> models = table.strings("models");
  shared.calibrate = text_or(table, "calibrate");
  shared.data = text_or(table, "data");
  if (table.has("samples")) shared.samples = table.integer("samples", 1, INT64_MAX);
  const std::string name = text_or(table, "name");
  const size_t first = networks.size();
  for (const std::string& model : models) {
    Network network = shared;
    if (model.starts_with(kZoo)) {
      network.model = model;
      network.name = model.substr(kZoo.size());
      networks.push_back(network);
      continue;
    }
    const std::vector<fs::path> files = matching_files(folder, model);
    if (files.empty())
      table.reject("models", fmt::format("no file matches '{}' in {}", model, folder.string()));
    for (const fs::path& file : files) {
      network.model = file.lexically_normal().string();
      network.name = file.stem().string();
      networks.push_back(network);
    }
  }
  if (name.empty()) return table.close();
  if (networks.size() == first + 1)
    networks.back().name = name;
  else
    table.reject("name", fmt::format("names one network; models are {}", networks.size() - first));
  table.close();
}

OptionSet read_option_set(TomlTable table) {
  OptionSet set;
  set.name = table.string("name");
  if (table.has("options")) set.options = table.strings("options");
  for (const char* own : {"-o", "--output", "--json"})
    if (std::ranges::find(set.options, own) != set.options.end())
      table.reject("options", fmt::format("'{}' is added by the sweep", own));
  table.close();
  return set;
}

Engine read_engine(TomlTable table, const fs::path& folder) {
  Engine engine;
  engine.name = table.string("name");
  engine.network = table.string("network");
  const fs::path elf = folder / table.string("elf");
  engine.elf = elf.lexically_normal().string();
  if (!fs::is_regular_file(elf)) table.reject("elf", fmt::format("there is no {}", engine.elf));
  engine.from = text_or(table, "from");
  engine.to = text_or(table, "to");
  engine.function = text_or(table, "function");
  if (engine.from.empty() != engine.to.empty() || engine.from.empty() == engine.function.empty())
    table.reject("name", "give 'from' and 'to', or 'function': what is one inference?");
  engine.boards = table.strings("boards");
  table.close();
  return engine;
}

Exclusion read_exclusion(TomlTable table) {
  Exclusion exclusion;
  for (const std::string& axis : axes())
    if (table.has(axis)) exclusion[axis] = table.strings(axis);
  table.close();
  if (exclusion.empty()) table.reject("network", "an exclusion of everything: name some axis");
  return exclusion;
}

// Networks are found again by their names. Files called alike get their paths as names.
void make_names_unique(std::vector<Network>& networks, const fs::path& folder) {
  std::map<std::string, size_t> count;
  for (const Network& network : networks) ++count[network.name];
  for (Network& network : networks)
    if (count[network.name] > 1 && !network.model.starts_with(kZoo))
      network.name = fs::path(network.model).lexically_relative(folder).string();
}

template <typename Item>
void reject_equal_names(TomlTable& root, std::string_view key, const std::vector<Item>& items) {
  std::set<std::string> names;
  for (const Item& item : items)
    if (!names.insert(item.name).second)
      root.reject(key, fmt::format("'{}' is there twice", item.name));
}

}  // namespace

const std::vector<std::string>& axes() {
  static const std::vector<std::string> names = {"engine",  "network", "quantization", "board",
                                                 "kernels", "prefer",  "optimization", "fpu"};
  return names;
}

Result<Spec> read_spec(const fs::path& file) {
  THIMBLE_ASSIGN(const std::string text, base::read_text_file(file, kMaxSpecBytes));
  auto as_usage = [](Error error) {
    error.code = ErrorCode::kInvalidArgument;
    return base::fail(std::move(error));
  };
  auto document = board::TomlDocument::parse(text, file.string());
  if (!document) return as_usage(document.error());
  TomlTable root = document->root();
  Spec spec;
  spec.folder = fs::absolute(file).parent_path().lexically_normal();
  spec.store = spec.folder / text_or(root, "store", file.stem().string() + ".db");
  if (root.has("network") || !root.has("engine"))
    for (const TomlTable& table : root.tables("network"))
      read_networks(table, spec.folder, spec.networks);
  make_names_unique(spec.networks, spec.folder);
  reject_equal_names(root, "network", spec.networks);
  if (root.has("quantization")) {
    spec.quantizations.clear();
    for (const TomlTable& table : root.tables("quantization"))
      spec.quantizations.push_back(read_option_set(table));
    reject_equal_names(root, "quantization", spec.quantizations);
  }
  if (!spec.networks.empty() || root.has("boards")) spec.boards = root.strings("boards");
  read_words(root, "kernels", {"reference", "optimized", "tuned"}, spec.kernels);
  read_words(root, "prefer", {"speed", "balanced", "size"}, spec.prefer);
  read_words(root, "optimization", {"-Os", "-O2", "-O3", "-Ofast"}, spec.optimization);
  if (root.has("fpu")) spec.fpu = root.booleans("fpu");
  spec.compiler = text_or(root, "compiler", spec.compiler);
  if (root.has("engine"))
    for (const TomlTable& table : root.tables("engine"))
      spec.engines.push_back(read_engine(table, spec.folder));
  if (root.has("exclude"))
    for (const TomlTable& table : root.tables("exclude"))
      spec.exclusions.push_back(read_exclusion(table));
  root.close();
  if (auto status = document->status(); !status) return as_usage(status.error());
  return spec;
}

}  // namespace thimble::sweep
