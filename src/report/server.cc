#include "report/server.h"

#include <httplib.h>

#include <chrono>
#include <mutex>

#include "report/data.h"
#include "report/page.h"

namespace thimble::report {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr const char* kHost = "127.0.0.1";

// One connection to the store for all threads of the server: its data_version() counts the changes
// of others since it was opened. Versions begin at the time when the server was started, so that a
// page of an earlier one is sent new data; they stay below 2^53, exact in JavaScript.
class LiveStore {
 public:
  LiveStore(store::Store store, std::vector<store::Condition> conditions)
      : store_(std::move(store)), conditions_(std::move(conditions)) {}

  Result<int64_t> version() {
    const std::lock_guard lock(mutex_);
    return current();
  }

  Result<std::string> data() {
    const std::lock_guard lock(mutex_);
    // Asked for first: what changes meanwhile is sent again rather than missed.
    THIMBLE_ASSIGN(const int64_t version, current());
    return report_data(store_, conditions_, version);
  }

 private:
  Result<int64_t> current() const {
    THIMBLE_ASSIGN(const int64_t changes, store_.data_version());
    return 1000 * started_ms_ + changes;
  }

  std::mutex mutex_;
  store::Store store_;
  const int64_t started_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::system_clock::now().time_since_epoch())
                                  .count();
  const std::vector<store::Condition> conditions_;
};

void answer_error(const Error& error, httplib::Response& response) {
  response.status = 500;
  response.set_content(error.to_string(), "text/plain; charset=utf-8");
}

void answer_page(LiveStore& store, httplib::Response& response) {
  const Result<std::string> data = store.data();
  if (!data) return answer_error(data.error(), response);
  response.set_content(page(*data, Mode::kServed), "text/html; charset=utf-8");
}

// 204 where the page has the newest data already.
void answer_data(LiveStore& store, const httplib::Request& request, httplib::Response& response) {
  const Result<int64_t> version = store.version();
  if (!version) return answer_error(version.error(), response);
  if (request.get_param_value("have") == std::to_string(*version)) {
    response.status = 204;
    return;
  }
  const Result<std::string> data = store.data();
  if (!data) return answer_error(data.error(), response);
  response.set_content(*data, "application/json");
}

// A page from elsewhere may have a name of its own lead to 127.0.0.1, to read what is served here.
bool asked_for_this_host(const httplib::Request& request) {
  const std::string host = request.get_header_value("Host");
  const std::string name = host.substr(0, host.find(':'));
  return name == kHost || name == "localhost";
}

void use_port_alone(socket_t socket) {
  // Without SO_REUSEPORT, which the library would set: two servers would share the port.
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

Result<> serve(const ServeOptions& options, const std::function<void(int port)>& on_ready) {
  THIMBLE_ASSIGN(store::Store opened, store::Store::open(options.store));
  // A wrong condition is said before the browser comes.
  THIMBLE_TRY(opened.runs(options.conditions));
  LiveStore store(std::move(opened), options.conditions);

  httplib::Server server;
  server.set_socket_options(use_port_alone);
  int port = options.port;
  const bool bound =
      port == 0 ? (port = server.bind_to_any_port(kHost)) > 0 : server.bind_to_port(kHost, port);
  if (!bound)
    return base::fail(Error(ErrorCode::kIo, fmt::format("cannot listen on port {}", options.port),
                            "another program may use it: --port 0 takes any that is free"));
  server.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
    if (asked_for_this_host(request)) return httplib::Server::HandlerResponse::Unhandled;
    response.status = 403;
    return httplib::Server::HandlerResponse::Handled;
  });
  server.Get("/", [&](const httplib::Request&, httplib::Response& response) {
    answer_page(store, response);
  });
  server.Get("/data.json", [&](const httplib::Request& request, httplib::Response& response) {
    answer_data(store, request, response);
  });
  on_ready(port);
  server.listen_after_bind();
  return base::fail(ErrorCode::kIo, "the server on port {} has stopped", port);
}

}  // namespace thimble::report
