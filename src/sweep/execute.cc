#include "sweep/execute.h"

#include <sys/utsname.h>

#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/sha256.h"
#include "base/subprocess.h"
#include "base/version.h"
#include "sweep/cache.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr const char* kSchema = "thimble-point/1";
constexpr size_t kMaxTailBytes = 2000;
constexpr size_t kMaxPrintedBytes = size_t{64} << 20;  // of one command

struct Failure {
  std::string code, message, output;
  std::optional<int> exit_status = {};
};

template <typename T>
using Outcome = tl::expected<T, Failure>;

tl::unexpected<Failure> failure_of(const base::Error& error) {
  return tl::unexpected(Failure{base::error_code_name(error.code), error.to_string(), {}});
}

// The last lines, as valid UTF-8 as the text was.
std::string tail(const std::string& text) {
  if (text.size() <= kMaxTailBytes) return text;
  const size_t line = text.find('\n', text.size() - kMaxTailBytes);
  return text.substr(line == std::string::npos ? text.size() - kMaxTailBytes : line + 1);
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

json result_frame(const Point& point) {
  utsname machine{};
  ::uname(&machine);
  return {{"schema", kSchema},
          {"key", point.key()},
          {"host", machine.nodename},
          {"system", fmt::format("{} {} {}", machine.sysname, machine.release, machine.machine)},
          {"started_at", utc_now()},
          {"seconds", 0.0}};
}

json failure_json(const Failure& failure) {
  json object = {{"code", failure.code}, {"message", failure.message}, {"output", failure.output}};
  if (failure.exit_status) object["exit_status"] = *failure.exit_status;
  return object;
}

Failure failure_of_json(const json& object) {
  Failure failure{object.at("code"), object.at("message"), object.at("output")};
  if (object.contains("exit_status")) failure.exit_status = object.at("exit_status").get<int>();
  return failure;
}

void set_failure(json& result, const Failure& failure) {
  result["failure"] = failure_json(failure);
}

std::string text_of(const json& result) {
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

// What a command that ended badly says about it.
Failure describe_failure(const json& printed, const base::ProcessOutput& ended) {
  Failure failure{"crash", {}, tail(ended.errors), ended.exit_code};
  if (printed.is_object() && printed.contains("error") && printed["error"].is_object()) {
    failure.code = printed["error"].value("code", failure.code);
    failure.message = printed["error"].value("message", "");
  } else if (ended.exit_code >= 128) {
    const int signal = ended.exit_code - 128;
    failure.message = fmt::format("ended by signal {} ({})", signal, ::strsignal(signal));
  } else if (ended.exit_code == 2) {
    failure.code = base::error_code_name(base::ErrorCode::kInvalidArgument);
    failure.message = ended.errors.substr(0, ended.errors.find('\n'));
  } else {
    failure.message = fmt::format("ended with exit status {} and no result", ended.exit_code);
  }
  return failure;
}

class Execution {
 public:
  Execution(const Point& point, const WorkFolder& work, const ExecuteOptions& options)
      : point_(point),
        work_(work),
        options_(options),
        ids_(cache_ids(point)),
        deadline_(Clock::now() + options.timeout) {}

  // Adds what the commands print to `result`.
  Outcome<void> run(json& result) {
    if (!point_.sim.empty()) return simulate(result);
    std::string model = point_.model;  // as far as it is made
    if (!point_.zoo.empty()) {
      auto made = make_model({"zoo"}, point_.zoo, ids_.made, model);
      if (!made) return tl::unexpected(made.error());
    }
    if (!point_.optimize.empty()) {
      auto made = make_model({"optimize", model}, point_.optimize, ids_.smaller, model);
      if (!made) return tl::unexpected(made.error());
      result["optimize"] = std::move(*made);
    }
    auto bytes = base::read_file(model);
    if (!bytes) return failure_of(bytes.error());
    result["model"] = {{"sha256", base::sha256_hex(*bytes)}, {"file_bytes", bytes->size()}};
    if (!point_.eval.empty()) {
      auto printed = evaluate(model);
      if (!printed) return tl::unexpected(printed.error());
      result["eval"] = std::move(*printed);
    }
    Arguments bench = {"bench", model};
    bench.insert(bench.end(), point_.bench.begin(), point_.bench.end());
    auto printed = command(bench);
    if (!printed) return tl::unexpected(printed.error());
    result["bench"] = std::move(*printed);
    if (result["bench"].value("outputs_match_host", false)) return {};
    return tl::unexpected(Failure{"outputs_differ",
                                  "the outputs differ from the host's: " +
                                      result["bench"].value("first_output_difference", ""),
                                  {}});
  }

 private:
  // Makes the network once for all points that need it; `model` becomes its file.
  Outcome<json> make_model(Arguments words, const Arguments& options, const std::string& id,
                           std::string& model) {
    const fs::path file = work_.cache() / (id + ".tflite");
    // Removed, or empty after a power failure: made again.
    std::error_code missing;
    if (const auto bytes = fs::file_size(file, missing); missing || bytes == 0)
      fs::remove(work_.cache() / (id + ".json"), missing);
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"-o", file.string()});
    model = file.string();
    return once(id, words);
  }

  Outcome<json> evaluate(const std::string& model) {
    Arguments words = {"eval", model};
    words.insert(words.end(), point_.eval.begin(), point_.eval.end());
    words.insert(words.end(), {"--threads", fmt::format("{}", options_.eval_threads)});
    return once(ids_.accuracy, words);
  }

  // The command's output, from the cache if it has run before. Its other file is written before.
  // What has failed in this sweep fails again without a try.
  Outcome<json> once(const std::string& id, const Arguments& words) {
    const auto asked_at = Clock::now();
    auto lock = FileLock::take(work_.cache() / (id + ".lock"));
    if (!lock) return failure_of(lock.error());
    deadline_ += Clock::now() - asked_at;  // another point's time, which makes the same
    const fs::path kept = work_.cache() / (id + ".json");
    if (auto text = base::read_text_file(kept)) {
      json printed = json::parse(*text, nullptr, false);
      if (printed.is_object()) return printed;
    }
    const fs::path failed = options_.failures / (id + ".failed.json");
    if (!options_.failures.empty())
      if (auto text = base::read_text_file(failed))
        return tl::unexpected(failure_of_json(json::parse(*text)));
    // A lack of time is everybody's only where no other step had taken some of it before.
    const bool had_all_time =
        deadline_ - Clock::now() + std::chrono::seconds(1) >= options_.timeout;
    auto printed = command(words);
    if (!printed) {
      const bool is_late = printed.error().code == base::error_code_name(base::ErrorCode::kLimit);
      if (!options_.failures.empty() && (had_all_time || !is_late))
        (void)base::write_file(failed, text_of(failure_json(printed.error())));  // else tried again
      return printed;
    }
    if (auto written = base::write_file(kept, text_of(*printed)); !written)
      return failure_of(written.error());
    return printed;
  }

  Outcome<json> command(const Arguments& words) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(deadline_ - Clock::now());
    // Files that a killed program leaves behind are found, and removed, in the work folder.
    // By sh, as env would take a program with = in its path for a variable.
    Arguments argv = {"env",
                      "TMPDIR=" + work_.temporary().string(),
                      "sh",
                      "-c",
                      R"(exec "$0" "$@")",
                      options_.program.string()};
    argv.insert(argv.end(), words.begin(), words.end());
    argv.push_back("--json");
    auto ended =
        base::run_process(argv, point_.folder, left, base::StandardError::kApart, kMaxPrintedBytes);
    if (!ended && ended.error().code == base::ErrorCode::kLimit)
      return tl::unexpected(Failure{base::error_code_name(base::ErrorCode::kLimit),
                                    fmt::format("'thimble {}' did not finish: the point may take "
                                                "{} s (--timeout)",
                                                words[0], options_.timeout.count()),
                                    {}});
    if (!ended) return failure_of(ended.error());
    json printed = json::parse(ended->output, nullptr, false);
    // `sim` ends with the status of its program, `bench` with 1 when outputs differ.
    if (printed.is_object() && !printed.contains("error")) return printed;
    if (printed.is_discarded() && ended->is_cut)
      return tl::unexpected(Failure{base::error_code_name(base::ErrorCode::kLimit),
                                    fmt::format("'thimble {}' printed more than the {} MiB that a "
                                                "sweep takes in",
                                                words[0], kMaxPrintedBytes >> 20),
                                    tail(ended->errors)});
    return tl::unexpected(describe_failure(printed, *ended));
  }

  Outcome<void> simulate(json& result) {
    Arguments words = {"sim"};
    words.insert(words.end(), point_.sim.begin(), point_.sim.end());
    auto printed = command(words);
    if (!printed) return tl::unexpected(printed.error());
    result["sim"] = std::move(*printed);
    return {};
  }

  const Point& point_;
  const WorkFolder& work_;
  const ExecuteOptions& options_;
  const CacheIds ids_;
  Clock::time_point deadline_;
};

}  // namespace

std::string execute_point(const Point& point, const WorkFolder& work,
                          const ExecuteOptions& options) {
  json result = result_frame(point);
  const auto start = Clock::now();
  try {
    auto outcome = Execution(point, work, options).run(result);
    if (!outcome) set_failure(result, outcome.error());
  } catch (const json::exception& error) {  // a command has printed something else than it should
    set_failure(result, {base::error_code_name(base::ErrorCode::kMalformed), error.what(), {}});
  }
  result["seconds"] = std::chrono::duration<double>(Clock::now() - start).count();
  return text_of(result);
}

std::string failed_result(const Point& point, std::string_view code, std::string_view message) {
  json result = result_frame(point);
  set_failure(result, {std::string(code), std::string(message), {}});
  return text_of(result);
}

}  // namespace thimble::sweep
