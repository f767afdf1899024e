#include "sweep/point.h"

#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/sha256.h"
#include "base/subprocess.h"
#include "base/version.h"
#include "board/board.h"
#include "sim/machine.h"
#include "sweep/command_text.h"
#include "sweep/data_id.h"
#include "sweep/work_folder.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kZoo = "zoo:";
constexpr std::string_view kNone = "-";
// Changes with the meaning of a point's parts.
constexpr const char* kKeyVersion = "thimble-point/2";
constexpr std::string_view kCalibrate = "--calibrate";
constexpr const char* kEngineSeconds = "60";  // of simulated time, when the firmware never ends

struct BoardChoice {
  std::string argument;  // of --board
  store::Board row;
  bool has_fpu;
};

struct Source {
  store::Model row;
  Arguments zoo;
};

Result<BoardChoice> read_board(const std::string& name, const fs::path& folder) {
  BoardChoice choice;
  choice.argument = name.ends_with(".toml") ? (folder / name).lexically_normal().string() : name;
  auto board = board::load_board(choice.argument);
  if (!board) {
    base::Error error = board.error();
    error.code = ErrorCode::kInvalidArgument;
    return base::fail(std::move(error));
  }
  THIMBLE_ASSIGN(const board::Core core, board::load_core(board->core));
  choice.has_fpu = board->fpu && !core.fpu.empty();
  store::Board& row = choice.row;
  row.sha256 = content_id({board->toml, core.timing_toml});
  row.name = board->name;
  row.description = board->description;
  row.core = board->core;
  row.fpu = choice.has_fpu;
  row.clock_hz = static_cast<int64_t>(board->clock_hz);
  row.flash_bytes = board->flash().size_bytes;
  row.ram_bytes = board->ram().size_bytes;
  row.active_mw = board->power.active_mw;
  row.sleep_mw = board->power.sleep_mw;
  row.supply_v = board->power.supply_v;
  row.power_source = board->power.source;
  row.timing_version = core.timing_version;
  row.memory_timing_version = sim::kMemoryTimingVersion;
  return choice;
}

Result<store::Model> read_file_row(const std::string& file, const std::string& name) {
  THIMBLE_ASSIGN(const base::Bytes bytes, base::read_file(file));
  store::Model row;
  row.sha256 = base::sha256_hex(bytes);
  row.name = name;
  row.file_bytes = static_cast<int64_t>(bytes.size());
  return row;
}

// "zoo:mobilenet-v1?width=0.25" as the arguments of `thimble zoo`. The file is not made yet: what
// it will be follows from these and the version.
Source zoo_source(const Network& network) {
  const std::string text = network.model.substr(kZoo.size());
  const size_t question = std::min(text.find('?'), text.size());
  Source source;
  source.zoo = {text.substr(0, question)};
  for (size_t at = question; at < text.size();) {
    const size_t end = std::min(text.find('&', at + 1), text.size());
    const std::string option = text.substr(at + 1, end - at - 1);
    const size_t equals = std::min(option.find('='), option.size());
    source.zoo.push_back("--" + option.substr(0, equals));
    if (equals < option.size()) source.zoo.push_back(option.substr(equals + 1));
    at = end;
  }
  source.row.name = network.name;
  source.row.options = network.model;
  source.row.sha256 = content_id({std::string(base::version()), network.model});
  return source;
}

Result<Source> read_source(const Network& network) {
  if (network.model.starts_with(kZoo)) return zoo_source(network);
  Source source;
  THIMBLE_ASSIGN(source.row, read_file_row(network.model, network.name));
  return source;
}

// The first line of what the compiler says about itself.
Result<std::string> compiler_version(const std::string& compiler, const fs::path& folder) {
  auto answer = base::run_process({compiler, "--version"}, folder);
  if (!answer || answer->exit_code != 0)
    return base::fail(base::Error(ErrorCode::kNotFound,
                                  fmt::format("cannot run the compiler {}", compiler),
                                  "install gcc-arm-none-eabi, or name another one as 'compiler'"));
  return answer->output.substr(0, answer->output.find('\n'));
}

