// simfuzz: random instructions on the simulated core and on QEMU, compared.
//
// Every case has a seed of its own, so `--case SEED` runs it again. Exit status: 0 no difference,
// 1 a difference, 2 something does not work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <thread>

#include "tools/accuracy/fuzz/digest.h"
#include "tools/accuracy/fuzz/generator.h"
#include "tools/accuracy/fuzz/report.h"

namespace thimble::accuracy {
namespace {

struct Options {
  std::vector<std::string> cores;
  uint64_t seed = 1;
  int seconds = 600;
  size_t cases = 0;  // of a batch; 0: as many as fit
  uint64_t only_case = 0;
  int max_findings = 1;
  bool digests = false;
};

// Seeds of cases: never 0, and different for each batch and core.
uint64_t case_seed(uint64_t seed, const std::string& core, uint64_t number) {
  uint64_t mixed = seed * 0x9E3779B97F4A7C15u + number;
  for (char c : core) mixed = mixed * 31 + static_cast<unsigned char>(c);
  return base::Random(mixed).next() | 1;
}

struct Progress {
  uint64_t cases = 0;
  uint64_t instructions = 0;
  int findings = 0;
};

class CoreFuzzer {
 public:
  CoreFuzzer(Simulators simulators, const Options& options)
      : simulators_(std::move(simulators)), options_(options) {}

  base::Result<> run_batch();
  base::Result<> run_one(uint64_t seed);
  const Progress& progress() const { return progress_; }
  const std::string& core() const { return simulators_.target().core; }

 private:
  Case make(uint64_t seed) const {
    return generate_case(simulators_.target().features, simulators_.target().ram_base, seed);
  }
  base::Result<> report(uint64_t seed, const Case& test);

