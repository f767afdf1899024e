#include "board/toml.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "base/nearest_name.h"

namespace thimble::board {
namespace {

using base::Error;
using base::ErrorCode;
using base::nearest_name;

struct Document {
  toml::table root;
  std::string origin;
  std::optional<Error> problem;
};

const char* type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "a boolean";
    default:
      return "a date or time";
  }
}

std::string did_you_mean(const std::string& name) {
  return name.empty() ? std::string() : fmt::format("did you mean '{}'?", name);
}

}  // namespace

struct TomlTable::State {
  std::shared_ptr<Document> document;
  const toml::table* table;  // null after a problem: nothing below it can be read
  std::string path;          // "memory[1]."; empty for the root
  std::set<std::string, std::less<>> asked;

  void report(uint32_t line, std::string_view key, const std::string& problem, std::string hint) {
    if (document->problem) return;
    document->problem =
        Error(ErrorCode::kMalformed, fmt::format("line {}: {}{}: {}", line, path, key, problem),
              std::move(hint))
            .in(document->origin);
  }

  // The node, or null with the problem noted.
  const toml::node* find(std::string_view key) {
    asked.emplace(key);
    if (!table) return nullptr;
    const toml::node* node = table->get(key);
    if (!node) {
      std::vector<std::string> present;
      for (const auto& [name, unused] : *table) present.emplace_back(name.str());
      const std::string similar = nearest_name(key, present);
      report(table->source().begin.line, key, "this key is missing",
             similar.empty() ? std::string()
                             : fmt::format("the file says '{}'; did you mean '{}'?", similar, key));
    }
    return node;
  }

  void wrong_type(std::string_view key, const toml::node& node, std::string_view expected) {
    report(node.source().begin.line, key,
           fmt::format("expected {}, found {}", expected, type_name(node)), {});
  }
};

bool TomlTable::has(std::string_view key) const {
  return state_->table && state_->table->contains(key);
}

std::string TomlTable::string(std::string_view key) {
  const toml::node* node = state_->find(key);
  if (!node) return {};
  const auto value = node->value_exact<std::string>();
  if (!value) {
    state_->wrong_type(key, *node, "a string");
    return {};
  }
  if (value->empty()) state_->report(node->source().begin.line, key, "must not be empty", {});
  return *value;
}

std::string TomlTable::choice(std::string_view key, const std::vector<std::string>& choices) {
  const std::string value = string(key);
  if (value.empty()) return {};
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    reject(key, fmt::format("'{}' is none of: {}", value, fmt::join(choices, ", ")),
           did_you_mean(nearest_name(value, choices)));
  }
  return value;
}

std::vector<size_t> TomlTable::choices(std::string_view key,
                                       const std::vector<std::string>& choices) {
  const toml::node* node = state_->find(key);
  if (!node) return {};
  if (!node->is_array()) {
    state_->wrong_type(key, *node, "an array of strings");
    return {};
  }
  std::vector<size_t> indices;
  for (const toml::node& element : *node->as_array()) {
    const auto value = element.value_exact<std::string>();
    if (!value) {
      state_->wrong_type(key, element, "a string");
      return {};
    }
    const auto found = std::find(choices.begin(), choices.end(), *value);
    if (found == choices.end()) {
      state_->report(element.source().begin.line, key,
                     fmt::format("'{}' is none of: {}", *value, fmt::join(choices, ", ")),
                     did_you_mean(nearest_name(*value, choices)));
      return {};
    }
    indices.push_back(static_cast<size_t>(found - choices.begin()));
  }
  return indices;
}

template <typename T>
std::vector<T> TomlTable::elements(std::string_view key, std::string_view expected) {
  const toml::node* node = state_->find(key);
  if (!node) return {};
  if (!node->is_array() || node->as_array()->empty()) {
    state_->report(node->source().begin.line, key, fmt::format("expected {}", expected), {});
    return {};
  }
  std::vector<T> values;
  for (const toml::node& element : *node->as_array()) {
    const auto value = element.value_exact<T>();
    if (!value) {
      state_->wrong_type(key, element, expected);
      return {};
    }
    if (std::find(values.begin(), values.end(), *value) != values.end()) {
      state_->report(element.source().begin.line, key, fmt::format("{} is there twice", *value),
                     {});
      return {};
    }
    values.push_back(*value);
  }
  return values;
}

