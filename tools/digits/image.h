// A grey image in rows from the top; 0 is the background, 1 full ink.
#pragma once

#include <cstddef>
#include <vector>

namespace thimble::digits {

struct Image {
  int width = 0, height = 0;  // pixels
  std::vector<float> pixels;

  Image(int columns, int rows)
      : width(columns), height(rows), pixels(static_cast<size_t>(columns) * rows) {}

  float& at(int x, int y) { return pixels[static_cast<size_t>(y) * width + x]; }

  // Background outside.
  float at(int x, int y) const {
    if (x < 0 || y < 0 || x >= width || y >= height) return 0;
    return pixels[static_cast<size_t>(y) * width + x];
  }
};

}  // namespace thimble::digits
