#include "reproduce/figures.h"

#include <charconv>
#include <cmath>
#include <iterator>
#include <map>

namespace thimble::reproduce {
namespace {

using store::Layer;

constexpr double kKiB = 1024;

// A value, or why there is none.
struct Value {
  std::optional<double> number;
  std::string reason;
};

Value known(double number) {
  return {number, {}};
}
Value missing(std::string reason) {
  return {std::nullopt, std::move(reason)};
}

template <typename T>
Value from(const std::optional<T>& value, double divisor = 1) {
  if (!value) return missing("not recorded");
  return known(static_cast<double>(*value) / divisor);
}

// `which`: "CONV_2D:1", the second of that operator's layers, each with all its bands.
Value layer_ms(const Measured& measured, std::string_view which) {
  const size_t colon = which.find(':');
  const std::string_view op = which.substr(0, colon), text = which.substr(colon + 1);
  size_t index = 0;
  std::from_chars(text.data(), text.data() + text.size(), index);
  std::map<int64_t, double> by_layer;
  for (const Layer& layer : measured.layers)
    if (layer.op == op) by_layer[layer.layer] += layer.latency_ms;
  if (index >= by_layer.size()) return missing("there is no such layer");
  return known(std::next(by_layer.begin(), static_cast<ptrdiff_t>(index))->second);
}

// What one operator's layers have of a quantity, in percent.
template <typename Quantity>
Value share(const Measured& measured, std::string_view op, Quantity quantity) {
  double part = 0, whole = 0;
  for (const Layer& layer : measured.layers) {
    const auto amount = static_cast<double>(quantity(layer));
    whole += amount;
    if (layer.op == op) part += amount;
  }
  return whole > 0 ? known(100 * part / whole) : missing("no layers are recorded");
}

Value measured_value(const Measured& measured, std::string_view metric) {
  const store::Run& run = measured.run;
  const size_t colon = metric.find(':');
  const std::string_view name = metric.substr(0, colon);
  const std::string_view argument = colon == metric.npos ? "" : metric.substr(colon + 1);
  if (name == "accuracy") return from(run.top_1, 0.01);
  if (name == "loss") return from(run.cross_entropy);
  if (!run.ok) return missing(run.error_message.value_or("failed"));
  if (name == "latency_ms") return from(run.latency_ms);
  if (name == "energy_mj") return from(run.energy_uj, 1e3);
  if (name == "flash_bytes") return from(run.flash_bytes);
  if (name == "flash_kib") return from(run.flash_bytes, kKiB);
  if (name == "ram_bytes") return from(run.ram_bytes);
  if (name == "maccs") return from(run.maccs);
  if (name == "model_kib") return known(static_cast<double>(measured.model_bytes) / kKiB);
  if (name == "parameters")
    return measured.parameters > 0 ? known(measured.parameters) : missing("not known");
  if (name == "current_ma" && run.energy_uj && run.latency_ms && measured.supply_v > 0)
    return known(*run.energy_uj / *run.latency_ms / measured.supply_v);
  if (name == "layer_ms") return layer_ms(measured, argument);
  if (name == "time_share") return share(measured, argument, [](auto& l) { return l.latency_ms; });
  if (name == "macc_share") return share(measured, argument, [](auto& l) { return l.maccs; });
  return missing("not recorded");
}

bool needs_data(const std::string& metric) {
  return metric == "accuracy" || metric == "loss";
}

// Any run of the network will do: the host says how accurate it is.
Value accuracy_value(const RunName& name, const std::string& metric,
                     const Measurements& measurements) {
  std::string failure;
  bool any_ok = false;
  for (const auto& [run, measured] : measurements) {
    if (run.network != name.network || run.numbers != name.numbers) continue;
    Value value = measured_value(measured, metric);
    if (value.number) return value;
    any_ok |= measured.run.ok;
    if (!measured.run.ok) failure = measured.run.error_message.value_or("failed");
  }
  if (!any_ok && !failure.empty()) return missing(failure);
  return missing("needs a data set and a trained network");
}

Value value_of(const RunName& name, const std::string& metric, const Measurements& measurements) {
  if (needs_data(metric)) return accuracy_value(name, metric, measurements);
  const auto found = measurements.find(name);
  if (found == measurements.end()) return missing("not run");
  return measured_value(found->second, metric);
}

}  // namespace

std::optional<double> Figure::ratio() const {
  if (!ours || !row.published || *row.published == 0) return std::nullopt;
  return *ours / *row.published;
}

std::vector<Figure> figures(const std::vector<Row>& rows, const Measurements& measurements) {
  std::vector<Figure> result;
  for (const Row& row : rows) {
    Value value = value_of(row.run, row.metric, measurements);
    if (row.operation && value.number) {
      const Value other = value_of(row.other, row.metric, measurements);
      if (!other.number)
        value = other;
      else if (row.operation == '-')
        value = known(*value.number - *other.number);
      else if (*other.number != 0)
        value = known(*value.number / *other.number);
      else
        value = missing("divided by nothing");
    }
    result.push_back({.row = row, .ours = value.number, .reason = std::move(value.reason)});
  }
  return result;
}

std::vector<ParetoPoint> pareto_points(const std::string& network, const std::string& kernels,
                                       const Measurements& measurements) {
  std::map<std::string, ParetoPoint> fastest;
  for (const auto& [name, measured] : measurements) {
    const store::Run& run = measured.run;
    if (name.network != network || name.kernels != kernels || !run.ok || !run.latency_ms ||
        !run.energy_uj)
      continue;
    const auto [at, added] = fastest.try_emplace(name.board);
    if (added || *run.latency_ms < at->second.latency_ms)
      at->second = {.run = name, .latency_ms = *run.latency_ms, .energy_mj = *run.energy_uj / 1e3};
  }
  std::vector<ParetoPoint> points;
  for (auto& [board, point] : fastest) {
    for (const auto& [other_board, other] : fastest) {
      const bool no_worse =
          other.latency_ms <= point.latency_ms && other.energy_mj <= point.energy_mj;
      const bool better = other.latency_ms < point.latency_ms || other.energy_mj < point.energy_mj;
      if (no_worse && better) point.dominated_by = other_board;
    }
    points.push_back(point);
  }
  return points;
}

std::optional<double> correlation(const std::string& board, const Measurements& measurements) {
  double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_yy = 0, sum_xy = 0;
  for (const auto& [name, measured] : measurements) {
    const store::Run& run = measured.run;
    if ((!board.empty() && name.board != board) || !run.ok || !run.latency_ms || !run.energy_uj)
      continue;
    const double x = *run.latency_ms, y = *run.energy_uj;
    n += 1;
    sum_x += x;
    sum_y += y;
    sum_xx += x * x;
    sum_yy += y * y;
    sum_xy += x * y;
  }
  const double variance = (n * sum_xx - sum_x * sum_x) * (n * sum_yy - sum_y * sum_y);
  if (n < 3 || variance <= 0) return std::nullopt;
  return (n * sum_xy - sum_x * sum_y) / std::sqrt(variance);
}

}  // namespace thimble::reproduce