std::vector<std::string> TomlTable::strings(std::string_view key) {
  return elements<std::string>(key, "an array of strings");
}

std::vector<bool> TomlTable::booleans(std::string_view key) {
  return elements<bool>(key, "an array of true and false");
}

int64_t TomlTable::integer(std::string_view key, int64_t minimum, int64_t maximum) {
  const toml::node* node = state_->find(key);
  if (!node) return minimum;
  const auto value = node->value_exact<int64_t>();
  if (!value) {
    state_->wrong_type(key, *node, "an integer");
    return minimum;
  }
  if (*value < minimum || *value > maximum) {
    state_->report(
        node->source().begin.line, key,
        fmt::format("expected an integer from {} to {}, found {}", minimum, maximum, *value), {});
    return minimum;
  }
  return *value;
}

double TomlTable::number(std::string_view key, double minimum, double maximum) {
  const toml::node* node = state_->find(key);
  if (!node) return minimum;
  if (!node->is_number()) {
    state_->wrong_type(key, *node, "a number");
    return minimum;
  }
  const double value = node->value<double>().value_or(minimum);
  if (!(value >= minimum && value <= maximum)) {  // also when it is not a number at all
    state_->report(
        node->source().begin.line, key,
        fmt::format("expected a number from {} to {}, found {}", minimum, maximum, value), {});
    return minimum;
  }
  return value;
}

bool TomlTable::boolean(std::string_view key) {
  const toml::node* node = state_->find(key);
  if (!node) return false;
  const auto value = node->value_exact<bool>();
  if (!value) state_->wrong_type(key, *node, "true or false");
  return value.value_or(false);
}

TomlTable TomlTable::table(std::string_view key) {
  const toml::node* node = state_->find(key);
  if (node && !node->is_table()) state_->wrong_type(key, *node, fmt::format("a table [{}]", key));
  return TomlTable(std::make_shared<State>(State{state_->document,
                                                 node ? node->as_table() : nullptr,
                                                 fmt::format("{}{}.", state_->path, key),
                                                 {}}));
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  const toml::node* node = state_->find(key);
  if (!node) return {};
  if (!node->is_array_of_tables()) {
    state_->wrong_type(key, *node, fmt::format("tables [[{}]]", key));
    return {};
  }
  std::vector<TomlTable> result;
  for (const toml::node& element : *node->as_array()) {
    result.push_back(TomlTable(
        std::make_shared<State>(State{state_->document,
                                      element.as_table(),
                                      fmt::format("{}{}[{}].", state_->path, key, result.size()),
                                      {}})));
  }
  return result;
}

void TomlTable::close() {
  if (!state_->table) return;
  for (const auto& [name, node] : *state_->table) {
    if (state_->asked.contains(name.str())) continue;
    const std::vector<std::string> known(state_->asked.begin(), state_->asked.end());
    const std::string similar = nearest_name(name.str(), known);
    state_->report(name.source().begin.line, name.str(), "no such key",
                   similar.empty() ? fmt::format("known here: {}", fmt::join(known, ", "))
                                   : did_you_mean(similar));
    return;
  }
}

void TomlTable::reject(std::string_view key, std::string problem, std::string hint) {
  if (!state_->table) return;
  const toml::node* node = state_->table->get(key);
  const toml::node& place = node ? *node : *state_->table;
  state_->report(place.source().begin.line, key, problem, std::move(hint));
}

base::Result<TomlDocument> TomlDocument::parse(std::string_view text, std::string_view origin) {
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return base::fail(
        Error(ErrorCode::kMalformed,
              fmt::format("line {}: {}", error.source().begin.line, error.description()))
            .in(std::string(origin)));
  }
  auto document = std::make_shared<Document>(
      Document{std::move(parsed).table(), std::string(origin), std::nullopt});
  const toml::table* root = &document->root;
  return TomlDocument(TomlTable(
      std::make_shared<TomlTable::State>(TomlTable::State{std::move(document), root, "", {}})));
}

base::Result<> TomlDocument::status() const {
  const auto& problem = root_.state_->document->problem;
  if (problem) return base::fail(*problem);
  return {};
}

}  // namespace thimble::board
