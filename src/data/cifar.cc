// The binary form of CIFAR-10 and CIFAR-100: records of one label byte (CIFAR-100: coarse, then
// fine) and 32 x 32 pixels in three planes, red, green and blue. Source: Krizhevsky's data page.
#include "data/byte_source.h"
#include "data/readers.h"

namespace thimble::data {
namespace {

using base::ErrorCode;
using base::Result;

constexpr size_t kSide = 32, kChannels = 3, kPlane = kSide * kSide;

class Cifar : public DataSet {
 public:
  // `label_bytes` before the pixels, of which `label_index` counts, below `classes`.
  Cifar(std::vector<std::filesystem::path> paths, size_t label_bytes, size_t label_index,
        int32_t classes)
      : paths_(std::move(paths)),
        label_index_(label_index),
        classes_(classes),
        label_bytes_(label_bytes),
        record_(label_bytes + kPlane * kChannels) {
    info_.kind = ValueKind::kPixels;
    info_.shape = {kSide, kSide, kChannels};
    if (classes == 10)
      info_.class_names = {"airplane", "automobile", "bird",  "cat",  "deer",
                           "dog",      "frog",       "horse", "ship", "truck"};
  }

  const DataSetInfo& info() const override { return info_; }

  // Plain files tell how many records they hold. Fails when a file is missing.
  Result<> open() {
    uint64_t records = 0;
    bool known = true;
    for (const std::filesystem::path& path : paths_) {
      THIMBLE_TRY(ByteSource::open(path));
      std::error_code error;
      const uint64_t bytes = std::filesystem::file_size(path, error);
      known &= !error && path.extension() == ".bin";
      records += bytes / record_.size();
    }
    if (known) info_.count = records;
    return open_file();
  }

  Result<bool> next(Sample& sample) override {
    for (;;) {
      THIMBLE_ASSIGN(const bool any, source_->read(record_));
      if (any) break;
      if (file_ + 1 == paths_.size()) return false;
      ++file_;
      THIMBLE_TRY(open_file());
    }
    sample.label = std::to_integer<int32_t>(record_[label_index_]);
    if (sample.label >= classes_)
      return base::fail(ErrorCode::kMalformed,
                        "{}: byte {}: the label of record {} is {}, expected less than {}",
                        source_->path().string(), source_->offset() - record_.size() + label_index_,
                        index_, sample.label, classes_);
    sample.values.resize(kPlane * kChannels);
    const std::byte* pixels = record_.data() + label_bytes_;
    for (size_t c = 0; c < kChannels; ++c)
      for (size_t i = 0; i < kPlane; ++i)
        sample.values[i * kChannels + c] = std::to_integer<uint8_t>(pixels[c * kPlane + i]);
    sample.name = fmt::format("record {}", index_++);
    return true;
  }

 private:
  Result<> open_file() {
    THIMBLE_ASSIGN(source_, ByteSource::open(paths_[file_]));
    return {};
  }

  std::vector<std::filesystem::path> paths_;
  size_t label_index_;
  int32_t classes_;
  size_t label_bytes_;
  base::Bytes record_;
  DataSetInfo info_;
  std::optional<ByteSource> source_;
  size_t file_ = 0;
  uint64_t index_ = 0;
};

Result<DataSetPtr> open_cifar(const Spec& spec, size_t label_bytes, size_t label_index,
                              int32_t classes) {
  auto set = std::make_unique<Cifar>(spec.paths(), label_bytes, label_index, classes);
  THIMBLE_TRY(set->open());
  return set;
}

}  // namespace

Result<DataSetPtr> open_cifar10(const Spec& spec) {
  return open_cifar(spec, 1, 0, 10);
}

Result<DataSetPtr> open_cifar100(const Spec& spec) {
  THIMBLE_ASSIGN(const std::string labels, spec.one_of("labels", {"fine", "coarse"}));
  return labels == "fine" ? open_cifar(spec, 2, 1, 100) : open_cifar(spec, 2, 0, 20);
}

}  // namespace thimble::data
