// Exhibits of a store for terminals and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "store/run.h"

namespace thimble::cli {

// Tables, and figures of few marks, as published, ours and ratio. Points and curves of many are
// drawn with characters; many bars only counted.
void print_exhibits(const std::vector<store::ExhibitRecord>& exhibits);

// [{number, kind, title, ..., values [{...}]}], described in docs/json.md.
nlohmann::ordered_json exhibits_json(const std::vector<store::ExhibitRecord>& exhibits);

}  // namespace thimble::cli
