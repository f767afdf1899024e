// The page of a store, live: an HTTP server for the browsers of this machine.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace thimble::report {

struct ServeOptions {
  std::filesystem::path store;
  std::vector<store::Condition> conditions;
  int port = 8420;  // 0: any that is free
};

// Listens on 127.0.0.1, and on no other address, until the program is ended; returns only when it
// cannot. `on_ready` is called with the port once a browser may come.
// Errors: those of Store::open and Store::runs; kIo (the port is taken).
base::Result<> serve(const ServeOptions& options, const std::function<void(int port)>& on_ready);

}  // namespace thimble::report
