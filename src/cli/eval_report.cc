#include "cli/eval_report.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/text.h"
#include "eval/metrics.h"

namespace thimble::cli {
namespace {

using base::grouped;
using base::TextTable;
using eval::Interval;
using nlohmann::ordered_json;

std::string percent(double share) {
  return fmt::format("{:.2f} %", 100 * share);
}

// "+0.12 [-0.03, +0.27]"
std::string signed_interval(const Interval& interval, double factor, int digits) {
  return fmt::format("{:+.{}f} [{:+.{}f}, {:+.{}f}]", interval.value * factor, digits,
                     interval.low * factor, digits, interval.high * factor, digits);
}

bool shows_top(const EvalReport& report) {
  return report.options.top > 1 && report.options.top < report.evaluation.classes;
}

// "(2) model.tflite": the number is what later tables call it.
std::string numbered(const EvalReport& report, size_t network) {
  const std::string name = std::filesystem::path(report.models[network]).filename().string();
  return report.models.size() > 1 ? fmt::format("({}) {}", network + 1, name) : name;
}

std::string classification_table(const EvalReport& report) {
  const auto& outcomes = report.evaluation.outcomes;
  std::vector<TextTable::Column> columns = {{"network", TextTable::Align::kLeft}, {"top-1"}};
  if (shows_top(report)) columns.push_back({fmt::format("top-{}", report.options.top)});
  columns.push_back({"right"});
  columns.push_back({"cross-entropy"});
  if (outcomes.size() > 1) {
    columns.push_back({"points against (1) [95 %]"});
    columns.push_back({"cross-entropy against (1) [95 %]"});
  }
  TextTable table(std::move(columns));
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Interval top_1 = eval::accuracy(outcomes[i]);
    std::vector<std::string> row = {numbered(report, i), percent(top_1.value)};
    if (shows_top(report))
      row.push_back(percent(eval::accuracy(outcomes[i], report.options.top).value));
    row.push_back(grouped(
        static_cast<uint64_t>(top_1.value * static_cast<double>(outcomes[i].size()) + 0.5)));
    row.push_back(fmt::format("{:.5f}", eval::mean_cross_entropy(outcomes[i]).value));
    if (i > 0) {
      row.push_back(signed_interval(eval::accuracy_difference(outcomes[0], outcomes[i]), 100, 2));
      row.push_back(
          signed_interval(eval::cross_entropy_difference(outcomes[0], outcomes[i]), 1, 5));
    }
    table.add_row(std::move(row));
  }
  return table.to_string();
}

std::string anomaly_table(const EvalReport& report) {
  const eval::Evaluation& e = report.evaluation;
  std::vector<TextTable::Column> columns = {
      {"network", TextTable::Align::kLeft}, {"AUC"}, {"[95 %]"}, {"mean error"}};
  if (e.outcomes.size() > 1) columns.push_back({"AUC against (1) [95 %]"});
  TextTable table(std::move(columns));
  const bool both = eval::has_both_labels(e.labels);
  for (size_t i = 0; i < e.outcomes.size(); ++i) {
    double error = 0;
    for (const eval::Outcome& outcome : e.outcomes[i]) error += outcome.score;
    std::vector<std::string> row = {numbered(report, i), "-", "-"};
    if (both) {
      const Interval area = eval::area_under_roc(e.outcomes[i], e.labels);
      row[1] = fmt::format("{:.4f}", area.value);
      row[2] = fmt::format("[{:.4f}, {:.4f}]", area.low, area.high);
    }
    row.push_back(fmt::format("{:.5g}", error / static_cast<double>(e.outcomes[i].size())));
    if (both && i > 0)
      row.push_back(
          signed_interval(eval::area_difference(e.outcomes[0], e.outcomes[i], e.labels), 1, 4));
    table.add_row(std::move(row));
  }
  return table.to_string();
}

std::string per_class_table(const EvalReport& report) {
  std::vector<TextTable::Column> columns = {{"class", TextTable::Align::kLeft}, {"samples"}};
  std::vector<std::vector<eval::ClassFigures>> figures;
  for (size_t i = 0; i < report.models.size(); ++i) {
    figures.push_back(eval::per_class(report.evaluation, i));
    const std::string suffix = report.models.size() > 1 ? fmt::format(" ({})", i + 1) : "";
    columns.push_back({"recall" + suffix});
    columns.push_back({"precision" + suffix});
  }
  TextTable table(std::move(columns));
  for (size_t c = 0; c < figures[0].size(); ++c) {
    std::vector<std::string> row = {report.class_name(c), grouped(figures[0][c].samples)};
    for (const auto& of_network : figures) {
      row.push_back(of_network[c].samples ? percent(of_network[c].recall()) : "-");
      row.push_back(of_network[c].predicted ? percent(of_network[c].precision()) : "-");
    }
    table.add_row(std::move(row));
  }
  return table.to_string();
}

std::string confusion_table(const EvalReport& report, size_t network) {
  const auto matrix = eval::confusion_matrix(report.evaluation, network);
  std::vector<TextTable::Column> columns = {{"label \\ predicted", TextTable::Align::kLeft}};
  for (size_t c = 0; c < matrix.size(); ++c) columns.push_back({report.class_name(c)});
  TextTable table(std::move(columns));
  for (size_t label = 0; label < matrix.size(); ++label) {
    std::vector<std::string> row = {report.class_name(label)};
    for (uint64_t count : matrix[label]) row.push_back(count ? grouped(count) : ".");
    table.add_row(std::move(row));
  }
  return table.to_string();
}

std::string compare_table(const EvalReport& report) {
  const eval::Evaluation& e = report.evaluation;
  const std::vector<size_t> indices = eval::disagreements(e);
  std::vector<TextTable::Column> columns = {
      {"index"}, {"sample", TextTable::Align::kLeft}, {"label", TextTable::Align::kLeft}};
  for (size_t i = 0; i < report.models.size(); ++i)
    columns.push_back({fmt::format("({})", i + 1), TextTable::Align::kLeft});
  TextTable table(std::move(columns));
  for (size_t index : indices) {
    std::vector<std::string> row = {fmt::format("{}", index), e.names[index],
                                    report.class_name(static_cast<size_t>(e.labels[index]))};
    for (const auto& outcomes : e.outcomes)
      row.push_back(report.class_name(static_cast<size_t>(outcomes[index].predicted)));
    table.add_row(std::move(row));
  }
  return fmt::format("\nthe networks disagree on {} of {} samples\n{}", grouped(indices.size()),
                     grouped(e.labels.size()), indices.empty() ? "" : table.to_string());
}

ordered_json interval_json(const Interval& interval) {
  return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

ordered_json network_json(const EvalReport& report, size_t i) {
  const eval::Evaluation& e = report.evaluation;
  ordered_json network = {{"model", report.models[i]}};
  if (e.task == eval::Task::kAnomaly) {
    if (!eval::has_both_labels(e.labels)) return network;
    network["auc"] = interval_json(eval::area_under_roc(e.outcomes[i], e.labels));
    if (i > 0)
      network["auc_difference"] =
          interval_json(eval::area_difference(e.outcomes[0], e.outcomes[i], e.labels));
    return network;
  }
  network["top_1"] = interval_json(eval::accuracy(e.outcomes[i]));
  if (shows_top(report)) {
    network["top_k"] = interval_json(eval::accuracy(e.outcomes[i], report.options.top));
    network["k"] = report.options.top;
  }
  network["cross_entropy"] = interval_json(eval::mean_cross_entropy(e.outcomes[i]));
  if (i > 0) {
    network["top_1_difference"] =
        interval_json(eval::accuracy_difference(e.outcomes[0], e.outcomes[i]));
    network["cross_entropy_difference"] =
        interval_json(eval::cross_entropy_difference(e.outcomes[0], e.outcomes[i]));
  }
  if (report.options.per_class) {
    ordered_json classes = ordered_json::array();
    const auto figures = eval::per_class(e, i);
    for (size_t c = 0; c < figures.size(); ++c)
      classes.push_back({{"class", report.class_name(c)},
                         {"samples", figures[c].samples},
                         {"predicted", figures[c].predicted},
                         {"correct", figures[c].correct}});
    network["classes"] = std::move(classes);
  }
  if (report.options.confusion) network["confusion"] = eval::confusion_matrix(e, i);
  return network;
}

}  // namespace

std::string EvalReport::class_name(size_t index) const {
  return index < class_names.size() ? class_names[index] : fmt::format("{}", index);
}

std::string eval_text(const EvalReport& report) {
  const eval::Evaluation& e = report.evaluation;
  std::string text = fmt::format("{}: {} samples in {:.2f} s\n\n", report.data,
                                 grouped(e.labels.size()), e.seconds);
  if (e.task == eval::Task::kAnomaly) return text + anomaly_table(report);
  text += classification_table(report);
  if (report.options.per_class) text += "\n" + per_class_table(report);
  if (report.options.confusion)
    for (size_t i = 0; i < report.models.size(); ++i)
      text += fmt::format("\n{}\n{}", numbered(report, i), confusion_table(report, i));
  if (report.options.compare) text += compare_table(report);
  return text;
}

std::string eval_csv(const EvalReport& report) {
  const eval::Evaluation& e = report.evaluation;
  auto line = [](const std::string& model, size_t samples, const std::string& metric,
                 const Interval& interval) {
    std::string quoted;
    for (char c : model) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return fmt::format("\"{}\",{},{},{:.9g},{:.9g},{:.9g}\n", quoted, samples, metric,
                       interval.value, interval.low, interval.high);
  };
  std::string text = "model,samples,metric,value,low,high\n";
  for (size_t i = 0; i < report.models.size(); ++i) {
    const ordered_json network = network_json(report, i);
    for (const auto& [metric, value] : network.items())
      if (value.is_object())
        text += line(report.models[i], e.labels.size(), metric,
                     {value["value"], value["low"], value["high"]});
  }
  return text;
}

ordered_json eval_json(const EvalReport& report) {
  const eval::Evaluation& e = report.evaluation;
  ordered_json networks = ordered_json::array();
  for (size_t i = 0; i < report.models.size(); ++i) networks.push_back(network_json(report, i));
  ordered_json json = {{"schema", "thimble-eval/1"},
                       {"data", report.data},
                       {"samples", e.labels.size()},
                       {"seconds", e.seconds},
                       {"task", e.task == eval::Task::kAnomaly ? "anomaly" : "classification"},
                       {"networks", std::move(networks)}};
  if (!report.options.compare) return json;
  ordered_json different = ordered_json::array();
  for (size_t index : eval::disagreements(e)) {
    ordered_json predicted = ordered_json::array();
    for (const auto& outcomes : e.outcomes) predicted.push_back(outcomes[index].predicted);
    different.push_back({{"index", index},
                         {"sample", e.names[index]},
                         {"label", e.labels[index]},
                         {"predicted", std::move(predicted)}});
  }
  json["disagreements"] = std::move(different);
  return json;
}

}  // namespace thimble::cli
