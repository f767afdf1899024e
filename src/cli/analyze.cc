// thimble analyze: what can be said of a network without running it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "ops/statistics.h"
#include "passes/pipeline.h"
#include "plan/plan.h"

namespace thimble::cli {
namespace {

using base::grouped;
using base::TextTable;
using nlohmann::ordered_json;

struct Options {
  std::string model;
  std::string prefer = "balanced", sparse = "auto";
  uint64_t arena_budget_bytes = 0;  // 0: none
  bool json = false, print_graph = false;
};

std::string layer_table(const ir::Graph& graph, const ops::NetworkStatistics& stats) {
  TextTable table({{"layer"},
                   {"operator", TextTable::Align::kLeft},
                   {"output", TextTable::Align::kLeft},
                   {"parameters"},
                   {"MACCs"},
                   {"c_e"},
                   {"FLOPs"},
                   {"weights B"},
                   {"activations B"},
                   {"FLOPs/B"}});
  auto add = [&](std::string index, std::string op, std::string shape,
                 const ops::LayerStatistics& layer) {
    table.add_row(
        {std::move(index), std::move(op), std::move(shape), grouped(layer.parameters),
         grouped(layer.cost.maccs), grouped(static_cast<uint64_t>(layer.cost.paper_maccs + 0.5)),
         grouped(layer.cost.flops), grouped(layer.weight_bytes), grouped(layer.activation_bytes),
         fmt::format("{:.2f}", layer.arithmetic_intensity())});
  };
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const ir::Node& node = graph.nodes[i];
    const ir::Tensor& output = graph.output(node);
    add(fmt::format("{}", i), node.op,
        fmt::format("{} {}", ir::type_name(output.type), ir::shape_text(output.shape)),
        stats.layers[i]);
  }
  table.add_rule();
  add("", "total", "", stats.total);
  return table.to_string();
}

// One bar per step, in order of execution, scaled to the arena: how much of it holds something that
// is still needed.
std::string ram_timeline(const plan::Plan& plan) {
  constexpr size_t kWidth = 40;
  size_t peak = plan.peak_live_bytes();
  std::string text = fmt::format(
      "RAM plan: arena {} B, at most {} B live at once; in this order at least {} B are needed\n",
      grouped(plan.arena_bytes), grouped(peak), grouped(plan.least_arena_bytes()));
  TextTable table({{"layer"},
                   {"operator", TextTable::Align::kLeft},
                   {"output", TextTable::Align::kLeft},
                   {"live B"},
                   {"", TextTable::Align::kLeft}});
  for (size_t step = 0; step < plan.steps.size(); ++step) {
    size_t live = plan.live_bytes(step);
    size_t bar =
        plan.arena_bytes == 0 ? 0 : (live * kWidth + plan.arena_bytes - 1) / plan.arena_bytes;
    const ir::Node& node = plan.graph.nodes[plan.steps[step].node];
    table.add_row(
        {fmt::format("{}", plan.steps[step].layer), node.op,
         ir::shape_text(plan.graph.output(node).shape), grouped(live),
         fmt::format("|{:<{}}|{}", std::string(bar, '='), kWidth, live == peak ? " peak" : "")});
  }
  return text + table.to_string();
}

// What one pass removes.
struct PassEffect {
  std::string_view pass;
  uint64_t layers, maccs, weights;
};

base::Result<std::vector<PassEffect>> pass_effects(ir::Graph graph) {
  auto removed = [](uint64_t before, uint64_t after) { return before - std::min(before, after); };
  std::vector<PassEffect> effects;
  for (const passes::Pass& pass : passes::all_passes()) {
    const ops::LayerStatistics before = ops::statistics(graph).total;
    const size_t layers = graph.nodes.size();
    THIMBLE_ASSIGN(graph, pass.run(graph));
    const ops::LayerStatistics after = ops::statistics(graph).total;
    effects.push_back({pass.name, removed(layers, graph.nodes.size()),
                       removed(before.cost.maccs, after.cost.maccs),
                       removed(before.parameters, after.parameters)});
  }
  return effects;
}

// One line per pass that removes something.
std::string pass_lines(const std::vector<PassEffect>& effects) {
  std::string text;
  for (const PassEffect& effect : effects) {
    std::vector<std::string> removed;
    if (effect.layers > 0) removed.push_back(grouped(effect.layers) + " layers");
    if (effect.maccs > 0) removed.push_back(grouped(effect.maccs) + " MACCs");
    if (effect.weights > 0) removed.push_back(grouped(effect.weights) + " weights");
    if (!removed.empty())
      text += fmt::format("{}: {} removed\n", effect.pass, fmt::join(removed, " and "));
  }
  return text;
}

ordered_json cost_json(const ops::LayerStatistics& layer) {
  return {{"parameters", layer.parameters},
          {"maccs", layer.cost.maccs},
          {"paper_maccs", layer.cost.paper_maccs},
          {"flops", layer.cost.flops},
          {"weight_bytes", layer.weight_bytes},
          {"activation_bytes", layer.activation_bytes},
          {"arithmetic_intensity", layer.arithmetic_intensity()}};
}

ordered_json to_json(const Options& options, const ir::Graph& graph, const plan::Plan& plan,
                     const ops::NetworkStatistics& stats, const std::vector<PassEffect>& effects) {
  ordered_json layers = ordered_json::array();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const ir::Tensor& output = graph.output(graph.nodes[i]);
    ordered_json layer = {{"index", i},
                          {"op", graph.nodes[i].op},
                          {"name", graph.nodes[i].name},
                          {"output_type", ir::type_name(output.type)},
                          {"output_shape", output.shape}};
    layer.update(cost_json(stats.layers[i]));
    layers.push_back(std::move(layer));
  }
  ordered_json steps = ordered_json::array();
  for (size_t step = 0; step < plan.steps.size(); ++step)
    steps.push_back({{"layer", plan.steps[step].layer}, {"live_bytes", plan.live_bytes(step)}});
  ordered_json buffers = ordered_json::array();
  for (const plan::Buffer& buffer : plan.buffers)
    buffers.push_back({{"offset", buffer.offset},
                       {"bytes", buffer.bytes},
                       {"first_step", buffer.first_step},
                       {"last_step", buffer.last_step},
                       {"tensors", buffer.tensors}});
  ordered_json removed = ordered_json::array();
  for (const PassEffect& effect : effects)
    removed.push_back({{"pass", effect.pass},
                       {"layers", effect.layers},
                       {"maccs", effect.maccs},
                       {"weights", effect.weights}});
  return {{"schema", "thimble-analyze/1"},
          {"model", options.model},
          {"totals", cost_json(stats.total)},
          {"arena_bytes", plan.arena_bytes},
          {"peak_live_bytes", plan.peak_live_bytes()},
          {"least_arena_bytes", plan.least_arena_bytes()},
          {"layers", layers},
          {"steps", steps},
          {"buffers", buffers},
          {"removed_by_passes", removed}};
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(ir::Graph graph, load_model(options.model));
  if (options.print_graph) {
    fmt::print("{}", ir::print(graph));
    return kSuccess;
  }
  ops::NetworkStatistics stats = ops::statistics(graph);
  THIMBLE_ASSIGN(const std::vector<PassEffect> effects, pass_effects(graph));
  ops::LowerTarget target{.dsp = true, .fpu = true, .optimized = true};
  plan::Choices choices{
      .prefer = preference(options.prefer), .sparse = sparse_use(options.sparse), .layers = {}};
  target.small_code = choices.prefer == plan::Preference::kSize;
  if (options.arena_budget_bytes > 0) choices.ram_budget_bytes = options.arena_budget_bytes;
  THIMBLE_ASSIGN(plan::Plan plan, plan::make_plan(graph, target, choices));
  if (options.json) {
    print_json(to_json(options, graph, plan, stats, effects));
    return kSuccess;
  }
  fmt::print("{}{}\n{}\n", layer_table(graph, stats), pass_lines(effects), ram_timeline(plan));
  fmt::print("MACCs are exact; c_e is the estimate of Heim 2021, appendix A (docs/analyze.md).\n");
  return kSuccess;
}

}  // namespace

Command add_analyze(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "analyze", "Parameters, MACCs, FLOPs, bytes and the RAM plan, layer by layer");
  app->add_option("MODEL", options->model, "A .tflite or .onnx file")
      ->required()
      ->type_name("FILE");
  add_prefer_option(*app, options->prefer);
  add_sparse_option(*app, options->sparse);
  app->add_option("--arena-budget", options->arena_budget_bytes,
                  "Plan an arena of at most so many bytes, like 24K, at a price in time")
      ->transform(CLI::AsSizeValue(false));
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  app->add_flag("--print-graph", options->print_graph,
                "Print the network as Thimble sees it, and stop");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
