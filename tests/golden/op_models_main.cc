// Compares our operators with another runtime, one at a time. docs/operators.md has the steps.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "base/files.h"
#include "frontend/tflite/import.h"
#include "tests/golden/op_outputs.h"

namespace thimble::testing {
namespace {

namespace fs = std::filesystem;
using base::Result;

// NAME.tflite and NAME.in.bin, the inputs of all its inferences.
Result<> write(const fs::path& folder) {
  for (const OpModel& model : op_models()) {
    THIMBLE_ASSIGN(ir::Graph graph, frontend::import_tflite(model.file, model.name));
    base::Bytes inputs;
    for (int run = 0; run < model.runs; ++run)
      for (const base::Bytes& input : op_inputs(graph, run))
        inputs.insert(inputs.end(), input.begin(), input.end());
    THIMBLE_TRY(base::write_file(folder / (model.name + ".tflite"), model.file));
    THIMBLE_TRY(base::write_file(folder / (model.name + ".in.bin"), inputs));
  }
  return {};
}

// NAME.out.bin, as the other runtime wrote them, to one text.
Result<> collect(const fs::path& folder, const fs::path& text) {
  OpOutputs all;
  for (const OpModel& model : op_models()) {
    all[model.name] = std::nullopt;
    fs::path path = folder / (model.name + ".out.bin");
    if (!model.comparable || !fs::exists(path)) continue;
    THIMBLE_ASSIGN(base::Bytes bytes, base::read_file(path));
    THIMBLE_ASSIGN(ir::Graph graph, frontend::import_tflite(model.file, model.name));
    all[model.name] = to_numbers(bytes, graph.tensor(graph.outputs[0]).type);
  }
  return base::write_file(text, op_outputs_text(all));
}

// One line a network. Our own errors do not stop it.
Result<> compare(const fs::path& text) {
  THIMBLE_ASSIGN(OpOutputs all, read_op_outputs(text));
  for (const OpModel& model : op_models()) {
    auto ours = run_op_model(model);
    const auto& theirs = all[model.name];
    std::string verdict;
    if (!ours)
      verdict = ours.error().to_string();
    else if (!theirs)
      verdict = "no reference";
    else if (auto text_of =
                 [&](Tolerance t) {
                   return difference(ours->outputs, to_bytes(*theirs, ours->type), ours->type, t);
                 };
             text_of(kExactTolerance).empty())
      verdict = "equal";
    else if (std::string beyond = text_of(op_tolerance(*ours)); beyond.empty())
      verdict = "within tolerance: " + text_of(kExactTolerance);
    else
      verdict = "DIFFERENT: " + beyond;
    fmt::print("{:44} {}\n", model.name, verdict);
  }
  return {};
}

Result<> run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "write") return write(arguments[1]);
  if (arguments.size() == 3 && arguments[0] == "collect")
    return collect(arguments[1], arguments[2]);
  if (arguments.size() == 2 && arguments[0] == "compare") return compare(arguments[1]);
  return base::fail(base::ErrorCode::kInvalidArgument,
                    "usage: op_models write FOLDER | collect FOLDER TEXT | compare TEXT");
}

}  // namespace
}  // namespace thimble::testing

int main(int argc, char** argv) {
  auto done = thimble::testing::run({argv + 1, argv + argc});
  if (done) return 0;
  fmt::print(stderr, "{}\n", done.error().to_string());
  return 1;
}
