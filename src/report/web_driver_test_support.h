// A headless Chromium, driven by Debian's chromedriver with the W3C's WebDriver protocol.
#pragma once

#include <gtest/gtest.h>
#include <httplib.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "base/files.h"
#include "tests/support/base64.h"

namespace thimble::report {

class Browser {
 public:
  // Null where chromium or chromedriver is missing, or cannot run (in some containers); then `why`
  // says it.
  static std::unique_ptr<Browser> start(std::string& why) {
    if (std::system("command -v chromium >/dev/null && command -v chromedriver >/dev/null") != 0) {
      why = "apt-get install chromium chromium-driver";
      return nullptr;
    }
    std::unique_ptr<Browser> browser(new Browser);
    try {
      browser->begin_session();
    } catch (const std::exception& error) {
      why = error.what();
      return nullptr;
    }
    return browser;
  }

  ~Browser() {
    if (!session_.empty()) client_->Delete(session_);
    client_->Get("/shutdown");
    ::pclose(driver_);
  }

  void open(const std::string& url) { post("/url", {{"url", url}}); }

  // The value that the body of a function returns.
  nlohmann::json run(const std::string& script) {
    return post("/execute/sync", {{"script", script}, {"args", nlohmann::json::array()}});
  }

  void click(const std::string& css) {
    post("/element/" + element(css) + "/click", nlohmann::json::object());
  }

  void type(const std::string& css, const std::string& text) {
    post("/element/" + element(css) + "/value", {{"text", text}});
  }

  // What the page complained about: errors in its scripts, requests that its policy forbids.
  nlohmann::json errors() { return post("/se/log", {{"type", "browser"}}); }

  nlohmann::json devtools(const std::string& command, const nlohmann::json& parameters) {
    return post("/goog/cdp/execute", {{"cmd", command}, {"params", parameters}});
  }

  // The whole page, not only what the window shows; for people to look at.
  void screenshot(const std::filesystem::path& file) {
    const auto picture =
        devtools("Page.captureScreenshot", {{"format", "png"}, {"captureBeyondViewport", true}});
    save(file, picture.value("data", ""));
  }

  void print(const std::filesystem::path& file) {
    save(file, devtools("Page.printToPDF", {{"printBackground", true}}).value("data", ""));
  }

  // `true` as soon as the script returns something true; false after ten seconds.
  bool wait_until(const std::string& script) {
    for (int i = 0; i < 100; ++i) {
      if (run("return Boolean(" + script + ")") == true) return true;
      ::usleep(100'000);
    }
    return false;
  }

 private:
  Browser() {
    // It ends by itself should this test die.
    driver_ = ::popen("exec timeout 600 chromedriver --port=0", "r");
    const std::string port_follows = "started successfully on port ";
    int port = 0;
    for (char line[512]; port == 0 && std::fgets(line, sizeof line, driver_);)
      if (const char* found = std::strstr(line, port_follows.c_str()))
        port = std::atoi(found + port_follows.size());
    client_ = std::make_unique<httplib::Client>("127.0.0.1", port);
    client_->set_read_timeout(120);
  }

  void begin_session() {
    nlohmann::json arguments = {"--headless=new",
                                "--window-size=1280,1000",
                                "--disable-gpu",
                                "--disable-dev-shm-usage",
                                "--hide-scrollbars",
                                "--disable-background-networking",
                                "--disable-component-update"};
    if (::geteuid() == 0) arguments.push_back("--no-sandbox");  // Chromium demands it of root
    const nlohmann::json wanted = {{"capabilities",
                                    {{"alwaysMatch",
                                      {{"goog:chromeOptions", {{"args", arguments}}},
                                       {"goog:loggingPrefs", {{"browser", "SEVERE"}}}}}}}};
    session_ = "/session";
    session_ += "/" + post("", wanted).value("sessionId", "");
  }

  nlohmann::json post(const std::string& path, const nlohmann::json& body) {
    const auto answer = client_->Post(session_ + path, body.dump(), "application/json");
    // What follows would make no sense: GoogleTest ends the test at the exception.
    if (!answer) throw std::runtime_error("no answer from chromedriver to " + path);
    const nlohmann::json value = nlohmann::json::parse(answer->body)["value"];
    if (answer->status != 200)
      throw std::runtime_error(path + " " + body.dump() + ": " + value.value("message", ""));
    return value;
  }

  std::string element(const std::string& css) {
    const auto found = post("/element", {{"using", "css selector"}, {"value", css}});
    return found.begin()->get<std::string>();
  }

  static void save(const std::filesystem::path& file, const std::string& base64) {
    const auto bytes = testing::decode_base64(base64);
    ASSERT_TRUE(bytes) << bytes.error().to_string();
    std::filesystem::create_directories(file.parent_path());
    ASSERT_TRUE(base::write_file(file, *bytes));
  }

  FILE* driver_ = nullptr;
  std::unique_ptr<httplib::Client> client_;
  std::string session_;
};

}  // namespace thimble::report
