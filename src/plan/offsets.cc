#include "plan/offsets.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "plan/conflicts.h"

namespace thimble::plan {
namespace {

using Order = std::vector<size_t>;  // of buffers

// What the search may take, over all orders.
constexpr size_t kMaxVisits = 4'000'000;  // neighbours looked at
constexpr size_t kMaxOrders = 5'000;

int64_t align_up(int64_t bytes) {
  constexpr int64_t kStep = kAlignment;
  return (bytes + kStep - 1) / kStep * kStep;
}

class Placer {
 public:
  Placer(std::span<const Buffer> buffers, std::span<const BufferOverlap> overlaps)
      : buffers_(buffers),
        neighbours_(find_neighbours(buffers, overlaps)),
        offsets_(buffers.size()) {
    for (const auto& list : neighbours_) visits_per_order_ += 1 + list.size();
  }

  // Returns the arena's size.
  int64_t place(const Order& order) {
    std::ranges::fill(offsets_, kUnplaced);
    int64_t arena_bytes = 0;
    for (size_t buffer : order) {
      offsets_[buffer] = lowest_offset(buffer);
      arena_bytes = std::max(arena_bytes, end(buffer));
    }
    return align_up(arena_bytes);
  }

  int64_t end(size_t buffer) const {
    return offsets_[buffer] + static_cast<int64_t>(buffers_[buffer].bytes);
  }
  const std::vector<int64_t>& offsets() const { return offsets_; }
  size_t visits_per_order() const { return visits_per_order_; }

 private:
  static constexpr int64_t kUnplaced = -1;

  int64_t lowest_offset(size_t buffer) {
    forbidden_.clear();
    for (const Neighbour& neighbour : neighbours_[buffer]) {
      const int64_t at = offsets_[neighbour.buffer];
      if (at == kUnplaced) continue;
      for (const Forbidden& d : neighbour.distances)
        if (at + d.below > 0) forbidden_.push_back({at + d.above, at + d.below});
    }
    std::ranges::sort(forbidden_, {}, &Forbidden::above);
    int64_t offset = 0;
    for (const Forbidden& range : forbidden_) {
      if (offset <= range.above) break;
      if (offset < range.below) offset = align_up(range.below);
    }
    return offset;
  }

  std::span<const Buffer> buffers_;
  std::vector<std::vector<Neighbour>> neighbours_;
  std::vector<int64_t> offsets_;  // by buffer
  std::vector<Forbidden> forbidden_;
  size_t visits_per_order_ = 0;
};

// The obvious orders: each is best for some graphs.
std::vector<Order> first_orders(std::span<const Buffer> buffers) {
  Order by_age(buffers.size());
  std::iota(by_age.begin(), by_age.end(), size_t{0});
  auto lifetime = [&](size_t i) { return buffers[i].last_step - buffers[i].first_step; };
  Order by_size = by_age;
  std::ranges::stable_sort(by_size, std::greater{}, [&](size_t i) { return buffers[i].bytes; });
  Order by_area = by_age;
  std::ranges::stable_sort(by_area, std::greater{},
                           [&](size_t i) { return buffers[i].bytes * (lifetime(i) + 1); });
  Order by_lifetime = by_size;
  std::ranges::stable_sort(by_lifetime, std::greater{}, lifetime);
  Order from_the_end = by_age;
  std::ranges::reverse(from_the_end);
  return {by_size, by_area, by_lifetime, by_age, from_the_end};
}

class Search {
 public:
  Search(std::span<const Buffer> buffers, Placer& placer, int64_t least_bytes)
      : placer_(placer),
        least_bytes_(least_bytes),
        orders_left_(std::min(kMaxOrders, kMaxVisits / placer.visits_per_order())) {
    for (const Order& order : first_orders(buffers)) consider(order);
  }

  // Moves one buffer after another to another place in the order while that does not make the
  // arena larger.
  void improve() {
    base::Random random(1);
    const auto count = static_cast<int64_t>(order_.size());
    for (; orders_left_ > 0 && best_ > least_bytes_; --orders_left_) {
      auto from = random.integer(0, count - 1);
      // Every other time one that reaches the arena's end, to an earlier place.
      const bool from_the_top = random.integer(0, 1) == 0;
      if (from_the_top) from = top_position(from);
      const auto to = random.integer(0, from_the_top ? from : count - 1);
      Order order = order_;
      const size_t buffer = order[static_cast<size_t>(from)];
      order.erase(order.begin() + from);
      order.insert(order.begin() + to, buffer);
      consider(order);
    }
  }

  int64_t best() const { return best_; }
  const std::vector<int64_t>& offsets() const { return offsets_; }

 private:
  void consider(const Order& order) {
    const int64_t arena_bytes = placer_.place(order);
    if (arena_bytes > best_) return;
    best_ = arena_bytes;
    order_ = order;
    offsets_ = placer_.offsets();
    ends_.clear();
    for (size_t buffer : order_) ends_.push_back(align_up(placer_.end(buffer)));
  }

  // The first position at or cyclically after `from` whose buffer ends where the arena does.
  int64_t top_position(int64_t from) const {
    auto position = static_cast<size_t>(from);
    while (ends_[position] != best_) position = (position + 1) % ends_.size();
    return static_cast<int64_t>(position);
  }

  Placer& placer_;
  int64_t least_bytes_;
  size_t orders_left_;
  int64_t best_ = INT64_MAX;
  Order order_;
  std::vector<int64_t> offsets_;  // by buffer
  std::vector<int64_t> ends_;     // by position in order_
};

}  // namespace

size_t assign_offsets(std::span<Buffer> buffers, std::span<const BufferOverlap> overlaps) {
  if (buffers.empty()) return 0;
  size_t least = 0;
  for (const Buffer& buffer : buffers)
    least = std::max(least, least_bytes(buffers, overlaps, buffer.first_step));
  Placer placer(buffers, overlaps);
  Search search(buffers, placer, align_up(static_cast<int64_t>(least)));
  search.improve();
  for (size_t i = 0; i < buffers.size(); ++i)
    buffers[i].offset = static_cast<size_t>(search.offsets()[i]);
  return static_cast<size_t>(search.best());
}

}  // namespace thimble::plan
