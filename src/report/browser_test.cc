// The page in Chromium: what a reader does with it. Pictures go to screenshots/ in the build
// folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "report/data.h"
#include "report/page.h"
#include "report/server.h"
#include "report/synthetic_store_test_support.h"
#include "report/web_driver_test_support.h"
#include "tests/support/shared_data.h"

namespace thimble::report {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

fs::path screenshots() {
  const char* binary = std::getenv("THIMBLE_BINARY");
  return (binary ? fs::path(binary).parent_path() : testing::source_dir() / "build") /
         "screenshots";
}

constexpr const char* kRows = "document.querySelectorAll('#runs tbody tr').length";
constexpr const char* kChosenLayers = "document.querySelectorAll('#layers .row').length";

class BrowserTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    browser_ = Browser::start(why);
    if (!browser_) GTEST_SKIP() << "needs Chromium: " << why;
  }

  void open_report(const store::Store& store) {
    const auto data = report_data(store);
    ASSERT_TRUE(data) << data.error().to_string();
    const fs::path file = folder_.path() / "report.html";
    ASSERT_TRUE(base::write_file(file, page(*data, Mode::kFile)));
    browser_->open("file://" + file.string());
  }

  // Numbers in a column of the table of runs, from top to bottom.
  std::vector<double> column(const std::string& key) {
    return browser_->run(
        "const i = [...document.querySelectorAll('#runs th')].findIndex((th) => th.dataset.key === "
        "'" +
        key +
        "'); return [...document.querySelectorAll('#runs tbody tr')]"
        ".map((tr) => tr.children[i].textContent).filter(Boolean)"
        ".map((text) => Number(text.replaceAll(',', '')))");
  }

  std::string text(const std::string& css) {
    return browser_->run("return document.querySelector('" + css + "').textContent");
  }

  base::TemporaryDirectory folder_ = *base::TemporaryDirectory::create();
  std::unique_ptr<Browser> browser_;
};

class SyntheticReport : public BrowserTest {
 protected:
  void SetUp() override {
    BrowserTest::SetUp();
    if (!IsSkipped()) open_report(make_synthetic_store(folder_.path() / "synthetic.db"));
  }
  void TearDown() override {
    if (browser_) {
      EXPECT_EQ(browser_->errors(), json::array());
    }
  }
};

TEST_F(SyntheticReport, ShowsEveryRunAndEveryChart) {
  EXPECT_EQ(browser_->run(std::string("return ") + kRows), 200);
  EXPECT_EQ(text("#count"), "200 of 200 runs");
  for (const char* section : {"#pareto", "#maccs", "#size", "#roofline"})
    EXPECT_GT(browser_->run(std::string("return document.querySelectorAll('") + section +
                            " svg .point').length"),
              2)
        << section;
  EXPECT_GT(browser_->run(std::string("return ") + kChosenLayers), 2);
  EXPECT_GT(browser_->run("return document.querySelectorAll('#memory .buffer').length"), 2);
  EXPECT_GT(browser_->run("return document.querySelectorAll('#failures tbody tr').length"), 0);
  EXPECT_EQ(browser_->run("return typeof hacked"), "undefined");
  EXPECT_THAT(text("#pareto .legend"), HasSubstr("dominated"));
}

TEST_F(SyntheticReport, OpensInTwoSeconds) {
  const auto spent_ms = [&] {
    const json metrics = browser_->devtools("Performance.getMetrics", json::object())["metrics"];
    for (const json& metric : metrics)
      if (metric["name"] == "TaskDuration") return metric["value"].get<double>() * 1000;
    return std::nan("");
  };
  // The processor's time rather than the clock's: other programs may keep this machine busy.
  browser_->devtools("Performance.enable", {{"timeDomain", "threadTicks"}});
  const double before_ms = spent_ms();
  browser_->run("location.reload()");
  ASSERT_TRUE(
      browser_->wait_until("document.readyState === 'complete' && "
                           "performance.getEntriesByType('navigation')[0].loadEventEnd > 0"));
  const double page_ms = spent_ms() - before_ms;
  const double clock_ms =
      browser_->run("return performance.getEntriesByType('navigation')[0].loadEventEnd");
  std::printf("opened in %.0f ms by the clock, %.0f ms of the page's thread\n", clock_ms, page_ms);
  EXPECT_LT(page_ms, 2000);
}

