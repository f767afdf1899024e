// Curves drawn with characters.
#pragma once

#include <string>
#include <vector>

namespace thimble::study {

struct PlotPoint {
  double x = 0, y = 0;
  char mark = '*';
};

// A field of `width` x `height` characters with the ranges of both axes written beside it; of
// points that share a character the last one is seen.
std::string plot(const std::vector<PlotPoint>& points, const std::string& x_title,
                 const std::string& y_title, int width = 76, int height = 18);

}  // namespace thimble::study
