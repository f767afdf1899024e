#include "study/exhibits.h"

#include <algorithm>

#include "study/analysis.h"

namespace thimble::study {
namespace {

using store::ExhibitRecord;

constexpr const char* kNoValues = "The paper (Heim et al. 2021) prints no values of it.";

bool has_guideline(const Series& series) {
  return series.parameter != "kernel" && series.parameter != "stride" && series.parameter != "size";
}

// A sentence for each type of numbers.
std::vector<std::string> guidelines(const Study& study, const Series& series) {
  std::vector<std::string> lines;
  if (!has_guideline(series)) return lines;
  for (const Variant variant : {Variant::kOptimized, Variant::kFloat}) {
    const auto samples = samples_of(series, variant, study.samples);
    // Layers that do not fit leave gaps, in which nothing can be compared.
    if (samples.size() != series.values.size()) continue;
    lines.push_back(fmt::format("{} {}: {}", kind_name(study.grid.kind),
                                variant == Variant::kFloat ? "float32" : "int8",
                                guideline(series.parameter, roundings(series.values, samples))));
  }
  return lines;
}

struct LengthClass {
  const char* name;
  bool (*has)(int32_t length);
};
constexpr LengthClass kClassesOfLengths[] = {
    {"odd", [](int32_t length) { return length % 2 != 0; }},
    {"even", [](int32_t length) { return length % 2 == 0 && length % 4 != 0; }},
    {"divisible by 4", [](int32_t length) { return length % 4 == 0; }}};

// The figure of the paper in which the latency stands over the length of the input.
const char* number_by_length(Kind kind) {
  switch (kind) {
    case Kind::kDense:
      return "Figure 9 of the paper";
    case Kind::kConv:
      return "Figure 5 of the paper";
    case Kind::kConv1x1:
      return "";
    case Kind::kDepthwise:
      return "Figure 8 of the paper";
  }
  return "";
}

std::string first_layer(const Series& series) {
  return fmt::format("From: {}.", series.points[0].text());
}

// Marked by what the length can be divided by. `x`: of a sample.
template <typename X>
ExhibitRecord by_length(const Study& study, const std::string& number, const std::string& x_title,
                        X x) {
  const Series& series = study.grid.series[0];
  ExhibitRecord record;
  record.exhibit = {.number = number,
                    .kind = "points",
                    .title = fmt::format("{} layers, optimized kernels: latency over {}",
                                         kind_name(study.grid.kind), x_title),
                    .x_title = x_title,
                    .y_title = "latency (\u00b5s)",
                    .note = first_layer(series)};
  if (!number.empty()) record.exhibit.note += fmt::format(" {}", kNoValues);
  const std::vector<Sample> samples = samples_of(series, Variant::kOptimized, study.samples);
  for (const auto& [name, has] : kClassesOfLengths)
    for (const Sample& sample : samples)
      if (has(sample.point.length))
        record.values.push_back(
            {.series = name,
             .label = fmt::format("{} {}", series.parameter, sample.point.length),
             .unit = "\u00b5s",
             .ours_x = x(sample),
             .ours = sample.latency_us});
  return record;
}

// One curve for each variant.
ExhibitRecord by_parameter(const Study& study, const Series& series) {
  ExhibitRecord record;
  record.exhibit = {.kind = "curves",
                    .title = fmt::format("{} layers: latency over {}", kind_name(study.grid.kind),
                                         series.parameter),
                    .x_title = series.parameter,
                    .y_title = "latency (\u00b5s)",
                    .note = first_layer(series)};
  for (size_t v = 0; v < kVariants; ++v)
    for (size_t i = 0; i < series.points.size(); ++i)
      for (const Sample& sample : study.samples)
        if (sample.is_of(series.points[i], static_cast<Variant>(v)) && sample.measured())
          record.values.push_back(
              {.series = variant_name(sample.variant),
               .label = fmt::format("{} {}", series.parameter, series.values[i]),
               .unit = "\u00b5s",
               .ours_x = series.values[i],
               .ours = sample.latency_us});
  return record;
}

}  // namespace

std::vector<ExhibitRecord> figures(const std::vector<Study>& studies) {
  std::vector<ExhibitRecord> records;
  const auto add = [&](const Study& study, const Series& series, ExhibitRecord record) {
    for (const std::string& line : guidelines(study, series)) record.exhibit.note += "\n" + line;
    records.push_back(std::move(record));
  };
  for (const Study& study : studies) {
    const Series& lengths = study.grid.series[0];
    if (lengths.values.size() > 1) {
      if (study.grid.kind == Kind::kDense)
        records.push_back(by_length(study, "Figure 4 of the paper", "operations (c_e)",
                                    [](const Sample& sample) { return sample.paper_maccs; }));
      add(study, lengths,
          by_length(study, number_by_length(study.grid.kind), lengths.parameter,
                    [](const Sample& sample) { return static_cast<double>(sample.point.length); }));
    }
    for (size_t i = 1; i < study.grid.series.size(); ++i)
      add(study, study.grid.series[i], by_parameter(study, study.grid.series[i]));
  }
  return records;
}

ExhibitRecord gain_table(const std::vector<Study>& studies) {
  constexpr const char* kClasses[kLengthClasses] = {"all lengths", "odd", "even", "divisible by 4"};
  constexpr const char* kNotMeasured = "no such length was measured";
  ExhibitRecord record;
  record.exhibit = {.number = "Table 4 of the paper",
                    .title =
                        "Time of an operation with the reference kernels, and how many times "
                        "faster the optimized ones are, by the length of the input",
                    .note =
                        "Operations are the paper's c_e, which counts a 1x1 convolution twice. "
                        "Published: of the NUCLEO-L496ZG."};
  for (const Study& study : studies) {
    const Series& lengths = study.grid.series[0];
    const GainRow ours = gain_row(samples_of(lengths, Variant::kReference, study.samples),
                                  samples_of(lengths, Variant::kOptimized, study.samples));
    const GainRow published = published_gain(study.grid.kind);
    const char* kind = kind_name(study.grid.kind);
    record.values.push_back(
        {.label = fmt::format("{}, reference kernels", kind),
         .unit = "ns/op",
         .published = published.reference_ns,
         .ours = ours.reference_ns > 0 ? std::optional(ours.reference_ns) : std::nullopt,
         .reason = ours.reference_ns > 0 ? "" : kNotMeasured});
    for (size_t i = 0; i < kLengthClasses; ++i)
      record.values.push_back({.label = fmt::format("{}, gain, {}", kind, kClasses[i]),
                               .unit = "x",
                               .published = published.gain[i],
                               .ours = ours.gain[i],
                               .reason = ours.gain[i] ? "" : kNotMeasured});
  }
  return record;
}

std::vector<std::string> guidelines(const Study& study) {
  std::vector<std::string> lines;
  for (const Series& series : study.grid.series)
    std::ranges::move(guidelines(study, series), std::back_inserter(lines));
  return lines;
}

}  // namespace thimble::study
