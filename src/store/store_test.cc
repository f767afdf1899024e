#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "base/files.h"
#include "store/columns.h"
#include "store/export.h"
#include "store/schema.h"

namespace thimble::store {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Record example(const std::string& key) {
  Record record;
  record.run.key = key;
  record.run.ok = true;
  record.run.network = "lenet";
  record.run.quantization = "full";
  record.run.kernels = "optimized";
  record.run.prefer = "balanced";
  record.run.optimization = "-O2";
  record.run.board = "nucleo-l4r5zi";
  record.run.source_sha256 = "source";
  record.run.model_sha256 = "built";
  record.run.board_sha256 = "board";
  record.run.environment_id = "environment";
  record.run.command = "thimble bench 'a, \"b\".tflite'";
  record.run.cycles = int64_t{1} << 40;
  record.run.latency_ms = 1.25;
  record.run.outputs_match = true;
  record.layers.resize(2);
  record.layers[0].op = "CONV_2D";
  record.layers[0].cycles = 7;
  record.layers[1].step = 1;
  record.layers[1].weights_in_ram = true;
  Buffer& buffer = record.buffers.emplace_back();
  buffer.size_bytes = 32;
  buffer.tensors = "x, y";
  Model& built = record.models.emplace_back();
  built.sha256 = "built";
  built.derived_from = "source";
  record.models.emplace_back().sha256 = "source";
  record.board.sha256 = "board";
  record.board.clock_hz = 120'000'000;
  record.environment = {"environment", "0.1", "gcc", "Linux"};
  return record;
}

class StoreTest : public ::testing::Test {
 protected:
  fs::path path() const { return folder_.path() / "a" / "store.db"; }
  Store open() {
    auto store = Store::open(path(), true);
    EXPECT_TRUE(store) << store.error().to_string();
    return std::move(*store);
  }
  base::TemporaryDirectory folder_ = *base::TemporaryDirectory::create();
};

template <typename R>
void expect_table_has_columns(const Store& store, const Table<R>& table,
                              const std::vector<std::string>& owner = {}) {
  auto statement = store.database().prepare(fmt::format("SELECT * FROM {}", table.name));
  ASSERT_TRUE(statement) << statement.error().to_string();
  std::set<std::string> in_file, in_record;
  for (int c = 0; c < statement->columns(); ++c) in_file.insert(statement->column_name(c));
  for (const Column<R>& column : table.columns) in_record.insert(column.name);
  for (const std::string& column : owner) in_record.insert(column);
  EXPECT_EQ(in_file, in_record) << table.name;
}

TEST_F(StoreTest, RecordsHaveTheColumnsOfTheSchema) {
  const Store store = open();
  expect_table_has_columns(store, run_table());
  expect_table_has_columns(store, layer_table(), {"run_key"});
  expect_table_has_columns(store, buffer_table(), {"run_key"});
  expect_table_has_columns(store, model_table());
  expect_table_has_columns(store, board_table());
  expect_table_has_columns(store, environment_table());
  expect_table_has_columns(store, exhibit_table());
  expect_table_has_columns(store, exhibit_value_table(), {"collection", "exhibit"});
  expect_table_has_columns(store, study_layer_table());
}

TEST_F(StoreTest, GivesBackWhatWasAdded) {
  {
    Store store = open();
    const auto added = store.add(example("k"));
    ASSERT_TRUE(added) << added.error().to_string();
    EXPECT_TRUE(*added);
  }
  const Store store = open();
  const auto runs = store.runs();
  ASSERT_TRUE(runs) << runs.error().to_string();
  ASSERT_EQ(runs->size(), 1u);
  const auto& run = runs->front();
  EXPECT_TRUE(run.ok && run.fpu);
  EXPECT_EQ(run.cycles, int64_t{1} << 40);
  EXPECT_EQ(run.latency_ms, 1.25);
  EXPECT_EQ(run.outputs_match, true);
  EXPECT_EQ(run.top_1, std::nullopt);
  EXPECT_EQ(run.error_code, std::nullopt);
  const auto layers = store.layers("k");
  ASSERT_TRUE(layers);
  ASSERT_EQ(layers->size(), 2u);
  EXPECT_EQ((*layers)[0].op, "CONV_2D");
  EXPECT_EQ((*layers)[0].cycles, 7);
  EXPECT_TRUE((*layers)[1].weights_in_ram);
  EXPECT_EQ(store.buffers("k")->at(0).tensors, "x, y");
  EXPECT_EQ(store.models()->size(), 2u);
  EXPECT_EQ(store.boards()->at(0).clock_hz, 120'000'000);
  EXPECT_EQ(store.environments()->at(0).compiler_version, "gcc");
}

TEST_F(StoreTest, AddsAKeyOnceAndLetsFailuresGiveWay) {
  Store store = open();
  Record failed = example("k");
  failed.run.ok = false;
  failed.run.error_code = "limit";
  EXPECT_TRUE(*store.add(failed));
  EXPECT_FALSE(store.keys()->at("k"));
  EXPECT_TRUE(*store.add(example("k")));
  EXPECT_TRUE(store.keys()->at("k"));
  EXPECT_FALSE(*store.add(failed)) << "what is ok stays";
  EXPECT_TRUE(store.keys()->at("k"));
  EXPECT_EQ(store.layers("k")->size(), 2u);
  EXPECT_EQ(store.runs()->size(), 1u);
}

TEST_F(StoreTest, AddsNothingWhenAPartIsRefused) {
  Store store = open();
  Record record = example("k");
  record.layers[1].step = 0;  // twice the same primary key
  EXPECT_FALSE(store.add(record));
  EXPECT_TRUE(store.keys()->empty());
  EXPECT_TRUE(store.models()->empty());
  EXPECT_TRUE(*store.add(example("k"))) << "the next one goes in";
}

TEST_F(StoreTest, FindsRunsByPatterns) {
  Store store = open();
  Record other = example("2");
  other.run.board = "nrf52840dk";
  EXPECT_TRUE(*store.add(example("1")) && *store.add(other));
  const auto found = store.runs({{"board", "nucleo-*"}, {"network", "lenet"}});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().key, "1");
  const auto wrong = store.runs({{"bord", "x"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().hint, "did you mean 'board'?");
}

TEST_F(StoreTest, TakesSeveralWritersAtOnce) {
  constexpr int kWriters = 4, kRuns = 25;
  std::vector<std::thread> writers;
  std::atomic<int> added = 0;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&] {
      Store store = open();
      for (int i = 0; i < kRuns; ++i) {
        auto result = store.add(example(std::to_string(i)));
        EXPECT_TRUE(result) << result.error().to_string();
        if (result && *result) ++added;
      }
    });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(added, kRuns);
  EXPECT_EQ(open().keys()->size(), size_t{kRuns});
}

