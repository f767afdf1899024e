#include "tools/accuracy/vendor_firmware.h"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "board/board.h"
#include "sim/elf/firmware.h"
#include "sim/machine.h"
#include "sim/run/uart_script.h"
#include "tools/accuracy/csv.h"
#include "tools/accuracy/results.h"

namespace thimble::accuracy {
namespace {

using base::ErrorCode;

constexpr int kInferences = 5;
constexpr uint64_t kSliceCycles = 1'000'000;  // between the prompt and the next command
constexpr uint64_t kMaxCycles = 5'000'000'000;
constexpr std::string_view kStamp = "m-lap-us-";
constexpr std::string_view kPrompt = "m-ready";

struct Stamp {
  double microseconds = 0;
  uint64_t cycles = 0;
};

std::optional<Stamp> parse_stamp(std::string_view line, uint64_t cycles) {
  if (!line.starts_with(kStamp)) return std::nullopt;
  line.remove_prefix(kStamp.size());
  uint64_t value = 0;
  if (std::from_chars(line.data(), line.data() + line.size(), value).ec != std::errc{})
    return std::nullopt;
  return Stamp{static_cast<double>(value), cycles};
}

}  // namespace

base::Result<InferenceTime> time_inference(const std::filesystem::path& firmware,
                                           const std::string& board_name) {
  THIMBLE_ASSIGN(const board::Board board, board::load_board(board_name));
  THIMBLE_ASSIGN(const board::Core core, board::load_core(board.core));
  THIMBLE_ASSIGN(sim::Elf program, sim::load_firmware(firmware, board.flash().base));
  THIMBLE_ASSIGN(sim::Machine machine, sim::Machine::create(board, core, std::move(program)));
  // The first inference warms up, as in the benchmark.
  sim::UartScript script(fmt::format("infer {} 1%", kInferences), std::string(kPrompt));
  std::string line, answer;
  bool started = false, finished = false;
  std::vector<Stamp> stamps;
  machine.set_uart_sink([&](char byte) {
    answer += script.answer(byte);
    if (byte != '\n') {
      line += byte;
      return;
    }
    if (line.starts_with("m-infer-start")) started = true;
    if (line.starts_with("m-infer-done")) finished = true;
    if (const auto stamp = parse_stamp(line, machine.cycles()); stamp && started && !finished)
      stamps.push_back(*stamp);
    line.clear();
  });
  while (!finished && machine.cycles() < kMaxCycles) {
    const sim::Stop stop = machine.run({.max_cycles = kSliceCycles});
    if (stop.kind != sim::StopKind::kCycleLimit)
      return base::fail(ErrorCode::kFault, "{}: {}", firmware.string(), stop.to_string());
    if (const std::string input = std::exchange(answer, {}); !input.empty())
      machine.push_uart_input(input);
  }
  if (stamps.size() != 2)
    return base::fail(ErrorCode::kFault, "{}: {} timestamps of an inference, not 2",
                      firmware.string(), stamps.size());
  return InferenceTime{static_cast<double>(stamps[1].cycles - stamps[0].cycles) / kInferences,
                       (stamps[1].microseconds - stamps[0].microseconds) / 1000 / kInferences};
}

base::Result<> measure_mlperf(const Paths& paths, const std::filesystem::path& directory) {
  THIMBLE_ASSIGN(const CsvTable published, CsvTable::load(paths.mlperf()));
  std::string text = result_header(
      "Milliseconds per inference of vendors' firmware on hardware and simulated; written by ./dev "
      "accuracy --firmware-dir.");
  text += "board;core;network;hardware;simulated;cycles;error\n";
  for (const CsvTable::Row& row : published.rows()) {
    THIMBLE_ASSIGN(const std::string file, row.text("file"));
    THIMBLE_ASSIGN(const std::string board_name, row.text("board"));
    THIMBLE_ASSIGN(const std::string network, row.text("network"));
    THIMBLE_ASSIGN(const double inferences, row.number("inferences"));
    THIMBLE_ASSIGN(const double seconds, row.number("seconds"));
    if (!std::filesystem::exists(directory / file)) continue;
    THIMBLE_ASSIGN(const board::Board board, board::load_board(board_name));
    THIMBLE_ASSIGN(const InferenceTime time, time_inference(directory / file, board_name));
    const double hardware = seconds * 1000 / inferences;
    text += fmt::format("{};{};{};{:.3f};{:.3f};{:.0f};{:.2f}\n", board_name, board.core, network,
                        hardware, time.milliseconds, time.cycles,
                        (time.milliseconds - hardware) / hardware * 100);
  }
  return base::write_file(paths.results("mlperf"), text);
}

}  // namespace thimble::accuracy
