// thimble zoo: the papers' networks, listed or written as .tflite.
#include "zoo/zoo.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/command.h"
#include "emit/tflite_writer.h"

namespace thimble::cli {
namespace {

using base::grouped;
using nlohmann::ordered_json;

struct Options {
  std::string network, output;
  std::string type = "int8";
  zoo::Options zoo;
  bool json = false;
};

ordered_json to_json(const zoo::Description& d) {
  return {{"name", d.name},
          {"description", d.text},
          {"input_shape", d.input},
          {"parameters", d.parameters_stored},
          {"parameters_trained", d.parameters_trained},
          {"maccs", d.maccs},
          {"int8_weight_bytes", d.int8_weight_bytes},
          {"float32_weight_bytes", d.float32_weight_bytes}};
}

base::Result<int> list(bool json) {
  using base::TextTable;
  TextTable table({{"network", TextTable::Align::kLeft},
                   {"input"},
                   {"parameters"},
                   {"as trained"},
                   {"MACCs"},
                   {"int8 B"},
                   {"float32 B"},
                   {"description", TextTable::Align::kLeft}});
  ordered_json networks = ordered_json::array();
  for (const std::string& name : zoo::names()) {
    THIMBLE_ASSIGN(zoo::Description d, zoo::describe(name));
    table.add_row({d.name, ir::shape_text(d.input), grouped(d.parameters_stored),
                   grouped(d.parameters_trained), grouped(d.maccs), grouped(d.int8_weight_bytes),
                   grouped(d.float32_weight_bytes), d.text});
    networks.push_back(to_json(d));
  }
  if (json)
    print_json({{"schema", "thimble-zoo/1"}, {"networks", networks}});
  else
    fmt::print(
        "{}\nWeights are random: 'thimble zoo NAME -o FILE.tflite' writes one "
        "(docs/zoo.md).\n",
        table.to_string());
  return kSuccess;
}

base::Result<int> write(const Options& options) {
  base::StatusLine status;
  std::string_view shown;
  auto progress = [&](std::string_view stage, double fraction) {
    if (stage != shown) status.stage(shown = stage);
    status.update(fraction, options.network);
  };
  THIMBLE_ASSIGN(ir::Graph graph, zoo::make_network(options.network, options.zoo, progress));
  THIMBLE_ASSIGN(base::Bytes file, emit::write_tflite(graph));
  THIMBLE_TRY(base::write_file(options.output, file));
  status.clear();
  THIMBLE_ASSIGN(zoo::Description description, zoo::describe(options.network, options.zoo));
  if (options.json) {
    print_json({{"schema", "thimble-zoo/1"},
                {"networks", ordered_json::array({to_json(description)})},
                {"type", options.type},
                {"seed", options.zoo.seed},
                {"file", options.output},
                {"file_bytes", file.size()}});
  } else {
    fmt::print("{}: {} {}, {} parameters, {} MACCs, {} B\n", options.output, options.network,
               options.type, grouped(description.parameters_stored), grouped(description.maccs),
               grouped(file.size()));
  }
  return kSuccess;
}

base::Result<int> run(Options options) {
  using base::ErrorCode;
  options.zoo.type = options.type == "int8" ? ir::DataType::kInt8 : ir::DataType::kFloat32;
  if (options.network.empty()) {
    if (options.output.empty()) return list(options.json);
    return base::fail(ErrorCode::kInvalidArgument, "-o needs the name of a network");
  }
  // A wrong name or option is said before a missing file.
  THIMBLE_TRY(zoo::describe(options.network, options.zoo));
  if (options.output.empty())
    return base::fail(base::Error(
        ErrorCode::kInvalidArgument, "where to write the network is missing",
        fmt::format("thimble zoo {0} -o {0}_{1}.tflite", options.network, options.type)));
  return write(options);
}

}  // namespace

Command add_zoo(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app =
      parent.add_subcommand("zoo", "List the papers' networks, or write one with random weights");
  app->add_option("NAME", options->network, "The network to write; none: list them");
  app->add_option("-o,--output", options->output, "The .tflite file to write");
  app->add_option("--type", options->type, "Numbers: int8 or float32")
      ->check(CLI::IsMember({"int8", "float32"}))
      ->capture_default_str();
  app->add_option("--seed", options->zoo.seed, "Of the random weights")->capture_default_str();
  app->add_option("--width", options->zoo.width, "mobilenet-v1: 0.25, 0.5, 0.75 or 1");
  app->add_option("--resolution", options->zoo.resolution,
                  "mobilenet-v1: a multiple of 32 from 96 to 224");
  app->add_flag("--json", options->json, "Print one JSON object (docs/zoo.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
