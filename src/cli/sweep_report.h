// What `thimble sweep` prints: for people, and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sweep/cache.h"
#include "sweep/point.h"
#include "sweep/runner.h"

namespace thimble::cli {

// "90 of 200, 3.1 per second, 2 failed, 35 s left".
std::string progress_text(const sweep::Progress& progress);

// Every point, and which of them are not in the store.
std::string sweep_plan_text(const sweep::Expansion& expansion,
                            const std::vector<const sweep::Point*>& missing);
nlohmann::ordered_json sweep_plan_json(const sweep::Expansion& expansion,
                                       const std::vector<const sweep::Point*>& missing);

std::string sweep_prune_text(const sweep::PruneSummary& summary);
nlohmann::ordered_json sweep_prune_json(const sweep::PruneSummary& summary);

std::string sweep_text(const sweep::Summary& summary, const std::filesystem::path& store);
nlohmann::ordered_json sweep_json(const sweep::Summary& summary,
                                  const std::vector<store::Run>& failures,
                                  const std::filesystem::path& store);

}  // namespace thimble::cli
