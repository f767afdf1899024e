// Our figure beside each published one.
//
// Metrics: latency_ms, energy_mj, flash_bytes, flash_kib, ram_bytes, model_kib, current_ma, maccs,
// parameters; layer_ms:OP:N (the operator's N-th layer), time_share:OP and macc_share:OP (percent
// of all layers of one operator); accuracy (percent) and loss.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reproduce/published.h"
#include "store/run.h"

namespace thimble::reproduce {

// What the store holds of one run.
struct Measured {
  store::Run run = {};
  std::vector<store::Layer> layers = {};
  int64_t model_bytes = 0;
  double supply_v = 0;
  double parameters = 0;  // as trained; 0: not known
};

using Measurements = std::map<RunName, Measured>;

struct Figure {
  Row row;
  std::optional<double> ours;
  std::string reason;                   // why there is none
  std::optional<double> ratio() const;  // ours / published
};

// In the order of the rows. Accuracy is looked up by network and numbers, whatever the board.
std::vector<Figure> figures(const std::vector<Row>& rows, const Measurements& measurements);

// One network's fastest run on each board with one sort of kernels, and whether another board is
// both faster and takes less.
struct ParetoPoint {
  RunName run = {};
  double latency_ms = 0, energy_mj = 0;
  std::string dominated_by = {};  // a board; empty: on the front
};
std::vector<ParetoPoint> pareto_points(const std::string& network, const std::string& kernels,
                                       const Measurements& measurements);

// Pearson's r of latency and energy over the runs of a board ("": of all).
std::optional<double> correlation(const std::string& board, const Measurements& measurements);

}  // namespace thimble::reproduce
