#include "tune/choices_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.h"

namespace thimble::tune {
namespace {

using base::ErrorCode;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view kSchema = "thimble-choices/1";
constexpr std::pair<plan::Preference, std::string_view> kPreferences[] = {
    {plan::Preference::kSpeed, "speed"},
    {plan::Preference::kBalanced, "balanced"},
    {plan::Preference::kSize, "size"}};

constexpr std::pair<plan::SparseUse, std::string_view> kSparseUses[] = {
    {plan::SparseUse::kAuto, "auto"},
    {plan::SparseUse::kAlways, "always"},
    {plan::SparseUse::kNever, "never"}};

template <typename Value, size_t kCount>
std::string_view name_of(const std::pair<Value, std::string_view> (&names)[kCount], Value value) {
  return std::ranges::find(names, value, &std::pair<Value, std::string_view>::first)->second;
}

// The member's value if it is there and of that type.
template <typename T>
std::optional<T> member(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  if constexpr (std::is_same_v<T, bool>) {
    if (!found->is_boolean()) return std::nullopt;
  } else {
    if (!found->is_string()) return std::nullopt;
  }
  return found->get<T>();
}

}  // namespace

std::string choices_json(const plan::Choices& choices, const ir::Graph& graph,
                         std::string_view board) {
  ordered_json layers = ordered_json::array();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const plan::LayerChoice choice =
        i < choices.layers.size() ? choices.layers[i] : plan::LayerChoice{};
    layers.push_back({{"op", graph.nodes[i].op},
                      {"name", graph.nodes[i].name},
                      {"kernel", choice.variant},
                      {"weights_in_ram", choice.weights_in_ram}});
  }
  const ordered_json file = {{"schema", kSchema},
                             {"model", graph.name},
                             {"board", board},
                             {"prefer", name_of(kPreferences, choices.prefer)},
                             {"sparse", name_of(kSparseUses, choices.sparse)},
                             {"arena_budget_bytes", choices.ram_budget_bytes.value_or(0)},
                             {"layers", layers}};
  return file.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

base::Result<plan::Choices> parse_choices(std::string_view text, const ir::Graph& graph) {
  const json file = json::parse(text, nullptr, false);
  if (!file.is_object() || member<std::string>(file, "schema") != kSchema)
    return base::fail(base::Error(ErrorCode::kMalformed,
                                  fmt::format("this is no JSON of the schema {}", kSchema),
                                  "write one with --tune --choices FILE"));
  plan::Choices choices;
  const auto prefer = member<std::string>(file, "prefer");
  const auto known = std::ranges::find_if(
      kPreferences, [&](const auto& entry) { return prefer && entry.second == *prefer; });
  if (known == std::end(kPreferences))
    return base::fail(ErrorCode::kMalformed, "\"prefer\" must be speed, balanced or size");
  choices.prefer = known->first;
  if (file.contains("sparse")) {
    const auto sparse = member<std::string>(file, "sparse");
    const auto use = std::ranges::find_if(
        kSparseUses, [&](const auto& entry) { return sparse && entry.second == *sparse; });
    if (use == std::end(kSparseUses))
      return base::fail(ErrorCode::kMalformed, "\"sparse\" must be auto, always or never");
    choices.sparse = use->first;
  }
  const auto budget = file.find("arena_budget_bytes");
  if (budget != file.end()) {
    if (!budget->is_number_unsigned())
      return base::fail(ErrorCode::kMalformed, "\"arena_budget_bytes\" must be a number");
    if (*budget != 0) choices.ram_budget_bytes = budget->get<size_t>();
  }
  const auto layers = file.find("layers");
  if (layers == file.end() || !layers->is_array())
    return base::fail(ErrorCode::kMalformed, "\"layers\" must be an array");
  if (layers->size() != graph.nodes.size())
    return base::fail(
        base::Error(ErrorCode::kInvalidArgument,
                    fmt::format("these choices are for a network of {} layers, this one has {}",
                                layers->size(), graph.nodes.size()),
                    "tune this network, with the same passes, and use what that writes"));
  for (size_t i = 0; i < layers->size(); ++i) {
    const json& layer = (*layers)[i];
    const auto op = member<std::string>(layer, "op"), kernel = member<std::string>(layer, "kernel");
    const auto weights_in_ram = member<bool>(layer, "weights_in_ram");
    if (!op || !kernel || !weights_in_ram)
      return base::fail(ErrorCode::kMalformed,
                        "layer {} needs \"op\", \"kernel\" and \"weights_in_ram\"", i);
    if (*op != graph.nodes[i].op)
      return base::fail(ErrorCode::kInvalidArgument,
                        "these choices are for another network: layer {} is {} there and {} here",
                        i, *op, graph.nodes[i].op);
    choices.layers.push_back({*kernel, *weights_in_ram});
  }
  return choices;
}

base::Result<plan::Choices> read_choices(const std::filesystem::path& path,
                                         const ir::Graph& graph) {
  constexpr size_t kMaxBytes = size_t{16} << 20;
  THIMBLE_ASSIGN(const std::string text, base::read_text_file(path, kMaxBytes));
  auto choices = parse_choices(text, graph);
  if (!choices) return base::fail(std::move(choices).error().in(path.string()));
  return choices;
}

}  // namespace thimble::tune