TEST_F(StoreTest, SeesThatAnotherHasWritten) {
  Store reader = open();
  const int64_t before = *reader.data_version();
  EXPECT_EQ(*reader.data_version(), before);
  EXPECT_TRUE(*open().add(example("k")));
  EXPECT_NE(*reader.data_version(), before);
}

TEST_F(StoreTest, MigratesAnOlderVersionAndKeepsItsRows) {
  EXPECT_TRUE(*open().add(example("k")));
  const auto database = Database::open(path(), false);
  ASSERT_TRUE(database);
  std::vector<const char*> steps(migrations().begin(), migrations().end());
  steps.push_back("ALTER TABLE runs ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'");
  ASSERT_TRUE(migrate(*database, steps));
  EXPECT_EQ(*database->integer("PRAGMA user_version"), static_cast<int64_t>(steps.size()));
  EXPECT_EQ(*database->integer("SELECT count(*) FROM runs WHERE colour = 'blue'"), 1);
  ASSERT_TRUE(migrate(*database, steps)) << "again, with nothing to do";
}

TEST_F(StoreTest, TakesExhibitsIntoAStoreOfVersion1) {
  {
    const fs::path file = path();
    fs::create_directories(file.parent_path());
    const auto database = Database::open(file, true);
    ASSERT_TRUE(migrate(*database, migrations().first(1)));
    ASSERT_TRUE(
        database->execute("INSERT INTO environment (id, thimble_version, compiler_version, system) "
                          "VALUES ('old', '0.1', 'gcc', 'Linux')"));
  }
  Store store = open();
  EXPECT_EQ(*store.database().integer("PRAGMA user_version"), 2);
  EXPECT_EQ(store.environments()->at(0).id, "old");
  EXPECT_TRUE(store.exhibits()->empty());
  EXPECT_TRUE(*store.add(example("k")));
  EXPECT_TRUE(store.replace_exhibits("heim", {}));
}

