#include "study/analysis.h"

#include <algorithm>

#include "base/check.h"

namespace thimble::study {
namespace {

// An average over fewer says nothing.
constexpr size_t kFewestPairs = 4;
// Ratios of time that count as none, and that are worth a word.
constexpr double kFree = 1.005;
constexpr double kWorthMentioning = 0.99;

bool is_in(int32_t length, Lengths lengths) {
  switch (lengths) {
    case Lengths::kAll:
      return true;
    case Lengths::kOdd:
      return length % 2 != 0;
    case Lengths::kEven:
      return length % 2 == 0;
    case Lengths::kDivisibleBy4:
      return length % 4 == 0;
  }
  return false;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::optional<Rounding> rounding_to(int32_t multiple, const std::vector<int32_t>& values,
                                    const std::vector<Sample>& samples) {
  Rounding result{.multiple = multiple};
  std::vector<double> time, work, per_macc;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (values[i] % multiple == 0) continue;
    const int32_t up = (values[i] / multiple + 1) * multiple;
    const auto found = std::ranges::find(values, up);
    if (found == values.end()) continue;
    const Sample& rounded = samples[static_cast<size_t>(found - values.begin())];
    ++result.pairs;
    result.faster += rounded.cycles < samples[i].cycles;
    time.push_back(rounded.latency_us / samples[i].latency_us);
    work.push_back(static_cast<double>(rounded.maccs) / static_cast<double>(samples[i].maccs));
    per_macc.push_back(rounded.ns_per_macc() / samples[i].ns_per_macc());
  }
  if (result.pairs < kFewestPairs) return std::nullopt;
  result.time_ratio = median(std::move(time));
  result.work_ratio = median(std::move(work));
  result.per_macc_ratio = median(std::move(per_macc));
  return result;
}

}  // namespace

std::vector<Sample> samples_of(const Series& series, Variant variant,
                               const std::vector<Sample>& samples) {
  std::vector<Sample> result;
  for (const Point& point : series.points) {
    const auto found = std::ranges::find_if(
        samples, [&](const Sample& sample) { return sample.is_of(point, variant); });
    if (found != samples.end() && found->measured()) result.push_back(*found);
  }
  return result;
}

std::optional<double> mean_ns_per_paper_macc(const std::vector<Sample>& samples, Lengths lengths) {
  double sum = 0;
  size_t count = 0;
  for (const Sample& sample : samples) {
    if (!is_in(sample.point.length, lengths)) continue;
    sum += sample.ns_per_paper_macc();
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

GainRow gain_row(const std::vector<Sample>& reference, const std::vector<Sample>& optimized) {
  GainRow row;
  row.reference_ns = mean_ns_per_paper_macc(reference, Lengths::kAll).value_or(0);
  for (size_t i = 0; i < kLengthClasses; ++i) {
    const auto slow = mean_ns_per_paper_macc(reference, static_cast<Lengths>(i));
    const auto fast = mean_ns_per_paper_macc(optimized, static_cast<Lengths>(i));
    if (slow && fast) row.gain[i] = *slow / *fast;
  }
  return row;
}

GainRow published_gain(Kind kind) {
  switch (kind) {
    case Kind::kDense:
      return {145.2, {3.00, 2.89, 3.13, 3.24}};
    case Kind::kConv:
      return {250.6, {6.70, 6.42, 6.96, 7.03}};
    case Kind::kConv1x1:
      return {148.5, {6.05, 5.72, 6.33, 6.60}};
    case Kind::kDepthwise:
      return {925.1, {2.23, 2.17, 2.29, 2.32}};
  }
  return {};
}

std::vector<Rounding> roundings(const std::vector<int32_t>& values,
                                const std::vector<Sample>& samples) {
  CHECK(values.size() == samples.size());
  std::vector<Rounding> result;
  for (const int32_t multiple : {2, 4, 8, 16})
    if (const auto rounding = rounding_to(multiple, values, samples)) result.push_back(*rounding);
  return result;
}

std::string guideline(const std::string& parameter, const std::vector<Rounding>& roundings) {
  if (roundings.empty())
    return fmt::format("{}: too few neighbouring values to say anything", parameter);
  // The largest multiple to which rounding up costs next to nothing, whatever it adds.
  const Rounding* free = nullptr;
  for (const Rounding& rounding : roundings)
    if (rounding.time_ratio <= kFree) free = &rounding;
  if (free)
    return fmt::format(
        "round {} up to a multiple of {}: {:+.1f} % MACCs, {:+.1f} % time (medians), less time in "
        "{} of {} cases",
        parameter, free->multiple, 100 * (free->work_ratio - 1), 100 * (free->time_ratio - 1),
        free->faster, free->pairs);
  const Rounding& best = *std::ranges::min_element(roundings, {}, &Rounding::per_macc_ratio);
  if (best.per_macc_ratio > kWorthMentioning)
    return fmt::format("{} may be any number: no multiple makes an operation even 1 % cheaper",
                       parameter);
  return fmt::format(
      "where the number of {0} is free, prefer multiples of {1}: an operation takes {2:+.1f} % "
      "time; but do not add {0} for that: {3:+.1f} % time (medians), less in {4} of {5} cases",
      parameter, best.multiple, 100 * (best.per_macc_ratio - 1), 100 * (best.time_ratio - 1),
      best.faster, best.pairs);
}

}  // namespace thimble::study
