#include "study/analysis.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace thimble::study {
namespace {

// An average over fewer says nothing.
constexpr size_t kFewestPairs = 4;

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

std::optional<Rounding> rounding_to(int32_t multiple, const std::vector<int32_t>& values,
                                    const std::vector<Sample>& samples) {
  Rounding result{.multiple = multiple};
  double log_time = 0, log_work = 0, log_per_macc = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (values[i] % multiple == 0) continue;
    const int32_t up = (values[i] / multiple + 1) * multiple;
    const auto found = std::ranges::find(values, up);
    if (found == values.end()) continue;
    const Sample& rounded = samples[static_cast<size_t>(found - values.begin())];
    ++result.pairs;
    result.faster += rounded.cycles < samples[i].cycles;
    log_time += std::log(rounded.latency_us / samples[i].latency_us);
    log_work +=
        std::log(static_cast<double>(rounded.maccs) / static_cast<double>(samples[i].maccs));
    log_per_macc += std::log(rounded.ns_per_macc() / samples[i].ns_per_macc());
  }
  if (result.pairs < kFewestPairs) return std::nullopt;
  const auto pairs = static_cast<double>(result.pairs);
  result.time_ratio = std::exp(log_time / pairs);
  result.work_ratio = std::exp(log_work / pairs);
  result.per_macc_ratio = std::exp(log_per_macc / pairs);
  return result;
}

}  // namespace

std::vector<Sample> samples_of(const Series& series, Variant variant,
                               const std::vector<Sample>& samples) {
  std::vector<Sample> result;
  for (const Point& point : series.points) {
    const auto found = std::ranges::find_if(samples, [&](const Sample& sample) {
      return sample.variant == variant && sample.point == point;
    });
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
  // The largest multiple to which rounding up costs no time on average, whatever it adds.
  const Rounding* free = nullptr;
  for (const Rounding& rounding : roundings)
    if (rounding.time_ratio <= 1) free = &rounding;
  if (free)
    return fmt::format(
        "round {} up to a multiple of {}: with {:.1f} % more MACCs the layer takes {:.1f} % less "
        "time on average, and less in {} of {} cases",
        parameter, free->multiple, 100 * (free->work_ratio - 1), 100 * (1 - free->time_ratio),
        free->faster, free->pairs);
  const Rounding& best = *std::ranges::min_element(roundings, {}, &Rounding::per_macc_ratio);
  if (best.per_macc_ratio > 0.99)
    return fmt::format("{} may be any number: no multiple makes an operation more than 1 % cheaper",
                       parameter);
  return fmt::format(
      "do not add {} for the sake of multiples: rounding up to a multiple of {} makes an operation "
      "{:.1f} % cheaper, but the layer takes {:.1f} % more time on average (less in {} of {} "
      "cases). Where the number is free, prefer multiples of {}",
      parameter, best.multiple, 100 * (1 - best.per_macc_ratio), 100 * (best.time_ratio - 1),
      best.faster, best.pairs, best.multiple);
}

}  // namespace thimble::study