TEST_F(SyntheticReport, SortsByTheHeadingThatIsClicked) {
  const auto is_sorted = [](std::vector<double> values, bool descending) {
    if (descending) std::ranges::reverse(values);
    return values.size() > 100 && std::ranges::is_sorted(values);
  };
  EXPECT_TRUE(is_sorted(column("latency_ms"), false));
  browser_->click("#runs th[data-key=energy_uj] button");
  EXPECT_TRUE(is_sorted(column("energy_uj"), false));
  browser_->click("#runs th[data-key=energy_uj] button");
  EXPECT_TRUE(is_sorted(column("energy_uj"), true));
  EXPECT_EQ(browser_->run("return document.querySelector('#runs th[data-key=energy_uj]').ariaSort"),
            "descending");
}

TEST_F(SyntheticReport, FiltersByBoxesAndBySearch) {
  browser_->click(".facet[data-column=board] summary");
  browser_->click(".facet[data-column=board] input[value=alpha]");
  EXPECT_EQ(text("#count"), "40 of 200 runs");
  browser_->click(".facet[data-column=board] input[value=beta]");
  EXPECT_EQ(text("#count"), "80 of 200 runs");
  browser_->type("#search", "lenet latency_ms<10");
  EXPECT_THAT(column("latency_ms"), ::testing::Each(::testing::Lt(10)));
  EXPECT_GT(column("latency_ms").size(), 2u);
  EXPECT_LT(column("latency_ms").size(), 16u);
  EXPECT_EQ(browser_->run("return document.querySelectorAll('#pareto .plot_points path').length"),
            column("latency_ms").size());
  browser_->type("#search", " latenzy<3");
  EXPECT_EQ(text("#search_problem"), "no column 'latenzy'");
  browser_->click("#reset");
  EXPECT_EQ(text("#count"), "200 of 200 runs");
}

TEST_F(SyntheticReport, AClickOnARunShowsItsLayers) {
  browser_->run("document.querySelector('#runs tr[data-run$=\"1e\"]').click()");
  const int layers = browser_->run(std::string("return ") + kChosenLayers);
  EXPECT_EQ(layers, 4);  // run 0x1e - 1 is of the network with the hostile name
  EXPECT_THAT(text("#run_figures"), HasSubstr(kHostileName));
  browser_->run("document.querySelector('#pareto .point').dispatchEvent(new Event('click'))");
  EXPECT_EQ(browser_->run("return document.querySelectorAll('#runs tr.chosen').length"), 1);
  EXPECT_EQ(browser_->run("return document.querySelector('#runs tr.chosen').dataset.run === "
                          "document.querySelector('#pareto .point.chosen').dataset.run"),
            true);
}

TEST_F(SyntheticReport, HoveringShowsValues) {
  browser_->run(
      "document.querySelector('#pareto .point').dispatchEvent("
      "new MouseEvent('mousemove', {clientX: 300, clientY: 300}))");
  EXPECT_EQ(browser_->run("return document.getElementById('tooltip').hidden"), false);
  EXPECT_THAT(text("#tooltip"), HasSubstr("latency"));
}

TEST_F(SyntheticReport, IsDarkWhenTheReaderOrTheSystemWantsIt) {
  const std::string background = "return getComputedStyle(document.body).backgroundColor";
  EXPECT_EQ(browser_->run(background), "rgb(255, 255, 255)");
  browser_->screenshot(screenshots() / "synthetic_light.png");
  browser_->click("#theme");
  EXPECT_EQ(browser_->run(background), "rgb(22, 24, 28)");
  browser_->screenshot(screenshots() / "synthetic_dark.png");
  browser_->print(screenshots() / "synthetic.pdf");
  browser_->click("#theme");
  EXPECT_EQ(browser_->run(background), "rgb(255, 255, 255)");
  browser_->run("localStorage.clear(); delete document.documentElement.dataset.theme");
  browser_->devtools("Emulation.setEmulatedMedia",
                     {{"features", {{{"name", "prefers-color-scheme"}, {"value", "dark"}}}}});
  EXPECT_EQ(browser_->run(background), "rgb(22, 24, 28)");
}