TEST_F(StoreTest, ReplacesACollectionOfExhibitsWhole) {
  Store store = open();
  ExhibitRecord table, figure;
  table.exhibit.number = "Table 1";
  table.values.resize(3);
  table.values[1] = {.label = "LeNet", .unit = "ms", .published = 4, .ours = 2, .run_key = "k"};
  table.values[2].reason = "does not fit";
  figure.exhibit.kind = "points";
  figure.values = {{.series = "L4", .published_x = 1, .published = 2, .ours_x = 3, .ours = 4}};
  ASSERT_TRUE(store.replace_exhibits("heim", std::vector{table, figure}));
  ASSERT_TRUE(store.replace_exhibits("mlperf", std::vector{table}));
  auto exhibits = store.exhibits();
  ASSERT_TRUE(exhibits) << exhibits.error().to_string();
  ASSERT_EQ(exhibits->size(), 3u);
  EXPECT_EQ((*exhibits)[0].exhibit.number, "Table 1");
  EXPECT_EQ((*exhibits)[0].exhibit.collection, "heim");
  ASSERT_EQ((*exhibits)[0].values.size(), 3u);
  EXPECT_EQ((*exhibits)[0].values[1].ratio(), 0.5);
  EXPECT_EQ((*exhibits)[0].values[1].run_key, "k");
  EXPECT_EQ((*exhibits)[0].values[2].ratio(), std::nullopt);
  EXPECT_EQ((*exhibits)[0].values[2].reason, "does not fit");
  EXPECT_EQ((*exhibits)[1].exhibit.exhibit, 1);
  EXPECT_EQ((*exhibits)[1].values.at(0).ours_x, 3);

  ASSERT_TRUE(store.replace_exhibits("heim", std::vector{figure}));
  EXPECT_EQ(store.exhibits()->size(), 2u);
  EXPECT_EQ(*store.database().integer("SELECT count(*) FROM exhibit_values"), 4);

  figure.exhibit.kind = "pie";
  EXPECT_FALSE(store.replace_exhibits("heim", std::vector{table, figure}));
  EXPECT_EQ(store.exhibits()->size(), 2u) << "what was there stays";
}

TEST_F(StoreTest, KeepsALayerOfAStudyOnce) {
  Store store = open();
  StudyLayer measured, unfit;
  measured.key = "1";
  measured.kind = unfit.kind = "dense";
  measured.cycles = 100;
  measured.latency_us = 1.5;
  unfit.key = "2";
  unfit.reason = "does not fit";
  ASSERT_TRUE(store.add_study_layers(std::vector{measured, unfit}));
  measured.cycles = 200;
  ASSERT_TRUE(store.add_study_layers(std::vector{measured}));
  const auto layers = store.study_layers();
  ASSERT_TRUE(layers);
  ASSERT_EQ(layers->size(), 2u);
  EXPECT_EQ((*layers)[0].cycles, 100);
  EXPECT_EQ((*layers)[0].latency_us, 1.5);
  EXPECT_EQ((*layers)[1].cycles, std::nullopt);
  EXPECT_EQ((*layers)[1].reason, "does not fit");
}

