// What a sweep is to measure, as its TOML file says it. docs/sweep.md describes the file.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace thimble::sweep {

// One network, and the data that it is calibrated with and tried on.
struct Network {
  std::string name = {};
  std::string model = {};      // a file, or zoo:NAME?OPTION=VALUE&...
  std::string calibrate = {};  // a data set's specification; empty: none
  std::string data = {};       // likewise, for the accuracy
  int64_t samples = 0;         // only the first of `data`; 0: all
  std::string tags = "{}";     // for store::Run
};

// How networks are made smaller: options of `thimble optimize`, none to build them as they are.
struct OptionSet {
  std::string name = "none";
  std::vector<std::string> options;
};

// A firmware of other origin. One inference is what lies between two symbols, or a call of the
// outermost function whose name contains `function`.
struct Engine {
  std::string name, network, elf;
  std::string from, to, function;
  std::vector<std::string> boards;
};

// What a point must be like to be left out: shell patterns by axis ("network", "board", ...).
using Exclusion = std::map<std::string, std::vector<std::string>>;

struct Spec {
  std::filesystem::path folder;  // against which its files are named, and commands run
  std::filesystem::path store;
  std::vector<Network> networks;
  std::vector<OptionSet> quantizations = {OptionSet()};
  std::vector<std::string> boards;
  std::vector<std::string> kernels = {"optimized"};  // reference, optimized, tuned
  std::vector<std::string> prefer = {"balanced"};
  std::vector<std::string> optimization = {"-O2"};
  std::vector<bool> fpu = {true};
  std::string compiler = "arm-none-eabi-g++";
  std::vector<Engine> engines;
  std::vector<Exclusion> exclusions;
};

// The names of the axes, as exclusions use them.
const std::vector<std::string>& axes();

// Errors: kInvalidArgument, with file, line and key; kNotFound for the file.
base::Result<Spec> read_spec(const std::filesystem::path& file);

}  // namespace thimble::sweep
