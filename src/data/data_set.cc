#include "data/data_set.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "data/pixels.h"
#include "data/readers.h"

namespace thimble::data {
namespace {

using base::ErrorCode;
using base::Result;

struct Kind {
  std::string name;
  Result<DataSetPtr> (*open)(const Spec&);
  std::vector<std::string> options;  // besides the common ones
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"mnist", open_mnist, {"split"}},
      {"idx", open_idx, {}},
      {"cifar10", open_cifar10, {}},
      {"cifar100", open_cifar100, {"labels"}},
      {"mlperf", open_mlperf, {"type"}},
      {"images", open_images, {"classes"}},
      {"wav", open_wav, {"features", "labels", "classes"}},
      {"npy", open_npy, {}},
      {"npz", open_npz, {"x", "y"}},
      {"csv", open_csv, {"label", "classes", "values"}},
  };
  return all;
}

const std::vector<std::string> kCommonOptions = {"skip", "take", "scale", "zero_point",
                                                 "mean", "std",  "range", "channels",
                                                 "size", "fit",  "pad"};

// "range=LO..HI": what the pixels 0 and 255 become.
Result<Affine> read_range(const Spec& spec, ValueKind kind) {
  const std::string text = spec.word("range", "");
  if (kind != ValueKind::kPixels)
    return base::fail(ErrorCode::kInvalidArgument,
                      "data set option range={}: only data sets of pixels have it", text);
  for (const char* other : {"scale", "zero_point"})
    if (spec.has(other))
      return base::fail(ErrorCode::kInvalidArgument,
                        "data set options range and {} cannot be given together", other);
  THIMBLE_ASSIGN(const std::vector<double> values, spec.numbers("range", ".."));
  if (values.size() != 2 || values[0] == values[1])
    return base::fail(ErrorCode::kInvalidArgument,
                      "data set option range={}: expected LOW..HIGH, like -1..1", text);
  const double scale = (values[1] - values[0]) / 255;
  return Affine{.scale = scale, .zero_point = -values[0] / scale};
}

Result<Normalization> read_normalization(const Spec& spec, ValueKind kind) {
  Affine affine;
  if (spec.has("range")) {
    THIMBLE_ASSIGN(affine, read_range(spec, kind));
  } else {
    THIMBLE_ASSIGN(const std::optional<double> scale, spec.number("scale"));
    THIMBLE_ASSIGN(const std::optional<double> zero_point, spec.number("zero_point"));
    affine.scale = scale.value_or(1);
    affine.zero_point = zero_point.value_or(0);
  }
  THIMBLE_ASSIGN(affine.mean, spec.numbers("mean"));
  THIMBLE_ASSIGN(affine.std, spec.numbers("std"));
  if (affine.scale == 0 || std::ranges::count(affine.std, 0.0) > 0)
    return base::fail(ErrorCode::kInvalidArgument, "data set '{}': scale and std must not be 0",
                      spec.text());
  for (const char* option : {"range", "scale", "zero_point", "mean", "std"})
    if (spec.has(option)) return affine;
  return std::nullopt;
}

// What the pixels of a data set whose images all have the same shape become. (The images of
// `images:` have their own shapes; their reader changes them itself.)
Result<PixelChanges> read_changes(const Spec& spec, const DataSetInfo& info) {
  THIMBLE_ASSIGN(PixelChanges changes, PixelChanges::read(spec));
  if (spec.kind() == "images") return PixelChanges{};
  if (changes.any() && (info.kind != ValueKind::kPixels || info.shape.size() != 3))
    return base::fail(ErrorCode::kInvalidArgument,
                      "data set '{}': channels, size and pad are for images", spec.text());
  return changes;
}

// A part of another data set, with the changes and the normalization that the user asked for.
class Selection : public DataSet {
 public:
  Selection(DataSetPtr whole, PixelChanges changes, Normalization normalization, uint64_t skip,
            std::optional<uint64_t> take)
      : whole_(std::move(whole)),
        changes_(changes),
        info_(whole_->info()),
        skip_(skip),
        take_(take) {
    if (changes_.height) info_.shape = {*changes_.height, *changes_.width, info_.shape[2]};
    if (changes_.channels) info_.shape[2] = *changes_.channels;
    if (changes_.pad > 0)
      for (size_t axis = 0; axis < 2; ++axis) info_.shape[axis] += 2 * changes_.pad;
    if (normalization) info_.normalization = std::move(normalization);
    if (info_.count) info_.count = *info_.count - std::min(*info_.count, skip);
    if (info_.count && take) info_.count = std::min(*info_.count, *take);
  }

  const DataSetInfo& info() const override { return info_; }

  Result<bool> next(Sample& sample) override {
    for (; skip_ > 0; --skip_) {
      THIMBLE_ASSIGN(const bool any, whole_->next(sample));
      if (!any) return false;
    }
    if (take_ && taken_ == *take_) return false;
    ++taken_;
    THIMBLE_ASSIGN(const bool any, whole_->next(sample));
    if (any && changes_.any()) {
      const ir::Shape& shape = whole_->info().shape;
      THIMBLE_ASSIGN(Image image,
                     changes_.apply({shape[0], shape[1], shape[2], std::move(sample.values)}));
      sample.values = std::move(image.values);
    }
    return any;
  }

 private:
  DataSetPtr whole_;
  PixelChanges changes_;
  DataSetInfo info_;
  uint64_t skip_;
  std::optional<uint64_t> take_;
  uint64_t taken_ = 0;
};

}  // namespace

Result<std::unique_ptr<DataSet>> open_data_set(std::string_view text) {
  THIMBLE_ASSIGN(const Spec spec, Spec::parse(text));
  const auto kind = std::ranges::find(kinds(), spec.kind(), &Kind::name);
  if (kind == kinds().end()) {
    std::vector<std::string> names;
    for (const Kind& known : kinds()) names.push_back(known.name);
    const std::string nearest = base::nearest_name(spec.kind(), names);
    return base::fail(base::Error(
        ErrorCode::kInvalidArgument, fmt::format("there is no kind of data set '{}'", spec.kind()),
        nearest.empty() ? fmt::format("the kinds are {} (docs/data.md)", fmt::join(names, ", "))
                        : fmt::format("did you mean '{}'?", nearest)));
  }
  std::vector<std::string> known = kind->options;
  known.insert(known.end(), kCommonOptions.begin(), kCommonOptions.end());
  THIMBLE_TRY(spec.check_options(known));
  THIMBLE_ASSIGN(DataSetPtr set, kind->open(spec));
  THIMBLE_ASSIGN(Normalization normalization, read_normalization(spec, set->info().kind));
  THIMBLE_ASSIGN(const std::optional<uint64_t> skip, spec.whole_number("skip"));
  THIMBLE_ASSIGN(const std::optional<uint64_t> take, spec.whole_number("take"));
  THIMBLE_ASSIGN(const PixelChanges changes, read_changes(spec, set->info()));
  return std::make_unique<Selection>(std::move(set), changes, std::move(normalization),
                                     skip.value_or(0), take);
}

}  // namespace thimble::data
