// The networks of the papers' comparison between boards, on our boards, compiled with -Ofast as
// theirs.
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/subprocess.h"
#include "tools/accuracy/results.h"

namespace thimble::accuracy {
namespace {

using base::ErrorCode;

struct Variant {
  const char* name;  // as in the page
  const char* type;
  const char* kernels;
  bool on_the_l4;  // the float ResNet does not fit it, and the papers compare no float on it
};

constexpr const char* kNetworks[] = {"lenet", "resnet20"};
constexpr Variant kVariants[] = {{"int8 optimized", "int8", "optimized", true},
                                 {"int8 plain C", "int8", "reference", true},
                                 {"float", "float32", "optimized", false}};
constexpr const char* kL4 = "nucleo-l496zg";
constexpr const char* kBoards[] = {kL4, "disco-f469ni", "nucleo-f767zi"};

base::Result<std::string> run_thimble(const Paths& paths, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), paths.thimble.string());
  THIMBLE_ASSIGN(base::ProcessOutput result,
                 base::run_process(arguments, {}, std::chrono::seconds(1200)));
  if (result.exit_code != 0)
    return base::fail(ErrorCode::kToolFailed, "{} {}:\n{}", arguments[0], arguments[1],
                      result.output);
  return std::move(result.output);
}

}  // namespace

base::Result<> measure_boards(const Paths& paths) {
  THIMBLE_ASSIGN(const auto directory, base::TemporaryDirectory::create("thimble-accuracy"));
  std::string text = result_header(
      "Cycles of one inference on simulated boards; written by ./dev accuracy. Networks of the "
      "zoo.");
  text += "network;variant;board;clock_hz;cycles;instructions\n";
  for (const char* network : kNetworks)
    for (const Variant& variant : kVariants) {
      const std::string model =
          (directory.path() / fmt::format("{}_{}.tflite", network, variant.type)).string();
      THIMBLE_TRY(run_thimble(paths, {"zoo", network, "--type", variant.type, "-o", model}));
      for (const char* board : kBoards) {
        if (board == kL4 && !variant.on_the_l4) continue;
        THIMBLE_ASSIGN(const std::string output,
                       run_thimble(paths, {"bench", model, "--board", board, "--kernels",
                                           variant.kernels, "--opt", "-Ofast", "--json"}));
        const auto json = nlohmann::json::parse(output, nullptr, false);
        if (json.is_discarded() || !json.contains("totals"))
          return base::fail(ErrorCode::kToolFailed, "thimble bench printed no JSON: {}", output);
        text +=
            fmt::format("{};{};{};{};{};{}\n", network, variant.name, board,
                        json["clock_hz"].get<uint64_t>(), json["totals"]["cycles"].get<uint64_t>(),
                        json["totals"]["instructions"].get<uint64_t>());
      }
    }
  return base::write_file(paths.results("boards"), text);
}

}  // namespace thimble::accuracy
