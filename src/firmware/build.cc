#include <algorithm>
#include <future>
#include <thread>

#include "base/subprocess.h"
#include "firmware/firmware.h"

namespace thimble::firmware {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

const std::vector<std::string> kCompileFlags = {
    "-std=c++17", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables", "-fno-threadsafe-statics", "-ffunction-sections",
    "-fdata-sections",
    // -Ofast must not change what integers come out, nor
    // how NaN and infinity are treated.
    "-fno-reciprocal-math", "-fno-finite-math-only", "-g1"};
const std::vector<std::string> kLinkFlags = {"-nostdlib", "-nostartfiles", "-Wl,--gc-sections"};

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// The part of the compiler's output that names the trouble; the rest is usually repetition.
std::string first_messages(const std::string& output) {
  constexpr size_t kMaxBytes = 2000;
  return output.size() <= kMaxBytes ? output : output.substr(0, kMaxBytes) + "\n[...]";
}

Result<> run_compiler(const std::vector<std::string>& argv, const fs::path& directory,
                      std::string_view what) {
  auto result = base::run_process(argv, directory);
  if (!result) {
    base::Error error = std::move(result).error();
    if (error.code == ErrorCode::kNotFound)
      error.hint =
          "install the Debian package gcc-arm-none-eabi, or name another compiler with --cc";
    return base::fail(std::move(error));
  }
  if (result->exit_code != 0)
    return base::fail(ErrorCode::kToolFailed, "{} failed to {} (exit status {}):\n{}", argv[0],
                      what, result->exit_code, first_messages(result->output));
  return {};
}

// Every command runs; the first error in the order of `commands` is returned.
Result<> compile_in_parallel(const std::vector<std::vector<std::string>>& commands,
                             const fs::path& directory) {
  size_t workers = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::future<Result<>>> running;
  for (size_t w = 0; w < workers; ++w)
    running.push_back(std::async(std::launch::async, [&, w]() -> Result<> {
      for (size_t i = w; i < commands.size(); i += workers)
        THIMBLE_TRY(run_compiler(commands[i], directory, "compile " + commands[i].back()));
      return {};
    }));
  Result<> outcome;
  for (auto& worker : running) {
    Result<> result = worker.get();
    if (outcome && !result) outcome = std::move(result);
  }
  return outcome;
}

}  // namespace

std::vector<std::string> processor_flags(const board::Board& board, const board::Core& core,
                                         bool fpu) {
  std::vector<std::string> flags = {"-mcpu=" + core.cpu, "-mthumb"};
  if (fpu && board.fpu && !core.fpu.empty())
    append(flags, {"-mfloat-abi=hard", "-mfpu=" + core.fpu});
  else
    append(flags, {"-mfloat-abi=soft"});
  return flags;
}

Result<std::string> compiler_version(const std::string& compiler) {
  auto answer = base::run_process({compiler, "--version"});
  if (!answer || answer->exit_code != 0)
    return base::fail(base::Error(ErrorCode::kNotFound,
                                  fmt::format("cannot run the compiler {}", compiler),
                                  "install gcc-arm-none-eabi, or name another compiler"));
  return answer->output.substr(0, answer->output.find('\n'));
}

Result<Firmware> build_benchmark(const emit::EmittedModel& model, size_t arena_bytes,
                                 const board::Board& board, const board::Core& core,
                                 const BuildOptions& options) {
  THIMBLE_ASSIGN(base::TemporaryDirectory directory,
                 base::TemporaryDirectory::create("thimble-bench"));
  std::vector<emit::SourceFile> files = model.files;
  for (const char* app : {"apps/startup.cc", "apps/benchmark.cc"}) {
    THIMBLE_ASSIGN(emit::SourceFile file, emit::target_file(app));
    files.push_back(std::move(file));
  }
  files.push_back({"board.ld", linker_script(board)});
  THIMBLE_TRY(emit::write_files(directory.path(), files));

  std::vector<std::string> common = {options.compiler};
  append(common, processor_flags(board, core, options.fpu));
  common.push_back(options.optimization);
  std::vector<std::string> compile = common;
  append(compile, kCompileFlags);
  append(compile, {"-Iinclude", "-Isrc", fmt::format("-DTHIMBLE_MODEL={}", model.identifier),
                   fmt::format("-DTHIMBLE_HEADER=\"thimble_{}.h\"", model.identifier),
                   fmt::format("-DTHIMBLE_ARENA_BYTES={}", std::max<size_t>(arena_bytes, 1))});

  std::vector<std::vector<std::string>> commands;
  std::vector<std::string> link = common;
  for (const emit::SourceFile& file : files) {
    if (!file.path.ends_with(".cc")) continue;
    std::vector<std::string> command = compile;
    append(command, {"-c", "-o", file.path + ".o", file.path});
    commands.push_back(std::move(command));
    link.push_back(file.path + ".o");
  }
  // The model's own source is by far the largest: start it first.
  std::ranges::stable_sort(commands, std::greater{}, [&](const auto& command) {
    return fs::file_size(directory.path() / command.back());
  });
  THIMBLE_TRY(compile_in_parallel(commands, directory.path()));

  append(link, kLinkFlags);
  append(link, {"-Wl,-T,board.ld",
                fmt::format("-Wl,--defsym=thimble_stack_bytes={}", options.stack_bytes), "-lgcc",
                "-o", "firmware.elf"});
  THIMBLE_TRY(run_compiler(link, directory.path(), "link the firmware"));

  Firmware firmware{std::move(directory), {}, fmt::format("{}", fmt::join(compile, " "))};
  firmware.elf = firmware.directory.path() / "firmware.elf";
  return firmware;
}

}  // namespace thimble::firmware