TEST_F(StoreTest, LeavesAFileAsItWasWhenAMigrationFails) {
  EXPECT_TRUE(*open().add(example("k")));
  const auto database = Database::open(path(), false);
  const int64_t version = *database->integer("PRAGMA user_version");
  std::vector<const char*> steps(migrations().begin(), migrations().end());
  steps.push_back("DELETE FROM layers; ALTER TABLE no_such_table ADD COLUMN x");
  EXPECT_FALSE(migrate(*database, steps));
  EXPECT_EQ(*database->integer("PRAGMA user_version"), version);
  EXPECT_EQ(open().layers("k")->size(), 2u);
}

TEST_F(StoreTest, RefusesANewerVersion) {
  open();
  {
    const auto database = Database::open(path(), false);
    ASSERT_TRUE(database->execute("PRAGMA user_version = 99"));
  }
  const auto store = Store::open(path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(store.error().message, HasSubstr("version 99"));
}

TEST_F(StoreTest, RefusesWhatIsNoStore) {
  const fs::path text = folder_.path() / "text.db";
  ASSERT_TRUE(base::write_file(text, std::string(2000, 'x')));
  EXPECT_EQ(Store::open(text).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(Store::open(text, true).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(*base::read_text_file(text), std::string(2000, 'x')) << "and leaves it alone";

  const fs::path foreign = folder_.path() / "foreign.db";
  {
    const auto database = Database::open(foreign, true);
    ASSERT_TRUE(database->execute("CREATE TABLE runs (x)"));
  }
  const auto store = Store::open(foreign, true);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("no store of Thimble"));

  EXPECT_EQ(Store::open(folder_.path() / "missing.db").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(folder_.path() / "missing.db"));
  EXPECT_EQ(Store::open(folder_.path(), true).error().code, ErrorCode::kIo);
}

TEST_F(StoreTest, RefusesADamagedFile) {
  {
    Store store = open();
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(*store.add(example(std::to_string(i))));
  }
  base::Bytes bytes = *base::read_file(path());
  ASSERT_GT(bytes.size(), 20'000u);
  // Every page but the first.
  std::fill(bytes.begin() + 4096, bytes.end(), std::byte{0xA5});
  ASSERT_TRUE(base::write_file(path(), bytes));
  const auto store = Store::open(path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kMalformed);

  bytes.resize(bytes.size() / 2);
  ASSERT_TRUE(base::write_file(path(), bytes));
  EXPECT_FALSE(Store::open(path()));
}

TEST_F(StoreTest, ExportsCsv) {
  Store store = open();
  EXPECT_TRUE(*store.add(example("k")));
  std::string csv;
  ASSERT_TRUE(export_csv(store, "buffers", [&](std::string_view text) { csv += text; }));
  EXPECT_EQ(csv,
            "run_key,buffer,offset_bytes,size_bytes,first_step,last_step,tensors\r\n"
            "k,0,0,32,0,0,\"x, y\"\r\n");
  csv.clear();
  ASSERT_TRUE(export_csv(store, "runs", [&](std::string_view text) { csv += text; }));
  EXPECT_THAT(csv, HasSubstr(",\"thimble bench 'a, \"\"b\"\".tflite'\","));
}

TEST_F(StoreTest, ExportsJson) {
  Store store = open();
  for (const std::string& table : table_names()) {
    std::string text;
    ASSERT_TRUE(export_json(store, table, [&](std::string_view piece) { text += piece; }));
    EXPECT_EQ(nlohmann::json::parse(text).at("rows").size(), 0u);
  }
  EXPECT_TRUE(*store.add(example("k")));
  std::string text;
  ASSERT_TRUE(export_json(store, "runs", [&](std::string_view piece) { text += piece; }));
  const auto object = nlohmann::json::parse(text);
  EXPECT_EQ(object.at("rows").size(), 1u);
  EXPECT_EQ(object.at("rows")[0].at("cycles"), int64_t{1} << 40);
  EXPECT_TRUE(object.at("rows")[0].at("top_1").is_null());
}

}  // namespace
}  // namespace thimble::store
