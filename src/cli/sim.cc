// thimble sim: a firmware of any origin on a simulated board.
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/files.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/sim_report.h"
#include "cli/uart_output.h"
#include "sim/elf/firmware.h"
#include "sim/machine.h"
#include "sim/profile/callgrind.h"
#include "sim/run/uart_script.h"

namespace thimble::cli {
namespace {

using base::ErrorCode;

struct Options {
  std::string firmware, board;
  std::string from, to, from_pin, to_pin;
  std::string callgrind, vcd, trace_csv;
  std::string uart = "stdout", uart_input, uart_prompt;
  uint64_t max_cycles = 0;
  double max_seconds = 0;
  size_t top = 15;
  bool lines = false, json = false;
};

sim::PinNaming pin_naming(const board::Board& board) {
  return board.family.starts_with("nrf") ? sim::PinNaming::kPortNumber
                                         : sim::PinNaming::kPortLetter;
}

uint64_t cycle_limit(const Options& options, const board::Board& board) {
  uint64_t limit = options.max_cycles ? options.max_cycles : UINT64_MAX;
  if (options.max_seconds > 0) {
    const double cycles = std::ceil(options.max_seconds * static_cast<double>(board.clock_hz));
    if (cycles < 0x1p63) limit = std::min(limit, static_cast<uint64_t>(cycles));
  }
  return limit;
}

// Shows how far the run is, and what the program writes; the two share the terminal.
class Console {
 public:
  Console(const Options& options, const board::Board& board)
      : json_(options.json), clock_hz_(static_cast<double>(board.clock_hz)) {
    status_.stage("simulating");
  }
  void show_output(std::string_view text) {
    if (json_) return;  // it is part of the object
    status_.clear();
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    at_line_start_ = text.ends_with('\n');
    had_output_ = true;
  }
  void show_progress(uint64_t cycles) {
    status_.update(
        fmt::format("{:.3f} s of simulated time", static_cast<double>(cycles) / clock_hz_));
  }
  // Before the report.
  void finish() {
    status_.clear();
    if (!json_ && had_output_) fmt::print("{}\n", at_line_start_ ? "" : "\n");
  }

 private:
  base::StatusLine status_;
  bool json_;
  double clock_hz_;
  bool at_line_start_ = true;
  bool had_output_ = false;
};

base::Result<std::optional<sim::PassStatistics>> pin_passes(const Options& options,
                                                            const sim::PowerTrace& trace) {
  if (options.from_pin.empty()) return std::nullopt;
  THIMBLE_ASSIGN(const sim::PinEvent from, sim::parse_pin_event(options.from_pin));
  THIMBLE_ASSIGN(const sim::PinEvent to, sim::parse_pin_event(options.to_pin));
  return sim::passes_between(trace.pins, from, to);
}

base::Result<> check_can_create(const std::string& file) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(file, ignored))
    return base::fail(
        {ErrorCode::kInvalidArgument, fmt::format("{} is a directory", file), "name a file in it"});
  const fs::path parent = fs::absolute(file).parent_path();
  if (!fs::is_directory(parent, ignored))
    return base::fail(
        {ErrorCode::kNotFound,
         fmt::format("cannot write {}: there is no directory {}", file, parent.string()),
         fmt::format("create it: mkdir -p {}", parent.string())});
  return {};
}

// What is wrong with the options is said before a long run, not after it.
base::Result<> check_options(const Options& options) {
  for (const std::string& file : {options.callgrind, options.vcd, options.trace_csv})
    if (!file.empty()) THIMBLE_TRY(check_can_create(file));
  if (options.uart != "stdout" && options.uart != "pty")
    THIMBLE_TRY(check_can_create(options.uart));
  return pin_passes(options, {}).map([](const auto&) {});
}

base::Result<> write_files(const Options& options, const sim::Machine& machine,
                           const SimReport& report,
                           std::span<const sim::InstructionCost> instructions) {
  const sim::PowerTrace& trace = report.result.power;
  const sim::PinNaming naming = pin_naming(report.board);
  if (!options.callgrind.empty())
    THIMBLE_TRY(base::write_file(
        options.callgrind,
        sim::callgrind_text(machine.elf(), report.result.profile, instructions,
                            fmt::format("{} on {}", options.firmware, report.board.name))));
  if (!options.vcd.empty())
    THIMBLE_TRY(base::write_file(
        options.vcd, sim::vcd_text(trace.pins, trace.clock_hz, trace.end_cycles, naming)));
  if (!options.trace_csv.empty()) {
    THIMBLE_ASSIGN(const std::string csv, sim::current_log_csv(trace, naming));
    THIMBLE_TRY(base::write_file(options.trace_csv, csv));
  }
  return {};
}

base::Result<sim::UartScript> uart_script(const Options& options) {
  if (options.uart_input.empty()) return sim::UartScript{};
  std::string text;
  if (options.uart_input.starts_with('@')) {
    THIMBLE_ASSIGN(text, base::read_text_file(options.uart_input.substr(1)));
  } else {
    THIMBLE_ASSIGN(text, sim::unescape(options.uart_input));
  }
  return sim::UartScript(text, options.uart_prompt);
}

