#include "tune/select.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace thimble::tune {
namespace {

class Selector {
 public:
  Selector(const std::vector<Layer>& layers, const StepBytes& step_bytes, const Budget& budget)
      : layers_(layers), step_bytes_(step_bytes), budget_(budget) {}

  Selected run() {
    for (const Layer& layer : layers_) current_.push_back(fastest(layer));
    arena_ = step_bytes_(current_);
    while (excess() > 0 && shrink()) {
    }
    const bool fits = excess() == 0;
    if (fits)
      while (speed_up()) {
      }
    return {current_, cycles(), flash_bytes(), ram_bytes(), fits};
  }

 private:
  struct Change {
    size_t layer, candidate;
  };

  // The cheapest of those that are as fast.
  static size_t fastest(const Layer& layer) {
    const auto cost = [](const Candidate& c) {
      return std::tuple(*c.cycles, c.weights_bytes, c.scratch_bytes, c.table_bytes);
    };
    return static_cast<size_t>(std::ranges::min_element(layer, {}, cost) - layer.begin());
  }

  const Candidate& chosen(size_t layer) const { return layers_[layer][current_[layer]]; }

  template <typename F>
  uint64_t sum(F value) const {
    uint64_t total = 0;
    for (size_t i = 0; i < layers_.size(); ++i) total += value(chosen(i));
    return total;
  }

  uint64_t cycles() const {
    return sum([](const Candidate& c) { return *c.cycles; });
  }
  uint64_t flash_bytes() const {
    return sum([](const Candidate& c) { return c.table_bytes; });
  }
  uint64_t weights_bytes() const {
    return sum([](const Candidate& c) { return c.weights_bytes; });
  }
  uint64_t ram_bytes() const {
    return weights_bytes() + (arena_.empty() ? 0 : *std::ranges::max_element(arena_));
  }

  // Of RAM it counts every step, so that a change that helps one of several equal peaks counts.
  uint64_t excess() const {
    const auto above = [](uint64_t bytes, uint64_t limit) {
      return bytes > limit ? bytes - limit : 0;
    };
    uint64_t bytes = above(flash_bytes(), budget_.flash_bytes);
    const uint64_t weights = weights_bytes();
    for (uint64_t step : arena_) bytes += above(step + weights, budget_.ram_bytes);
    return bytes;
  }

  // Tries every change of one layer and makes the one with the lowest cost; `cost` sees the state
  // after the change and says nothing of those that are out of the question.
  template <typename F>
  bool make_best_change(F cost) {
    std::optional<Change> best;
    double best_cost = std::numeric_limits<double>::infinity();
    for (size_t layer = 0; layer < layers_.size(); ++layer) {
      const size_t before = current_[layer];
      const std::vector<uint64_t> arena_before = arena_;
      for (size_t candidate = 0; candidate < layers_[layer].size(); ++candidate) {
        if (candidate == before) continue;
        current_[layer] = candidate;
        arena_ = step_bytes_(current_);
        const std::optional<double> value = cost();
        if (value && *value < best_cost) {
          best_cost = *value;
          best = Change{layer, candidate};
        }
      }
      current_[layer] = before;
      arena_ = arena_before;
    }
    if (!best) return false;
    current_[best->layer] = best->candidate;
    arena_ = step_bytes_(current_);
    return true;
  }

  bool shrink() {
    const uint64_t bytes_before = excess();
    const auto cycles_before = static_cast<double>(cycles());
    return make_best_change([&]() -> std::optional<double> {
      const uint64_t bytes = excess();
      if (bytes >= bytes_before) return std::nullopt;
      return (static_cast<double>(cycles()) - cycles_before) /
             static_cast<double>(bytes_before - bytes);
    });
  }

  bool speed_up() {
    const uint64_t before = cycles();
    return make_best_change([&]() -> std::optional<double> {
      if (cycles() >= before || excess() > 0) return std::nullopt;
      return static_cast<double>(cycles());
    });
  }

  const std::vector<Layer>& layers_;
  const StepBytes& step_bytes_;
  const Budget budget_;
  Selection current_;
  std::vector<uint64_t> arena_;  // for current_
};

}  // namespace

Selected select(const std::vector<Layer>& layers, const StepBytes& step_bytes,
                const Budget& budget) {
  return Selector(layers, step_bytes, budget).run();
}

}  // namespace thimble::tune
