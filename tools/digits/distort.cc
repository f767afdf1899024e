#include "tools/digits/distort.h"

#include <algorithm>
#include <cmath>

namespace thimble::digits {

namespace {

constexpr int kSamples = 2;  // in each direction of a pixel

float bilinear(const Image& image, float x, float y) {
  const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
  const float fx = x - static_cast<float>(left), fy = y - static_cast<float>(top);
  const float above = image.at(left, top) * (1 - fx) + image.at(left + 1, top) * fx;
  const float below = image.at(left, top + 1) * (1 - fx) + image.at(left + 1, top + 1) * fx;
  return above * (1 - fy) + below * fy;
}

Image blurred(const Image& image, float deviation) {
  const int radius = static_cast<int>(std::ceil(3 * deviation));
  const auto weight = [&](int d) {
    return std::exp(-0.5f * static_cast<float>(d * d) / (deviation * deviation));
  };
  const auto pass = [&](const Image& from, int dx, int dy) {
    Image to(from.width, from.height);
    for (int y = 0; y < to.height; ++y)
      for (int x = 0; x < to.width; ++x) {
        float sum = 0, weights = 0;
        for (int d = -radius; d <= radius; ++d) {
          sum += weight(d) * from.at(x + d * dx, y + d * dy);
          weights += weight(d);
        }
        to.at(x, y) = sum / weights;
      }
    return to;
  };
  return pass(pass(image, 1, 0), 0, 1);
}

// Displacements of one coordinate, in pixels, `strength` on average.
Image displacements(int size, float smoothness, float strength, base::Random& random) {
  Image field(size, size);
  for (float& value : field.pixels) value = random.uniform(-1, 1);
  field = blurred(field, smoothness);
  float mean = 0;
  for (float value : field.pixels) mean += std::abs(value);
  mean /= static_cast<float>(field.pixels.size());
  for (float& value : field.pixels) value *= strength / mean;
  return field;
}

}  // namespace

Image distorted(const Image& glyph, int size, base::Random& random) {
  const auto pixels = static_cast<float>(size);
  const float height = random.uniform(0.55f, 0.8f) * pixels;
  // Half as wide as high or more, but never wider than the picture.
  const float natural = height * static_cast<float>(glyph.width) / static_cast<float>(glyph.height);
  const float width = std::min(natural * random.uniform(0.75f, 1.25f), 0.85f * pixels);
  const float angle = random.uniform(-0.25f, 0.25f), slant = random.uniform(-0.35f, 0.25f);
  const float centre_x = pixels / 2 + random.uniform(-0.06f, 0.06f) * pixels;
  const float centre_y = pixels / 2 + random.uniform(-0.06f, 0.06f) * pixels;
  const float smoothness = random.uniform(0.1f, 0.2f) * pixels;
  const float strength = random.uniform(0, 0.045f) * pixels;
  const Image bend_x = displacements(size, smoothness, strength, random);
  const Image bend_y = displacements(size, smoothness, strength, random);

  const float scale_x = static_cast<float>(glyph.width) / width;
  const float scale_y = static_cast<float>(glyph.height) / height;
  Image picture(size, size);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      for (int sample = 0; sample < kSamples * kSamples; ++sample) {
        const auto part_x = static_cast<float>(sample % kSamples) + 0.5f;
        const auto part_y = static_cast<float>(sample / kSamples) + 0.5f;
        const float px = static_cast<float>(x) + part_x / kSamples;
        const float py = static_cast<float>(y) + part_y / kSamples;
        const float dx = px - centre_x + bend_x.at(x, y), dy = py - centre_y + bend_y.at(x, y);
        const float turned_y = -std::sin(angle) * dx + std::cos(angle) * dy;
        const float turned_x = std::cos(angle) * dx + std::sin(angle) * dy + slant * turned_y;
        picture.at(x, y) += bilinear(glyph, (turned_x + width / 2) * scale_x - 0.5f,
                                     (turned_y + height / 2) * scale_y - 0.5f) /
                            (kSamples * kSamples);
      }
  picture = blurred(picture, random.uniform(0.3f, 0.8f));
  const float ink = random.uniform(0.7f, 1.3f), noise = random.uniform(0, 0.08f);
  for (float& value : picture.pixels)
    value = std::clamp(value * ink + noise * random.normal(), 0.0f, 1.0f);
  return picture;
}

}  // namespace thimble::digits