  Simulators simulators_;
  const Options& options_;
  Progress progress_;
  uint64_t next_ = 0;
};

base::Result<> CoreFuzzer::report(uint64_t seed, const Case& test) {
  ++progress_.findings;
  THIMBLE_ASSIGN(const Case shorter, minimise(simulators_, test));
  THIMBLE_ASSIGN(const std::string text, describe(simulators_, shorter));
  fmt::print("{}: the simulators differ; again with --core {} --case {}\n{}", core(), core(), seed,
             text);
  std::fflush(stdout);
  return {};
}

base::Result<> CoreFuzzer::run_batch() {
  const size_t most = max_cases(simulators_.target());
  const size_t count = options_.cases ? std::min(options_.cases, most) : most;
  std::vector<uint64_t> seeds;
  std::vector<Case> cases;
  for (size_t i = 0; i < count; ++i) {
    seeds.push_back(case_seed(options_.seed, core(), next_++));
    cases.push_back(make(seeds.back()));
  }
  size_t begin = 0;
  while (begin < count) {
    const std::span rest = std::span(cases).subspan(begin);
    const CaseBatch batch(simulators_.target(), rest, simulators_.case_return());
    base::Result<Outcome> qemu = Outcome{};
    std::thread other([&] { qemu = simulators_.run_qemu(batch); });
    base::Result<Outcome> ours = simulators_.run_ours(batch);
    other.join();
    THIMBLE_TRY(qemu);
    THIMBLE_TRY(ours);
    const auto difference = first_difference(*qemu, *ours, rest.size(), simulators_.target());
    const size_t done = difference.value_or(rest.size());
    for (const Case& test : rest.first(done)) progress_.instructions += test.code.size();
    progress_.cases += done;
    if (!difference) break;
    THIMBLE_TRY(report(seeds[begin + done], rest[done]));
    if (progress_.findings >= options_.max_findings) break;
    begin += done + 1;
  }
  return {};
}

base::Result<> CoreFuzzer::run_one(uint64_t seed) {
  const Case test = make(seed);
  const CaseBatch batch(simulators_.target(), std::span(&test, 1), simulators_.case_return());
  THIMBLE_ASSIGN(const Outcome qemu, simulators_.run_qemu(batch));
  THIMBLE_ASSIGN(const Outcome ours, simulators_.run_ours(batch));
  if (first_difference(qemu, ours, 1, simulators_.target())) return report(seed, test);
  THIMBLE_ASSIGN(const std::string text, describe(simulators_, test));
  fmt::print("{}: no difference\n{}", core(), text);
  return {};
}

// The file that tests/accuracy compares with.
base::Result<int> print_digests() {
  fmt::print(
      "# What QEMU makes of the cases of digest.h; written by simfuzz --digests.\ncore;digest\n");
  for (const Target& target : targets()) {
    THIMBLE_ASSIGN(const Simulators simulators, Simulators::create(target));
    const std::vector<Case> cases = digest_cases(target);
    const CaseBatch batch(target, cases, simulators.case_return());
    THIMBLE_ASSIGN(const Outcome outcome, simulators.run_qemu(batch));
    THIMBLE_ASSIGN(const uint32_t digest, digest_of(outcome, target));
    fmt::print("{};{:08x}\n", target.core, digest);
  }
  return 0;
}

base::Result<int> run(const Options& options) {
  if (options.digests) return print_digests();
  using Clock = std::chrono::steady_clock;
  std::vector<CoreFuzzer> fuzzers;
  for (const Target& target : targets()) {
    if (!options.cores.empty() &&
        std::ranges::find(options.cores, target.core) == options.cores.end())
      continue;
    THIMBLE_ASSIGN(Simulators simulators, Simulators::create(target));
    fuzzers.emplace_back(std::move(simulators), options);
  }
  if (fuzzers.empty()) return base::fail(base::ErrorCode::kInvalidArgument, "no such core");
  if (options.only_case) {
    for (CoreFuzzer& fuzzer : fuzzers) THIMBLE_TRY(fuzzer.run_one(options.only_case));
  } else {
    const auto start = Clock::now();
    const auto deadline = start + std::chrono::seconds(options.seconds);
    bool going = true;
    while (going && Clock::now() < deadline) {
      for (CoreFuzzer& fuzzer : fuzzers) {
        if (Clock::now() >= deadline) break;
        THIMBLE_TRY(fuzzer.run_batch());
        if (fuzzer.progress().findings >= options.max_findings) going = false;
      }
    }
    const double minutes = std::chrono::duration<double>(Clock::now() - start).count() / 60;
    for (const CoreFuzzer& fuzzer : fuzzers)
      fmt::print("{}: {} cases, {} instructions, {} differences\n", fuzzer.core(),
                 fuzzer.progress().cases, fuzzer.progress().instructions,
                 fuzzer.progress().findings);
    uint64_t all = 0;
    for (const CoreFuzzer& fuzzer : fuzzers) all += fuzzer.progress().instructions;
    fmt::print("seed {}, {:.1f} minutes, {:.0f} instructions a minute\n", options.seed, minutes,
               static_cast<double>(all) / minutes);
  }
  int findings = 0;
  for (const CoreFuzzer& fuzzer : fuzzers) findings += fuzzer.progress().findings;
  return findings ? 1 : 0;
}

}  // namespace
}  // namespace thimble::accuracy

int main(int argc, char** argv) {
  thimble::accuracy::Options options;
  CLI::App app{"Runs random instructions on the simulated core and on QEMU and compares."};
  app.add_option("--core", options.cores, "only these cores (default: all)");
  app.add_option("--seed", options.seed, "of the whole run")->capture_default_str();
  app.add_option("--seconds", options.seconds, "stop after")->capture_default_str();
  app.add_option("--cases", options.cases, "in a batch (default: as many as fit)");
  app.add_option("--case", options.only_case, "run one case again");
  app.add_option("--findings", options.max_findings, "stop after this many differences")
      ->capture_default_str();
  app.add_flag("--digests", options.digests, "print tests/accuracy/qemu_digests.csv and end");
  CLI11_PARSE(app, argc, argv);
  auto status = thimble::accuracy::run(options);
  if (status) return *status;
  fmt::print(stderr, "error: {}\n", status.error().to_string());
  if (!status.error().hint.empty()) fmt::print(stderr, " hint: {}\n", status.error().hint);
  return 2;
}
