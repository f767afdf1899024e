// What ./dev bench prints: each row against what is committed and what others reached.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/bench/figures.h"

namespace thimble::bench {

struct Comparison {
  const Results& measured;
  const Results& committed;
  const Records& records;
  const Records& peer;
  const std::map<std::string, double>& peer_in_this_run;  // cycles, by Row::key()
};

// Only the rows that were measured. Ratios are ours divided by theirs: below 1 is better.
std::string report(const std::vector<Row>& rows, const Comparison& comparison);

}  // namespace thimble::bench
