// A table of a store as text for other programs.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace thimble::store {

// Tables that can be exported, "runs" first.
const std::vector<std::string>& table_names();

// Called with pieces of the text, in order.
using TextSink = std::function<void(std::string_view)>;

// RFC 4180: a header line, then a line per row; NULL is an empty field. `table`: one of
// table_names().
base::Result<> export_csv(const Store& store, std::string_view table, const TextSink& sink);

// {"schema": "thimble-store/1", "table": ..., "rows": [{column: value, ...}, ...]}; NULL is null.
base::Result<> export_json(const Store& store, std::string_view table, const TextSink& sink);

}  // namespace thimble::store