// The 200 runs, and tables and figures of a paper beside them.
class PapersReport : public BrowserTest {
 protected:
  void SetUp() override {
    BrowserTest::SetUp();
    if (IsSkipped()) return;
    store::Store store = make_synthetic_store(folder_.path() / "synthetic.db");
    const std::string run_key = store.runs({{"network", "lenet"}, {"ok", "1"}})->at(3).key;
    ASSERT_TRUE(store.replace_exhibits("heim", synthetic_exhibits(run_key)));
    open_report(store);
  }
  void TearDown() override {
    if (browser_) {
      EXPECT_EQ(browser_->errors(), json::array());
    }
  }
  int count(const std::string& css) {
    return browser_->run("return document.querySelectorAll('" + css + "').length");
  }
};

TEST_F(PapersReport, ShowsPublishedOursAndRatio) {
  EXPECT_EQ(browser_->run("return document.getElementById('papers').hidden"), false);
  EXPECT_EQ(text("#summary a[href=\"#papers\"]"), "5 tables and figures beside published ones");
  EXPECT_EQ(count("#papers .exhibit"), 5);
  EXPECT_EQ(count("#papers_contents a"), 5);
  EXPECT_EQ(text("#exhibit_heim_0 figcaption"), std::string("Table 1: ") + kHostileName);
  EXPECT_EQ(browser_->run("return [...document.querySelectorAll('#exhibit_heim_0 tbody tr')]"
                          ".map((tr) => [...tr.children].map((td) => td.textContent))"),
            (json{{"lenet", "4", "2.000", "ms", "0.50", ""},
                  {"accuracy", "98", "", "%", "", "needs data"},
                  {"only drawn", "", "3.000", "ms", "", ""}}));
}

TEST_F(PapersReport, DrawsBarsPointsAndCurves) {
  EXPECT_EQ(count("#exhibit_heim_1 .exhibit_bar"), 6 + 2) << "with those of the legend";
  EXPECT_EQ(count("#exhibit_heim_1 .bar_row .published_bar"), 2);
  const std::string width = "document.querySelector('#exhibit_heim_1 .bar_row ";
  const double ours = browser_->run("return " + width + ".exhibit_bar').width.baseVal.value");
  const double published =
      browser_->run("return " + width + ".published_bar').width.baseVal.value");
  EXPECT_NEAR(ours / published, 8. / 9, 1e-6) << "bars begin at zero";
  EXPECT_EQ(count("#exhibit_heim_2 .plot_points .point"), 7);
  EXPECT_EQ(count("#exhibit_heim_2 .plot_points .point.hollow"), 2);
  EXPECT_EQ(count("#exhibit_heim_2 .curve"), 0);
  EXPECT_EQ(count("#exhibit_heim_2 .drawing > div > div > svg > .guide"), 1) << "the front";
  EXPECT_THAT(text("#exhibit_heim_2 .legend"), HasSubstr("front"));
  EXPECT_EQ(count("#exhibit_heim_3 .curve"), 2 + 1);
  EXPECT_EQ(count("#exhibit_heim_3 .curve.published"), 1) << "only two points of L4 are published";
  EXPECT_THAT(text("#exhibit_heim_3 .legend"), HasSubstr("hollow: published"));
  EXPECT_EQ(count("#exhibit_heim_4 svg"), 0);
  EXPECT_THAT(text("#exhibit_heim_4 .drawing"), HasSubstr("does not fit"));
}

TEST_F(PapersReport, AClickShowsTheRun) {
  browser_->run("document.querySelector('#exhibit_heim_0 tr.clickable').click()");
  EXPECT_THAT(text("#run_figures"), HasSubstr("lenet"));
  const std::string chosen = browser_->run("return state.chosen.key");
  EXPECT_EQ(browser_->run("return state.model.exhibits[0].values[0].run_key"), chosen);
  EXPECT_EQ(count("#exhibit_heim_0 tr.clickable"), 1) << "rows without a run have nothing to show";
  browser_->run(
      "document.querySelector('#exhibit_heim_1 .bar_row').dispatchEvent("
      "new MouseEvent('mousemove', {clientX: 300, clientY: 300}))");
  EXPECT_THAT(text("#tooltip"), HasSubstr("published 9 ms"));
}

TEST_F(SyntheticReport, WithoutExhibitsThereIsNoSectionOfPapers) {
  EXPECT_EQ(browser_->run("return document.getElementById('papers').hidden"), true);
  EXPECT_EQ(browser_->run("return document.querySelector('#summary a')"), nullptr);
}

