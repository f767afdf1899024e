// What a study shows, as a report and a store keep it: figures of latencies, and the paper's Table
// 4 (Heim 2021) beside ours.
#pragma once

#include <string>
#include <vector>

#include "store/run.h"
#include "study/run.h"

namespace thimble::study {

// The latency over the length of the input (Figures 4, 5, 8 and 9 of the paper), then over what
// else varies. The paper prints no value of its figures.
std::vector<store::ExhibitRecord> figures(const std::vector<Study>& studies);

store::ExhibitRecord gain_table(const std::vector<Study>& studies);

// What to do with the lengths of one kind of layer, for people: a sentence for each parameter and
// type of numbers.
std::vector<std::string> guidelines(const Study& study);

}  // namespace thimble::study
