// Changes of size and colour of an image of 0 to 255, height x width x channels.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "data/spec.h"

namespace thimble::data {

struct Image {
  int32_t height = 0, width = 0, channels = 0;
  std::vector<float> values;  // [y][x][channel]
};

// In this order: channels, crop, size, pad. Absent: unchanged.
struct PixelChanges {
  std::optional<int32_t> channels;  // 1: grey, 0.299 R + 0.587 G + 0.114 B; 3: grey three times
  bool crop = false;                // first cut the middle out, of the proportions of `size`
  std::optional<int32_t> height, width;
  int32_t pad = 0;  // pixels of black on every side

  bool any() const { return channels || height || pad > 0; }

  // Reads channels=, size=HxW, fit=stretch|crop, pad=.
  static base::Result<PixelChanges> read(const Spec& spec);

  // Errors: kInvalidArgument for channels that cannot be made of the image's.
  base::Result<Image> apply(Image image) const;
};

// With a triangle as filter, as wide as a pixel of the smaller image, so that shrinking averages
// and enlarging interpolates; values are rounded to integers.
Image resized(const Image& image, int32_t height, int32_t width);

}  // namespace thimble::data
