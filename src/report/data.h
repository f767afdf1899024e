// What a report shows, as JSON: the rows of a store, column by column (docs/report.md), because
// names of columns would otherwise be most of the text.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace thimble::report {

// The runs that match every condition, with their layers and buffers, and the models, boards and
// environments and exhibits of the store. `version` is any number; a page that has it need not ask
// again.
base::Result<std::string> report_data(const store::Store& store,
                                      const std::vector<store::Condition>& conditions = {},
                                      int64_t version = 0);

}  // namespace thimble::report
