// A paper's tables and figures beside ours, as a store keeps them: the one form that is printed,
// and that a report shows.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "reproduce/figures.h"
#include "store/run.h"
#include "study/run.h"

namespace thimble::reproduce {

// What exhibits are made of.
struct Material {
  std::vector<Figure> figures;  // of all rows of the paper
  Measurements measurements;
  std::vector<study::Study> studies = {};  // heim; may be empty
};

// The tables in the paper's order, then its figures; what the paper only says about a figure is a
// table after it. Errors: of the files of boards, cells and radios.
base::Result<std::vector<store::ExhibitRecord>> exhibits(std::string_view paper,
                                                         const Material& material);

}  // namespace thimble::reproduce
