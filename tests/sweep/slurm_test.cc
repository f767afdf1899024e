// The points of a sweep as a job array on a cluster of one node give the rows of the local sweep.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/sweep/slurm_cluster.h"
#include "tests/sweep/sweeps.h"

namespace thimble {
namespace {

using ::testing::HasSubstr;
using testing::run_thimble;
using testing::SweepFolder;

// All columns but those that say when and how long.
std::map<std::string, nlohmann::json> rows(const std::filesystem::path& store) {
  std::map<std::string, nlohmann::json> rows;
  const auto exported = run_thimble({"store", "export", store, "--format", "json"});
  const auto object = nlohmann::json::parse(exported.output);
  for (nlohmann::json row : object.at("rows")) {
    row.erase("started_at");
    row.erase("seconds");
    rows[row.at("key")] = row;
  }
  return rows;
}

TEST(Slurm, GivesTheRowsOfTheLocalExecutor) {
  const auto cluster = testing::SlurmCluster::start();
  if (!cluster)
    GTEST_SKIP() << "needs Slurm (Debian: slurm-wlm, munge): " << cluster.error().to_string();
  const SweepFolder folder(6);
  // One that fails, so that failures are compared too.
  const auto spec = *base::read_text_file(folder.spec());
  ASSERT_TRUE(base::write_file(folder.path() / "broken.tflite", std::string("no network")));
  ASSERT_TRUE(base::write_file(
      folder.spec(),
      "boards = ['nucleo-l496zg']\n[[network]]\nmodels = ['broken.tflite']\n" + spec));
  const auto local = folder.path() / "local.db", slurm = folder.path() / "slurm.db";
  EXPECT_EQ(run_thimble({"sweep", folder.spec(), "--store", local}).exit_code, 1);
  const auto sweep = run_thimble({"sweep", folder.spec(), "--store", slurm, "--executor", "slurm"});
  EXPECT_EQ(sweep.exit_code, 1) << sweep.output << sweep.errors;
  EXPECT_THAT(sweep.output, HasSubstr("7 points: 6 measured now"));
  const auto expected = rows(local);
  EXPECT_EQ(expected.size(), 7u);
  EXPECT_EQ(rows(slurm), expected);
  for (const char* emptied : {"jobs", "results"})
    EXPECT_TRUE(std::filesystem::is_empty(slurm.string() + ".work/" + emptied)) << emptied;
}

TEST(Slurm, SaysWhenThereIsNone) {
  const SweepFolder folder(1);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", folder.path().c_str(), 1);
  const auto sweep = run_thimble({"sweep", folder.spec(), "--executor", "slurm"});
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(sweep.exit_code, 1);
  EXPECT_THAT(sweep.errors, HasSubstr("there is no sbatch here"));
  EXPECT_TRUE(folder.runs().empty());
}

}  // namespace
}  // namespace thimble