TEST_F(BrowserTest, AnEmptyStoreSaysWhatIsMissing) {
  open_report(*store::Store::open(folder_.path() / "empty.db", true));
  EXPECT_EQ(text("#count"), "0 of 0 runs");
  EXPECT_THAT(text("#pareto .content"), HasSubstr("None of the runs"));
  EXPECT_EQ(browser_->errors(), json::array());
}

// A process that serves a store; its port is read from a pipe.
class Server {
 public:
  explicit Server(const fs::path& store) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    process_ = ::fork();
    if (process_ == 0) {
      const auto tell_port = [&](int port) {
        if (::write(ends[1], &port, sizeof port) != sizeof port) ::_exit(2);
      };
      const auto ended = serve({.store = store, .conditions = {}, .port = 0}, tell_port);
      std::fprintf(stderr, "%s\n", ended.error().to_string().c_str());
      ::_exit(1);
    }
    ::close(ends[1]);
    EXPECT_EQ(::read(ends[0], &port_, sizeof port_), static_cast<ssize_t>(sizeof port_));
    ::close(ends[0]);
  }
  ~Server() { end(); }
  void end() {
    if (process_ <= 0) return;
    ::kill(process_, SIGINT);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }
  int port() const { return port_; }

 private:
  pid_t process_ = -1;
  int port_ = 0;
};

TEST(Served, AnswersThisHostOnlyAndSendsDataOnce) {
  const auto folder = *base::TemporaryDirectory::create();
  make_synthetic_store(folder.path() / "s.db", 3);
  Server server(folder.path() / "s.db");
  httplib::Client client("127.0.0.1", server.port());
  const auto html = client.Get("/");
  ASSERT_TRUE(html);
  EXPECT_EQ(html->status, 200);
  EXPECT_THAT(html->body, HasSubstr("data-mode=\"served\""));
  const auto data = client.Get("/data.json");
  ASSERT_TRUE(data);
  const int64_t version = json::parse(data->body)["version"];
  EXPECT_EQ(client.Get("/data.json?have=" + std::to_string(version))->status, 204);
  EXPECT_EQ(client.Get("/data.json?have=" + std::to_string(version + 1))->status, 200);
  EXPECT_EQ(client.Get("/", {{"Host", "attacker.example"}})->status, 403);
  EXPECT_EQ(client.Get("/../etc/passwd")->status, 404);
}

TEST(Served, RefusesAPortThatIsTaken) {
  const auto folder = *base::TemporaryDirectory::create();
  make_synthetic_store(folder.path() / "s.db", 1);
  Server server(folder.path() / "s.db");
  const auto second =
      serve({.store = folder.path() / "s.db", .conditions = {}, .port = server.port()}, [](int) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::ErrorCode::kIo);
  EXPECT_THAT(second.error().hint, HasSubstr("--port"));
}

TEST_F(BrowserTest, AServedPageFollowsTheStoreAndKeepsWhatTheReaderChose) {
  const fs::path path = folder_.path() / "live.db";
  make_synthetic_store(path, 60);
  Server server(path);
  browser_->open("http://127.0.0.1:" + std::to_string(server.port()) + "/");
  EXPECT_EQ(text("#count"), "60 of 60 runs");
  browser_->click("#runs th[data-key=energy_uj] button");
  browser_->click("#runs th[data-key=energy_uj] button");
  browser_->type("#search", "ds-cnn");
  EXPECT_EQ(text("#count"), "12 of 60 runs");

  store::Store store = *store::Store::open(path);
  base::Random random(2);
  for (int i = 60; i < 100; ++i) ASSERT_TRUE(store.add(synthetic_record(i, random)));
  EXPECT_TRUE(
      browser_->wait_until("document.getElementById('count').textContent === '20 of 100 runs'"));
  EXPECT_EQ(browser_->run("return document.querySelector('#runs th[data-key=energy_uj]').ariaSort"),
            "descending");
  EXPECT_EQ(text("#live"), "live");
  EXPECT_EQ(browser_->errors(), json::array());
  server.end();
  EXPECT_TRUE(browser_->wait_until(
      "document.getElementById('live').textContent.includes('not connected')"));
}

}  // namespace
}  // namespace thimble::report
