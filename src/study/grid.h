// Which one-layer networks a study runs: a kind of layer, and series in which one of its numbers
// varies while the others stay.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::study {

enum class Kind { kDense, kConv, kConv1x1, kDepthwise };

const char* kind_name(Kind kind);  // "dense", "conv", "conv1x1", "depthwise"

// One layer. Dense layers have neither size nor kernel nor stride, depthwise ones no filters.
struct Point {
  Kind kind = Kind::kDense;
  int32_t length = 64;  // inputs of a dense layer, channels of an image
  int32_t units = 16;   // or filters
  int32_t size = 1;     // height and width of the image
  int32_t kernel = 1;
  int32_t stride = 1;

  std::string spec() const;  // of this layer alone: "dense:inputs=64,units=32"
  std::string text() const;  // "conv 16 channels, 16 filters, 10x10, kernel 3, stride 1"
  bool operator==(const Point&) const = default;
};

struct Series {
  std::string parameter =
      {};  // what varies: "inputs", "channels", "units", "filters", "kernel", ...
  std::vector<int32_t> values = {};
  std::vector<Point> points = {};  // by value
};

struct Grid {
  Kind kind = Kind::kDense;
  std::vector<Series> series = {};  // the first varies the length of the input
};

// SPEC is a kind, or a kind and what varies: "conv:channels=1-32,filters=8/16,kernel=3". Values are
// numbers, ranges a-b or a-b+step, separated by '/'. Each key with several values makes one series
// in which the other keys have their first value. Without keys: the kind's own series; `quick`
// thins them out. Errors: kInvalidArgument.
base::Result<Grid> parse_grid(std::string_view spec, bool quick);

}  // namespace thimble::study
