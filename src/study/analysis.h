// What the samples of a study say: latency per operation, what optimized kernels gain, and which
// lengths a core likes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "study/run.h"

namespace thimble::study {

// The samples of one series in one variant, in the order of its values; those that were measured.
std::vector<Sample> samples_of(const Series& series, Variant variant,
                               const std::vector<Sample>& samples);

// Lengths of the input by what they can be divided by.
enum class Lengths { kAll, kOdd, kEven, kDivisibleBy4 };
inline constexpr size_t kLengthClasses = 4;

// Mean of t / c_e over the layers of this class; none without layers.
std::optional<double> mean_ns_per_paper_macc(const std::vector<Sample>& samples, Lengths lengths);

// A row of Table 4 of Heim 2021: the reference kernels' latency per operation, and by how much the
// optimized ones divide it, for each class of lengths.
struct GainRow {
  double reference_ns = 0;
  std::optional<double> gain[kLengthClasses];
};
GainRow gain_row(const std::vector<Sample>& reference, const std::vector<Sample>& optimized);

// What the paper found on the NUCLEO-L496ZG.
GainRow published_gain(Kind kind);

// Rounding a length up to a multiple: the layer computes more, and may take less time.
struct Rounding {
  int32_t multiple = 1;
  size_t pairs = 0;   // lengths that are no multiples but whose next multiple was measured too
  size_t faster = 0;  // of these, layers that the multiple makes faster
  // Medians over the pairs: the multiple's / the length's.
  double time_ratio = 1;
  double work_ratio = 1;      // of the exact MACCs
  double per_macc_ratio = 1;  // of the time per exact MACC
};

// For the multiples 2, 4, 8 and 16. `samples`: of one series and variant, by rising value.
std::vector<Rounding> roundings(const std::vector<int32_t>& values,
                                const std::vector<Sample>& samples);

// A sentence for people: what to do with `parameter`, and the figures it rests on.
std::string guideline(const std::string& parameter, const std::vector<Rounding>& roundings);

}  // namespace thimble::study
