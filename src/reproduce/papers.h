// What is particular to each paper: titles, and figures drawn from our runs.
#pragma once

#include "reproduce/exhibits.h"

namespace thimble::reproduce {

// Empty where the number says it all.
std::string table_title(std::string_view paper, std::string_view number);

// Tables beyond the published rows: days from a battery (section 5.3.3.3), gains by length.
base::Result<std::vector<store::ExhibitRecord>> heim_tables(const Material& material);
base::Result<std::vector<store::ExhibitRecord>> heim_figures(const Material& material);
std::vector<store::ExhibitRecord> profentzas_figures(const Material& material);

}  // namespace thimble::reproduce
