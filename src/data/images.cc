// images:FOLDER - PNG and JPEG files; the class is the folder's name.
#include <png.h>
#include <turbojpeg.h>

#include <memory>

#include "data/file_tree.h"
#include "data/pixels.h"
#include "data/readers.h"

namespace thimble::data {
namespace {

using base::ErrorCode;
using base::Result;

constexpr int64_t kMaxPixels = int64_t{1} << 26;
constexpr int32_t kColours = 3;

Result<> check_size(int64_t width, int64_t height) {
  if (width < 1 || height < 1 || width * height > kMaxPixels)
    return base::fail(ErrorCode::kLimit, "an image of {} x {} pixels is not read", width, height);
  return {};
}

Image image_of(int32_t height, int32_t width, const std::vector<unsigned char>& pixels) {
  return {height, width, kColours, std::vector<float>(pixels.begin(), pixels.end())};
}

// Transparent parts become black.
Result<Image> read_png(const base::Bytes& bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()))
    return base::fail(ErrorCode::kMalformed, "{}", image.message);
  // Frees what libpng holds when this returns early.
  const std::unique_ptr<png_image, void (*)(png_image*)> guard(&image, &png_image_free);
  THIMBLE_TRY(check_size(image.width, image.height));
  image.format = PNG_FORMAT_RGB;
  std::vector<unsigned char> pixels(PNG_IMAGE_SIZE(image));
  const png_color black{};
  if (!png_image_finish_read(&image, &black, pixels.data(), 0, nullptr))
    return base::fail(ErrorCode::kMalformed, "{}", image.message);
  return image_of(static_cast<int32_t>(image.height), static_cast<int32_t>(image.width), pixels);
}

Result<Image> read_jpeg(const base::Bytes& bytes) {
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), &tjDestroy);
  auto malformed = [&] {
    return base::fail(ErrorCode::kMalformed, "{}", tjGetErrorStr2(decoder.get()));
  };
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &subsampling,
                          &colours) != 0)
    return malformed();
  THIMBLE_TRY(check_size(width, height));
  std::vector<unsigned char> pixels(static_cast<size_t>(width) * static_cast<size_t>(height) *
                                    kColours);
  // A warning (damaged, but decodable) counts as an error: such a sample is not what it was.
  if (tjDecompress2(decoder.get(), data, bytes.size(), pixels.data(), width, 0, height, TJPF_RGB,
                    TJFLAG_ACCURATEDCT) != 0)
    return malformed();
  return image_of(height, width, pixels);
}

class Images : public DataSet {
 public:
  Images(FileTree tree, ClassFiles files, PixelChanges changes)
      : tree_(std::move(tree)), files_(std::move(files)), changes_(changes) {
    info_.count = files_.files.size();
    info_.class_names = files_.classes;
    info_.kind = ValueKind::kPixels;
    if (changes_.height)
      info_.shape = {*changes_.height + 2 * changes_.pad, *changes_.width + 2 * changes_.pad,
                     changes_.channels.value_or(kColours)};
  }

  const DataSetInfo& info() const override { return info_; }

  Result<bool> next(Sample& sample) override {
    if (index_ == files_.files.size()) return false;
    const ClassFile& file = files_.files[index_++];
    auto image = read(file.name);
    if (!image) return base::fail(std::move(image).error().in((tree_.path() / file.name).string()));
    sample.values = std::move(image->values);
    sample.label = file.label;
    sample.name = file.name;
    return true;
  }

 private:
  Result<Image> read(const std::string& name) const {
    THIMBLE_ASSIGN(const base::Bytes bytes, tree_.read(name));
    const bool is_png = bytes.size() > 1 && bytes[0] == std::byte{0x89};
    THIMBLE_ASSIGN(Image image, is_png ? read_png(bytes) : read_jpeg(bytes));
    return changes_.apply(std::move(image));
  }

  FileTree tree_;
  ClassFiles files_;
  PixelChanges changes_;
  DataSetInfo info_;
  size_t index_ = 0;
};

}  // namespace

Result<DataSetPtr> open_images(const Spec& spec) {
  THIMBLE_ASSIGN(const std::filesystem::path path, spec.path());
  THIMBLE_ASSIGN(const PixelChanges changes, PixelChanges::read(spec));
  THIMBLE_ASSIGN(FileTree tree, FileTree::open(path));
  THIMBLE_ASSIGN(ClassFiles files, find_class_files(tree, {".png", ".jpg", ".jpeg"},
                                                    ClassFrom::kFolder, spec.words("classes")));
  return std::make_unique<Images>(std::move(tree), std::move(files), changes);
}

}  // namespace thimble::data
