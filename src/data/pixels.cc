#include "data/pixels.h"

#include <algorithm>
#include <cmath>

#include "data/csv.h"

namespace thimble::data {
namespace {

using base::ErrorCode;
using base::Result;

constexpr int32_t kMaxSide = 1 << 13;

// What one output position takes from the input positions first, first + 1, ...
struct Taps {
  int32_t first;
  std::vector<float> weights;  // their sum is 1
};

std::vector<Taps> triangle_taps(int32_t from, int32_t to) {
  const double step = static_cast<double>(from) / to;
  const double radius = std::max(step, 1.0);
  std::vector<Taps> all(static_cast<size_t>(to));
  for (int32_t i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * step;
    const auto first = std::max(0, static_cast<int32_t>(std::floor(centre - radius)));
    const auto last = std::min(from - 1, static_cast<int32_t>(std::ceil(centre + radius)));
    std::vector<double> weights;
    double sum = 0;
    for (int32_t at = first; at <= last; ++at) {
      weights.push_back(std::max(0.0, 1 - std::abs(at + 0.5 - centre) / radius));
      sum += weights.back();
    }
    Taps& taps = all[static_cast<size_t>(i)];
    taps.first = first;
    for (double weight : weights) taps.weights.push_back(static_cast<float>(weight / sum));
  }
  return all;
}

float& at(Image& image, int32_t y, int32_t x, int32_t c) {
  return image
      .values[(static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(x)) *
                  static_cast<size_t>(image.channels) +
              static_cast<size_t>(c)];
}

float at(const Image& image, int32_t y, int32_t x, int32_t c) {
  return at(const_cast<Image&>(image), y, x, c);
}

Image blank(int32_t height, int32_t width, int32_t channels) {
  return {height, width, channels,
          std::vector<float>(static_cast<size_t>(height) * static_cast<size_t>(width) *
                             static_cast<size_t>(channels))};
}

// `source(y, x, c)` gives every value.
template <typename Source>
Image made(int32_t height, int32_t width, int32_t channels, Source source) {
  Image image = blank(height, width, channels);
  for (int32_t y = 0; y < height; ++y)
    for (int32_t x = 0; x < width; ++x)
      for (int32_t c = 0; c < channels; ++c) at(image, y, x, c) = source(y, x, c);
  return image;
}

Result<Image> with_channels(Image image, int32_t channels) {
  if (image.channels == channels) return image;
  if (image.channels == 1)
    return made(image.height, image.width, channels,
                [&](int32_t y, int32_t x, int32_t) { return at(image, y, x, 0); });
  if (image.channels != 3)
    return base::fail(ErrorCode::kInvalidArgument, "an image of {} channels cannot get {}",
                      image.channels, channels);
  return made(image.height, image.width, 1, [&](int32_t y, int32_t x, int32_t) {
    return std::round(0.299f * at(image, y, x, 0) + 0.587f * at(image, y, x, 1) +
                      0.114f * at(image, y, x, 2));
  });
}

Image cropped(const Image& image, int32_t height, int32_t width) {
  // The larger of the two cuts leaves the whole other side.
  int32_t h = image.height, w = image.width;
  if (int64_t{w} * height > int64_t{h} * width)
    w = std::max(1, static_cast<int32_t>(int64_t{h} * width / height));
  else
    h = std::max(1, static_cast<int32_t>(int64_t{w} * height / width));
  const int32_t top = (image.height - h) / 2, left = (image.width - w) / 2;
  return made(h, w, image.channels,
              [&](int32_t y, int32_t x, int32_t c) { return at(image, top + y, left + x, c); });
}

Image padded(const Image& image, int32_t pad) {
  Image wide = blank(image.height + 2 * pad, image.width + 2 * pad, image.channels);
  for (int32_t y = 0; y < image.height; ++y)
    for (int32_t x = 0; x < image.width; ++x)
      for (int32_t c = 0; c < image.channels; ++c)
        at(wide, y + pad, x + pad, c) = at(image, y, x, c);
  return wide;
}

}  // namespace

Image resized(const Image& image, int32_t height, int32_t width) {
  if (image.height == height && image.width == width) return image;
  const std::vector<Taps> across = triangle_taps(image.width, width);
  const std::vector<Taps> down = triangle_taps(image.height, height);
  auto sum_of = [](const Taps& taps, auto value) {
    float sum = 0;
    for (size_t i = 0; i < taps.weights.size(); ++i)
      sum += taps.weights[i] * value(taps.first + static_cast<int32_t>(i));
    return sum;
  };
  const Image narrow =
      made(image.height, width, image.channels, [&](int32_t y, int32_t x, int32_t c) {
        return sum_of(across[static_cast<size_t>(x)],
                      [&](int32_t from) { return at(image, y, from, c); });
      });
  return made(height, width, image.channels, [&](int32_t y, int32_t x, int32_t c) {
    return std::round(
        sum_of(down[static_cast<size_t>(y)], [&](int32_t from) { return at(narrow, from, x, c); }));
  });
}

Result<PixelChanges> PixelChanges::read(const Spec& spec) {
  PixelChanges changes;
  THIMBLE_ASSIGN(const std::optional<uint64_t> channels, spec.whole_number("channels"));
  if (channels && *channels != 1 && *channels != 3)
    return base::fail(ErrorCode::kInvalidArgument, "data set option channels={}: expected 1 or 3",
                      *channels);
  if (channels) changes.channels = static_cast<int32_t>(*channels);
  const auto fit = spec.one_of("fit", {"stretch", "crop"});
  if (!fit) return base::fail(fit.error());
  changes.crop = *fit == "crop";
  if (spec.has("size")) {
    const std::string text = spec.word("size", "");
    const size_t times = std::min(text.find('x'), text.size());
    changes.height = cell_whole_number(std::string_view(text).substr(0, times));
    changes.width =
        cell_whole_number(std::string_view(text).substr(std::min(times + 1, text.size())));
    if (!changes.height || !changes.width || *changes.height < 1 || *changes.width < 1 ||
        *changes.height > kMaxSide || *changes.width > kMaxSide)
      return base::fail(ErrorCode::kInvalidArgument,
                        "data set option size={}: expected HEIGHTxWIDTH, up to {}", text, kMaxSide);
  }
  THIMBLE_ASSIGN(const std::optional<uint64_t> pad, spec.whole_number("pad"));
  if (pad && *pad > kMaxSide)
    return base::fail(ErrorCode::kInvalidArgument, "data set option pad={}: expected at most {}",
                      *pad, kMaxSide);
  changes.pad = static_cast<int32_t>(pad.value_or(0));
  return changes;
}

Result<Image> PixelChanges::apply(Image image) const {
  if (channels) {
    THIMBLE_ASSIGN(image, with_channels(std::move(image), *channels));
  }
  if (height && crop) image = cropped(image, *height, *width);
  if (height) image = resized(image, *height, *width);
  if (pad > 0) image = padded(image, pad);
  return image;
}

}  // namespace thimble::data
