#include "frontend/onnx/layout.h"

#include <algorithm>
#include <numeric>

namespace thimble::frontend {
namespace {

size_t index(int32_t i) {
  return static_cast<size_t>(i);
}

}  // namespace

Order row_major(size_t rank) {
  Order order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

Order channels_last(size_t rank) {
  Order order = row_major(rank);
  if (rank > 2) std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return order;
}

ir::Shape permuted(const ir::Shape& shape, const Order& order) {
  ir::Shape result;
  for (int32_t d : order) result.push_back(shape[index(d)]);
  return result;
}

Layout Layout::row_major(const ir::Shape& shape) {
  return ordered(shape, frontend::row_major(shape.size()));
}

Layout Layout::ordered(const ir::Shape& shape, const Order& order) {
  Layout layout;
  for (int32_t extent : shape)
    if (extent > 1) layout.factors_.push_back(extent);
  layout.memory_ = layout.sequence(shape, order);
  return layout;
}

bool Layout::split(const ir::Shape& shape) {
  size_t f = 0;
  for (int32_t rest : shape) {
    while (rest > 1) {
      if (f == factors_.size()) return false;
      const int32_t factor = factors_[f];
      if (rest % factor == 0) {
        rest /= factor;
        ++f;
        continue;
      }
      if (factor % rest != 0) return false;
      // Two factors, one after the other in memory too.
      factors_[f] = rest;
      factors_.insert(factors_.begin() + static_cast<std::ptrdiff_t>(f) + 1, factor / rest);
      for (int32_t& i : memory_)
        if (index(i) > f) ++i;
      const auto at = std::ranges::find(memory_, static_cast<int32_t>(f));
      memory_.insert(at + 1, static_cast<int32_t>(f) + 1);
    }
  }
  return f == factors_.size();
}

bool Layout::lies_in(const ir::Shape& shape, const Order& order) const {
  return sequence(shape, order) == memory_;
}

std::optional<Order> Layout::order(const ir::Shape& shape) const {
  const Order plain = frontend::row_major(shape.size());
  for (const Order& usual : {channels_last(shape.size()), plain})
    if (lies_in(shape, usual)) return usual;
  // By the place of the first factor; dimensions of 1 keep theirs before the next larger one.
  const auto of_dimension = groups(shape);
  std::vector<std::ptrdiff_t> places(shape.size(), -1);
  for (size_t d = 0; d < shape.size(); ++d)
    if (!of_dimension[d].empty())
      places[d] = std::ranges::find(memory_, of_dimension[d][0]) - memory_.begin();
  Order order = plain;
  std::ranges::stable_sort(order, {}, [&](int32_t d) { return places[index(d)]; });
  if (!lies_in(shape, order)) return std::nullopt;
  return order;
}

Layout Layout::transposed(const ir::Shape& shape, const Order& permutation) const {
  Layout result;
  std::vector<int32_t> renamed(factors_.size());
  for (int32_t factor : sequence(shape, permutation)) {
    renamed[index(factor)] = static_cast<int32_t>(result.factors_.size());
    result.factors_.push_back(factors_[index(factor)]);
  }
  for (int32_t factor : memory_) result.memory_.push_back(renamed[index(factor)]);
  return result;
}

std::optional<std::vector<int32_t>> Layout::columns(const ir::Shape& shape) const {
  const auto of_dimension = groups(shape);
  const size_t count = of_dimension.empty() ? 0 : of_dimension.back().size();
  const size_t first = factors_.size() - count;  // of the last dimension
  for (size_t i = 0; i < first; ++i)
    if (index(memory_[i]) != i) return std::nullopt;
  std::vector<int32_t> result = {0};
  for (size_t i = first; i < memory_.size(); ++i) {
    int32_t step = 1;  // in the dimension, from one value of this digit to the next
    for (size_t f = index(memory_[i]) + 1; f < factors_.size(); ++f) step *= factors_[f];
    std::vector<int32_t> longer;
    longer.reserve(result.size() * index(factors_[index(memory_[i])]));
    for (int32_t start : result)
      for (int32_t digit = 0; digit < factors_[index(memory_[i])]; ++digit)
        longer.push_back(start + digit * step);
    result = std::move(longer);
  }
  return result;
}

Layout::Copy Layout::copy(const ir::Shape& shape, const Order& order) const {
  const std::vector<int32_t> wanted = sequence(shape, order);
  // Neighbours in memory that stay neighbours move as one.
  std::vector<std::vector<int32_t>> runs;
  for (int32_t factor : memory_) {
    const auto here = std::ranges::find(wanted, factor);
    if (!runs.empty() && here != wanted.begin() && *(here - 1) == runs.back().back())
      runs.back().push_back(factor);
    else
      runs.push_back({factor});
  }
  Copy copy;
  for (const auto& run : runs) {
    int32_t extent = 1;
    for (int32_t factor : run) extent *= factors_[index(factor)];
    copy.shape.push_back(extent);
  }
  for (int32_t factor : wanted)
    for (size_t r = 0; r < runs.size(); ++r)
      if (runs[r][0] == factor) copy.permutation.push_back(static_cast<int32_t>(r));
  return copy;
}

std::vector<std::vector<int32_t>> Layout::groups(const ir::Shape& shape) const {
  std::vector<std::vector<int32_t>> result(shape.size());
  int32_t factor = 0;
  for (size_t d = 0; d < shape.size(); ++d)
    for (int32_t rest = shape[d]; rest > 1; ++factor) {
      result[d].push_back(factor);
      rest /= factors_[index(factor)];
    }
  return result;
}

std::vector<int32_t> Layout::sequence(const ir::Shape& shape, const Order& order) const {
  const auto of_dimension = groups(shape);
  std::vector<int32_t> result;
  for (int32_t d : order)
    result.insert(result.end(), of_dimension[index(d)].begin(), of_dimension[index(d)].end());
  return result;
}

}  // namespace thimble::frontend
