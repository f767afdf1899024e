// IDX, the format of MNIST: bytes 0 0 TYPE RANK, RANK big-endian sizes, then the elements.
#include <array>

#include "data/byte_source.h"
#include "data/readers.h"

namespace thimble::data {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

constexpr std::byte kUnsignedByte{0x08};

// The sizes in the header of a file of unsigned bytes with `rank` dimensions, or any when 0.
Result<std::vector<uint32_t>> read_header(ByteSource& file, size_t rank) {
  std::array<std::byte, 4> magic{};
  THIMBLE_TRY(file.read_exactly(magic));
  const auto dimensions = std::to_integer<size_t>(magic[3]);
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0} || dimensions == 0)
    return base::fail(ErrorCode::kMalformed, "{}: not an IDX file: it starts with {:#010x}",
                      file.path().string(), big_endian_32(magic));
  if (magic[2] != kUnsignedByte)
    return base::fail(ErrorCode::kUnsupported,
                      "{}: holds elements of type {:#04x}; only unsigned bytes (0x08) are read",
                      file.path().string(), std::to_integer<int>(magic[2]));
  if (rank != 0 && dimensions != rank)
    return base::fail(base::Error(
        ErrorCode::kMalformed,
        fmt::format("{}: has {} dimensions, expected {}", file.path().string(), dimensions, rank),
        rank == 1 ? "is this the file of the images instead of the labels?" : ""));
  std::vector<uint32_t> sizes(dimensions);
  for (uint32_t& size : sizes) {
    std::array<std::byte, 4> bytes{};
    THIMBLE_TRY(file.read_exactly(bytes));
    size = big_endian_32(bytes);
  }
  return sizes;
}

class Idx : public DataSet {
 public:
  static Result<DataSetPtr> open(const fs::path& images_path, const fs::path& labels_path) {
    THIMBLE_ASSIGN(ByteSource images, ByteSource::open(images_path));
    THIMBLE_ASSIGN(ByteSource labels, ByteSource::open(labels_path));
    THIMBLE_ASSIGN(const std::vector<uint32_t> sizes, read_header(images, 0));
    THIMBLE_ASSIGN(const std::vector<uint32_t> label_sizes, read_header(labels, 1));
    if (sizes[0] != label_sizes[0])
      return base::fail(ErrorCode::kMalformed, "{} has {} images, {} has {} labels",
                        images_path.string(), sizes[0], labels_path.string(), label_sizes[0]);
    constexpr uint64_t kMaxPixels = uint64_t{1} << 26;
    uint64_t pixels = 1;
    for (size_t i = 1; i < sizes.size(); ++i) {
      if (sizes[i] == 0 || pixels * sizes[i] > kMaxPixels)
        return base::fail(ErrorCode::kMalformed, "{}: dimension {} is {}", images_path.string(), i,
                          sizes[i]);
      pixels *= sizes[i];
    }
    auto set = std::make_unique<Idx>(std::move(images), std::move(labels));
    set->info_.count = sizes[0];
    set->info_.kind = ValueKind::kPixels;
    for (size_t i = 1; i < sizes.size(); ++i)
      set->info_.shape.push_back(static_cast<int32_t>(sizes[i]));
    if (set->info_.shape.size() == 2) set->info_.shape.push_back(1);  // grey images
    set->pixels_.resize(pixels);
    return set;
  }

  Idx(ByteSource images, ByteSource labels)
      : images_(std::move(images)), labels_(std::move(labels)) {}

  const DataSetInfo& info() const override { return info_; }

  Result<bool> next(Sample& sample) override {
    if (index_ == *info_.count) return false;
    std::array<std::byte, 1> label{};
    THIMBLE_TRY(labels_.read_exactly(label));
    THIMBLE_TRY(images_.read_exactly(pixels_));
    sample.label = std::to_integer<int32_t>(label[0]);
    sample.values.resize(pixels_.size());
    for (size_t i = 0; i < pixels_.size(); ++i)
      sample.values[i] = std::to_integer<uint8_t>(pixels_[i]);
    sample.name = fmt::format("image {}", index_++);
    return true;
  }

 private:
  ByteSource images_, labels_;
  DataSetInfo info_;
  base::Bytes pixels_;
  uint64_t index_ = 0;
};

// The published name, with or without .gz.
Result<fs::path> find_published(const fs::path& folder, const std::string& name) {
  for (const char* extension : {"", ".gz"}) {
    fs::path path = folder / (name + extension);
    std::error_code ignored;
    if (fs::exists(path, ignored)) return path;
  }
  return base::fail(base::Error(ErrorCode::kNotFound,
                                fmt::format("{}: there is no {} (or .gz)", folder.string(), name),
                                "mnist: takes the folder with the four published files; for other "
                                "names use idx:IMAGES,LABELS"));
}

}  // namespace

Result<DataSetPtr> open_mnist(const Spec& spec) {
  THIMBLE_ASSIGN(const fs::path folder, spec.path());
  THIMBLE_ASSIGN(const std::string split, spec.one_of("split", {"test", "train"}));
  const std::string prefix = split == "test" ? "t10k" : "train";
  THIMBLE_ASSIGN(const fs::path images, find_published(folder, prefix + "-images-idx3-ubyte"));
  THIMBLE_ASSIGN(const fs::path labels, find_published(folder, prefix + "-labels-idx1-ubyte"));
  return Idx::open(images, labels);
}

Result<DataSetPtr> open_idx(const Spec& spec) {
  if (spec.paths().size() != 2)
    return base::fail(ErrorCode::kInvalidArgument, "data set '{}': expected idx:IMAGES,LABELS",
                      spec.text());
  return Idx::open(spec.paths()[0], spec.paths()[1]);
}

}  // namespace thimble::data