// The data set that options of `thimble optimize` name; empty: none.
std::string calibration_of(const Arguments& options) {
  for (size_t i = 0; i < options.size(); ++i) {
    if (options[i] == kCalibrate && i + 1 < options.size()) return options[i + 1];
    if (options[i].starts_with(std::string(kCalibrate) + "="))
      return options[i].substr(kCalibrate.size() + 1);
  }
  return {};
}

bool is_excluded(const store::Run& run, const std::vector<Exclusion>& exclusions) {
  const std::map<std::string, std::string> values = {{"engine", run.engine},
                                                     {"network", run.network},
                                                     {"quantization", run.quantization},
                                                     {"board", run.board},
                                                     {"kernels", run.kernels},
                                                     {"prefer", run.prefer},
                                                     {"optimization", run.optimization},
                                                     {"fpu", run.fpu ? "true" : "false"}};
  return std::ranges::any_of(exclusions, [&](const Exclusion& exclusion) {
    return std::ranges::all_of(exclusion, [&](const auto& wanted) {
      const std::string& value = values.at(wanted.first);
      return std::ranges::any_of(wanted.second, [&](const std::string& pattern) {
        return value == pattern || ::fnmatch(pattern.c_str(), value.c_str(), 0) == 0;
      });
    });
  });
}

class Expander {
 public:
  Expander(const Spec& spec, FileDigests& digests) : spec_(spec), digests_(digests) {}

  Result<Expansion> expand() {
    if (!spec_.networks.empty()) {
      THIMBLE_ASSIGN(compiler_version_, compiler_version(spec_.compiler, spec_.folder));
      THIMBLE_TRY(add_networks());
    }
    for (const Engine& engine : spec_.engines) THIMBLE_TRY(add_engine(engine));
    return std::move(expansion_);
  }

 private:
  Result<> add_networks() {
    std::vector<BoardChoice> boards;
    for (const std::string& name : spec_.boards) {
      THIMBLE_ASSIGN(BoardChoice board, read_board(name, spec_.folder));
      boards.push_back(std::move(board));
    }
    for (const Network& network : spec_.networks) {
      THIMBLE_ASSIGN(const Source source, read_source(network));
      const std::string data =
          data_id(network.data, spec_.folder, digests_, &expansion_.unreadable);
      for (const OptionSet& set : spec_.quantizations) {
        Point point = prepare(network, source, set);
        point.data_id = data;
        for (const BoardChoice& board : boards) add_builds(point, source, board);
      }
    }
    return {};
  }

  // What all boards and ways to build have in common.
  Point prepare(const Network& network, const Source& source, const OptionSet& set) {
    Point point;
    point.folder = spec_.folder;
    point.zoo = source.zoo;
    point.model = network.model;
    point.optimize = set.options;
    if (!set.options.empty() && !network.calibrate.empty() && calibration_of(set.options).empty())
      point.optimize.insert(point.optimize.end(), {std::string(kCalibrate), network.calibrate});
    point.calibration_id =
        data_id(calibration_of(point.optimize), spec_.folder, digests_, &expansion_.unreadable);
    if (!network.data.empty()) point.eval = {"--data", network.data};
    if (!network.data.empty() && network.samples > 0)
      point.eval.insert(point.eval.end(), {"--samples", fmt::format("{}", network.samples)});
    store::Run& run = point.record.run;
    run.network = network.name;
    run.quantization = set.name;
    run.tags = network.tags;
    return point;
  }

  void add_builds(Point point, const Source& source, const BoardChoice& board) {
    store::Run& run = point.record.run;
    for (const std::string& kernels : spec_.kernels)
      for (const std::string& prefer : spec_.prefer)
        for (const std::string& optimization : spec_.optimization)
          for (const bool fpu : spec_.fpu) {
            run.kernels = kernels;
            run.prefer = kernels == "reference" ? kNone : prefer;
            run.optimization = optimization;
            run.fpu = fpu && board.has_fpu;
            add_build(point, source, board);
          }
  }