base::Result<int> run(const Options& options) {
  THIMBLE_TRY(check_options(options));
  THIMBLE_ASSIGN(board::Board board, board::load_board(options.board));
  THIMBLE_ASSIGN(const board::Core core, board::load_core(board.core));
  THIMBLE_ASSIGN(sim::Elf elf, sim::load_firmware(options.firmware, board.flash().base));
  THIMBLE_ASSIGN(sim::Machine machine, sim::Machine::create(board, core, std::move(elf)));

  Console console(options, board);
  sim::SessionOptions session;
  session.max_cycles = cycle_limit(options, board);
  session.from = options.from;
  session.to = options.to;
  session.on_output = [&](std::string_view text) { console.show_output(text); };

  std::string uart_text;  // what the object of --json says
  THIMBLE_ASSIGN(UartOutput uart,
                 UartOutput::open(
                     options.uart,
                     [&](std::string_view text) {
                       uart_text += text;
                       console.show_output(text);
                     },
                     [](std::string_view notice) { fmt::print(stderr, "{}\n", notice); }));
  THIMBLE_ASSIGN(sim::UartScript script, uart_script(options));
  machine.push_uart_input(script.start());
  // Not answered at once: the program is still busy sending the line that ends with the prompt.
  std::string answers;
  machine.set_uart_sink([&](char byte) {
    uart.send(std::string_view(&byte, 1));
    answers += script.answer(byte);
  });
  session.on_progress = [&](uint64_t cycles) {
    console.show_progress(cycles);
    const std::string input = std::exchange(answers, {}) + uart.receive();
    if (!input.empty()) machine.push_uart_input(input);
  };

  SimReport report;
  THIMBLE_ASSIGN(report.result, sim::run_session(machine, board, session));
  machine.set_uart_sink({});
  THIMBLE_TRY(uart.finish());
  console.finish();
  report.firmware = std::filesystem::path(options.firmware).filename().string();
  report.board = std::move(board);
  report.timing_version = core.timing_version;
  report.output = machine.output();
  report.uart = std::move(uart_text);
  report.trace_text = machine.trace_text();
  report.from = options.from;
  report.to = options.to;
  report.from_pin = options.from_pin;
  report.to_pin = options.to_pin;
  report.top = options.top;
  THIMBLE_ASSIGN(report.pin_passes, pin_passes(options, report.result.power));

  std::vector<sim::InstructionCost> instructions;
  if (options.lines || !options.callgrind.empty()) {
    THIMBLE_ASSIGN(auto pipeline, sim::PipelineModel::create(core));
    instructions = sim::instruction_costs(report.result.profile, *pipeline,
                                          [&](uint32_t address, std::span<std::byte> bytes) {
                                            return machine.read_memory(address, bytes).has_value();
                                          });
  }
  if (options.lines) report.lines = sim::line_costs(machine.elf(), instructions);
  THIMBLE_TRY(write_files(options, machine, report, instructions));
  if (options.json)
    print_json(sim_json(report));
  else
    print_sim(report);
  return exit_status(report.result.stop);
}

}  // namespace

Command add_sim(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "sim", "Run any firmware on a simulated board, and show where its cycles go");
  app->add_option("FIRMWARE", options->firmware,
                  "A linked Arm ELF file, best built with -g; or Intel HEX, or the flash as .bin")
      ->required()
      ->type_name("FILE");
  app->add_option("--board", options->board, "A name that 'thimble boards' lists, or FILE.toml")
      ->required();
  app->add_option("--max-cycles", options->max_cycles, "End the run after so many cycles")
      ->check(check_positive);
  app->add_option("--max-seconds", options->max_seconds,
                  "End the run after so many seconds of simulated time")
      ->check(check_positive);
  CLI::Option* from = app->add_option("--from", options->from,
                                      "Count the cycles of each pass from this function or label");
  CLI::Option* to = app->add_option("--to", options->to, "... to this one");
  from->needs(to);
  to->needs(from);
  CLI::Option* from_pin =
      app->add_option("--from-pin", options->from_pin,
                      "Count the cycles of each pass from this edge of a pin, as in PB5:rise");
  CLI::Option* to_pin = app->add_option("--to-pin", options->to_pin, "... to this one");
  from_pin->needs(to_pin);
  to_pin->needs(from_pin);
  app->add_option("--top", options->top, "Rows of the tables; 0: no tables")->capture_default_str();
  app->add_flag("--lines", options->lines, "Show the cycles of source lines (needs -g)");
  app->add_option("--callgrind", options->callgrind,
                  "Write the profile to this file, for KCachegrind");
  app->add_option("--vcd", options->vcd, "Write the trace pins to this file, for GTKWave");
  app->add_option("--trace-csv", options->trace_csv,
                  "Write current and trace pins to this file, 64,000 samples a second");
  app->add_option("--uart", options->uart,
                  "Where what the serial ports send goes: stdout, pty (a pseudo-terminal, which "
                  "also receives) or a file")
      ->capture_default_str();
  CLI::Option* uart_input =
      app->add_option("--uart-input", options->uart_input,
                      "What the serial port receives: text with escapes such as \\n, or @FILE");
  app->add_option("--uart-prompt", options->uart_prompt,
                  "Send the lines of --uart-input one by one, without their line feeds, each when "
                  "the program has sent this")
      ->needs(uart_input);
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  app->footer(
      "Exit status: the program's own exit code; 120 after a fault, 121 at a breakpoint, 122\n"
      "asleep for good, 123 after a reset by the program, 124 at the limit. 1 and 2 may also be "
      "errors of thimble itself, which\n"
      "print 'error:'. docs/sim.md explains the figures.");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
