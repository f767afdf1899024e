// What `thimble reproduce` prints.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reproduce/figures.h"

namespace thimble::cli {

// Each table and figure of the paper: published, ours, ratio; then a summary of the ratios.
void print_figures(const std::vector<reproduce::Figure>& figures);

// Heim: which board is on the Pareto front of latency and energy, derived from our runs, beside the
// paper's statement; and the correlation of the two.
void print_pareto(const reproduce::Measurements& measurements);

// Heim, sections 5.3.3.3 and 6.2: how long a coin cell lasts, and radios against inferring, both
// from the energies of our fastest runs on the L4. Errors: of the files of cells and radios.
base::Result<> print_decisions(const reproduce::Measurements& measurements);

nlohmann::ordered_json figures_json(const std::vector<reproduce::Figure>& figures);
nlohmann::ordered_json pareto_json(const reproduce::Measurements& measurements);

}  // namespace thimble::cli
