#include "sweep/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "sweep/point.h"

namespace thimble::sweep {
namespace {

using base::ErrorCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class SpecTest : public ::testing::Test {
 protected:
  SpecTest() {
    EXPECT_TRUE(base::write_file(folder_.path() / "a.tflite", std::string("network a")));
    EXPECT_TRUE(base::write_file(folder_.path() / "b.tflite", std::string("network b")));
  }
  base::Result<Spec> read(const std::string& text) {
    EXPECT_TRUE(base::write_file(folder_.path() / "spec.toml", text));
    return read_spec(folder_.path() / "spec.toml");
  }
  // A program that any machine has, and that tells its version, for the compiler.
  Expansion expand_text(const std::string& text) {
    auto spec = read("compiler = 'true'\n" + text);
    EXPECT_TRUE(spec) << spec.error().to_string();
    auto expansion = expand(*spec);
    EXPECT_TRUE(expansion) << expansion.error().to_string();
    return *expansion;
  }
  void expect_problem(const std::string& text, const std::string& message) {
    auto spec = read(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(spec.error().to_string(), HasSubstr("spec.toml"));
    EXPECT_THAT(spec.error().to_string(), HasSubstr(message));
  }
  base::TemporaryDirectory folder_ = *base::TemporaryDirectory::create();
};

constexpr const char* kTwoNetworks =
    "boards = ['nucleo-l4r5zi']\n[[network]]\nmodels = ['*.tflite']\n";

TEST_F(SpecTest, FindsFilesAndNamesThem) {
  const auto spec = read(kTwoNetworks);
  ASSERT_TRUE(spec) << spec.error().to_string();
  ASSERT_EQ(spec->networks.size(), 2u);
  EXPECT_EQ(spec->networks[0].name, "a");
  EXPECT_EQ(spec->networks[1].name, "b");
  EXPECT_EQ(spec->store, folder_.path() / "spec.db");
  EXPECT_EQ(spec->quantizations.at(0).name, "none");
}

TEST_F(SpecTest, BracketsInNamesAreNoPatterns) {
  const auto outer = folder_.path() / "run [1]" / "nets[ab]*?";
  std::filesystem::create_directories(outer);
  for (const char* name : {"a[1].tflite", "a1.tflite"})
    ASSERT_TRUE(base::write_file(outer / name, std::string("network")));
  const auto spec_file = folder_.path() / "run [1]" / "spec.toml";
  const auto models = [&](const std::string& pattern) {
    EXPECT_TRUE(base::write_file(
        spec_file, "boards = ['nucleo-l4r5zi']\n[[network]]\nmodels = ['" + pattern + "']\n"));
    std::vector<std::string> names;
    const auto spec = read_spec(spec_file);
    EXPECT_TRUE(spec) << spec.error().to_string();
    if (spec)
      for (const Network& network : spec->networks) names.push_back(network.name);
    return names;
  };
  EXPECT_THAT(models("nets[ab]*?/*.tflite"), ElementsAre("a1", "a[1]"));
  EXPECT_THAT(models("nets[ab]*/a[1]*.tflite"), ElementsAre("a[1]"));
  EXPECT_THAT(models(outer.string() + "/a?.tflite"), ElementsAre("a1"));
}

TEST_F(SpecTest, SaysWhatIsWrongAndWhere) {
  const std::string base = kTwoNetworks;
  expect_problem("boards = [", "line 1");
  expect_problem("boards = ['x']\n", "network: this key is missing");
  expect_problem("kernel = ['tuned']\n" + base, "line 1: kernel: no such key");
  expect_problem("kernels = ['fast']\n" + base, "line 1: kernels: 'fast' is none of");
  expect_problem("kernels = []\n" + base, "line 1: kernels: expected at least one");
  expect_problem("fpu = [1]\n" + base, "line 1: fpu: expected an array of true and false");
  expect_problem("fpu = [true, true]\n" + base, "line 1: fpu: true is there twice");
  expect_problem("boards = []\n[[network]]\nmodels = ['a.tflite']\n", "line 1: boards");
  expect_problem("boards = ['x']\n[[network]]\nmodels = ['c.tflite']\n",
                 "line 3: network[0].models: no file matches 'c.tflite'");
  expect_problem(base + "name = 'x'\n", "name: names one network; models are 2");
  expect_problem(base + "[[quantization]]\nname = 'x'\noptions = ['-o', 'y']\n",
                 "'-o' is added by the sweep");
  expect_problem(base + "[[quantization]]\nname = 'x'\n[[quantization]]\nname = 'x'\n",
                 "'x' is there twice");
  expect_problem(base + "[[exclude]]\nbord = ['x']\n", "bord: no such key");
  expect_problem(base + "[[exclude]]\n", "an exclusion of everything");
  expect_problem("[[engine]]\nname='e'\nnetwork='n'\nelf='a.tflite'\nboards=['nucleo-l4r5zi']\n",
                 "give 'from' and 'to', or 'function'");
  EXPECT_EQ(read_spec(folder_.path() / "missing.toml").error().code, ErrorCode::kNotFound);
}

TEST_F(SpecTest, UnknownBoardIsAnErrorOfTheSpecification) {
  const auto spec =
      read("compiler = 'true'\nboards = ['nucleo-l4r5zj']\n[[network]]\nmodels = ['a.tflite']\n");
  ASSERT_TRUE(spec);
  const auto expansion = expand(*spec);
  ASSERT_FALSE(expansion);
  EXPECT_EQ(expansion.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(expansion.error().hint, HasSubstr("nucleo-l4r5zi"));
}

TEST_F(SpecTest, CombinesEverythingOnce) {
  const Expansion all = expand_text(
      "boards = ['nucleo-l4r5zi', 'nucleo-g0b1re']\n"
      "kernels = ['reference', 'optimized']\n"
      "prefer = ['speed', 'size']\n"
      "fpu = [true, false]\n"
      "[[network]]\nmodels = ['*.tflite']\n"
      "[[quantization]]\nname = 'none'\n"
      "[[quantization]]\nname = 'full'\noptions = ['--quantize', 'full']\n");
  // For each network and quantization: (1 reference + 2 preferences) x (2 + 1 settings of the FPU).
  EXPECT_EQ(all.points.size(), 2u * 2u * 3u * 3u);
  EXPECT_EQ(all.same, 2u * 2u * 16u - all.points.size());
  EXPECT_EQ(all.excluded, 0u);
}

TEST_F(SpecTest, LeavesOutWhatIsExcluded) {
  const Expansion some = expand_text(
      "boards = ['nucleo-l4r5zi', 'nrf52840dk']\n"
      "[[network]]\nmodels = ['*.tflite']\n"
      "[[exclude]]\nnetwork = ['a', 'x']\nboard = ['nucleo-*']\n");
  EXPECT_EQ(some.points.size(), 3u);
  EXPECT_EQ(some.excluded, 1u);
}

TEST_F(SpecTest, KeysFollowFromWhatCounts) {
  const std::string base = "boards = ['nucleo-l4r5zi']\n";
  const std::string network = "[[network]]\nmodels = ['a.tflite']\n";
  const auto key = [&](const std::string& text) { return expand_text(text).points.at(0).key(); };
  const std::string first = key(base + network);
  EXPECT_EQ(key(base + network), first);
  EXPECT_EQ(key(base + "store = 'elsewhere.db'\n" + network), first);
  EXPECT_NE(key(base + "optimization = ['-Os']\n" + network), first);
  EXPECT_NE(key(base + "kernels = ['tuned']\n" + network), first);
  EXPECT_NE(key(base + "fpu = [false]\n" + network), first);
  EXPECT_NE(key("boards = ['nrf52840dk']\n" + network), first);
  EXPECT_NE(key(base + network + "data = 'mnist:x'\n"), first);
  EXPECT_NE(key(base + network + "[[quantization]]\nname='x'\noptions=['--quantize', 'mixed']\n"),
            first);
  ASSERT_TRUE(base::write_file(folder_.path() / "a.tflite", std::string("another")));
  EXPECT_NE(key(base + network), first);
}

TEST_F(SpecTest, KeysFollowFromWhatDataSetsHold) {
  const auto set = folder_.path() / "sounds" / "normal";
  std::filesystem::create_directories(set);
  const auto write = [&](const char* name, const std::string& content) {
    ASSERT_TRUE(base::write_file(set / name, content));
  };
  write("a.wav", "one");
  write("b.wav", "two");
  const std::string text =
      "boards = ['nucleo-l4r5zi']\n[[network]]\nmodels = ['a.tflite']\n"
      "data = 'wav:sounds?skip=1'\ncalibrate = 'idx:sounds/normal/b.wav,missing'\n"
      "[[quantization]]\nname='none'\n"
      "[[quantization]]\nname='full'\noptions=['--quantize', 'full']\n";
  const auto keys = [&] {
    std::vector<std::string> found;
    for (const Point& point : expand_text(text).points) found.push_back(point.key());
    return found;
  };
  const auto first = keys();
  write("a.wav", "ONE");
  EXPECT_NE(keys()[0], first[0]) << "the accuracy is another one";
  write("a.wav", "one");
  EXPECT_EQ(keys(), first) << "what they hold counts, not when they were written";
  write("c.wav", "");
  EXPECT_NE(keys()[0], first[0]);
  std::filesystem::rename(set / "c.wav", set / ".c.wav");
  EXPECT_EQ(keys(), first) << "readers of data sets do not see hidden files";
  ASSERT_TRUE(base::write_file(folder_.path() / "missing", std::string("there now")));
  EXPECT_EQ(keys()[0], first[0]) << "nothing is calibrated here";
  EXPECT_NE(keys()[1], first[1]);
}

TEST_F(SpecTest, CommandsSayHowToGetTheSame) {
  const Expansion all = expand_text(
      "boards = ['nucleo-l4r5zi']\nfpu = [false]\noptimization = ['-Ofast']\n"
      "[[network]]\nmodels = ['zoo:mobilenet-v1?type=float32&width=0.25']\n"
      "calibrate = 'mnist:a b'\ndata = 'mnist:x'\nsamples = 100\n"
      "[[quantization]]\nname = 'full'\noptions = ['--quantize', 'full']\n");
  const Point& point = all.points.at(0);
  const std::string short_key = point.key().substr(0, 12);
  EXPECT_EQ(point.record.run.network, "mobilenet-v1?type=float32&width=0.25");
  EXPECT_EQ(point.record.run.command,
            fmt::format("cd {1} && thimble zoo mobilenet-v1 --type float32 --width 0.25"
                        " -o /tmp/thimble-{0}.zoo.tflite"
                        " && thimble optimize /tmp/thimble-{0}.zoo.tflite --quantize full"
                        " --calibrate 'mnist:a b' -o /tmp/thimble-{0}.tflite"
                        " && thimble eval /tmp/thimble-{0}.tflite --data mnist:x --samples 100"
                        " && thimble bench /tmp/thimble-{0}.tflite --board nucleo-l4r5zi"
                        " --prefer balanced --opt -Ofast --no-fpu --cc true --json",
                        short_key, folder_.path().string()));
}

}  // namespace
}  // namespace thimble::sweep