  void add_build(Point point, const Source& source, const BoardChoice& board) {
    const store::Run& run = point.record.run;
    if (run.kernels == "reference") point.bench = {"--kernels", "reference"};
    if (run.prefer != kNone) point.bench = {"--prefer", run.prefer};
    if (run.kernels == "tuned") point.bench.push_back("--tune");
    point.bench.insert(point.bench.end(), {"--opt", run.optimization});
    if (!run.fpu && board.has_fpu) point.bench.push_back("--no-fpu");
    std::vector<std::string> parts = {kKeyVersion, compiler_version_, source.row.sha256,
                                      "optimize"};
    parts.insert(parts.end(), point.optimize.begin(), point.optimize.end());
    parts.insert(parts.end(), {point.calibration_id, "eval"});
    parts.insert(parts.end(), point.eval.begin(), point.eval.end());
    parts.insert(parts.end(), {point.data_id, "bench"});
    parts.insert(parts.end(), point.bench.begin(), point.bench.end());
    if (spec_.compiler != Spec().compiler)
      point.bench.insert(point.bench.end(), {"--cc", spec_.compiler});
    point.bench.insert(point.bench.begin(), {"--board", board.argument});
    point.record.models = {source.row};
    point.record.run.source_sha256 = source.row.sha256;
    add(std::move(point), std::move(parts), board);
  }

  Result<> add_engine(const Engine& engine) {
    THIMBLE_ASSIGN(store::Model firmware, read_file_row(engine.elf, engine.name));
    firmware.kind = "firmware";
    for (const std::string& name : engine.boards) {
      THIMBLE_ASSIGN(const BoardChoice board, read_board(name, spec_.folder));
      Point point;
      point.folder = spec_.folder;
      point.function = engine.function;
      point.sim = {engine.elf, "--board", board.argument, "--max-seconds", kEngineSeconds};
      if (!engine.from.empty())
        point.sim.insert(point.sim.end(), {"--from", engine.from, "--to", engine.to});
      point.record.models = {firmware};
      store::Run& run = point.record.run;
      run.engine = engine.name;
      run.network = engine.network;
      run.quantization = run.kernels = run.prefer = run.optimization = kNone;
      run.source_sha256 = firmware.sha256;
      add(std::move(point), {kKeyVersion, firmware.sha256, engine.from, engine.to, engine.function},
          board);
    }
    return {};
  }

  void add(Point point, std::vector<std::string> parts, const BoardChoice& board) {
    store::Run& run = point.record.run;
    run.board = board.row.name;
    run.board_sha256 = board.row.sha256;
    if (is_excluded(run, spec_.exclusions)) {
      ++expansion_.excluded;
      return;
    }
    parts.insert(parts.end(), {std::string(base::version()), board.row.sha256, run.engine,
                               run.network, run.quantization});
    run.key = content_id(parts);
    if (!keys_.insert(run.key).second) {
      ++expansion_.same;
      return;
    }
    point.record.board = board.row;
    point.record.environment.thimble_version = base::version();
    point.record.environment.compiler_version = point.sim.empty() ? compiler_version_ : kNone;
    run.command = command_text(point);
    expansion_.points.push_back(std::move(point));
  }

  const Spec& spec_;
  FileDigests& digests_;
  std::string compiler_version_;
  Expansion expansion_;
  std::set<std::string> keys_;
};

}  // namespace

Result<Expansion> expand(const Spec& spec) {
  FileDigests digests(spec.store.empty() ? fs::path() : WorkFolder::digests_of(spec.store));
  auto expansion = expand(spec, digests);
  digests.save();
  return expansion;
}

Result<Expansion> expand(const Spec& spec, FileDigests& digests) {
  return Expander(spec, digests).expand();
}

std::string describe(const store::Run& run) {
  std::vector<std::string> words;
  if (run.engine != "thimble") words.push_back(run.engine);
  for (const std::string& word :
       {run.network, run.quantization, run.board, run.kernels, run.prefer, run.optimization})
    if (word != kNone) words.push_back(word);
  if (!run.fpu) words.push_back("no FPU");
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string content_id(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += fmt::format("{}:{}", part.size(), part);
  return base::sha256_hex(text);
}

}  // namespace thimble::sweep
