// wav:FOLDER - sounds; the class is the folder's name or the beginning of the file's.
#include "data/wav.h"

#include <cstring>

#include "data/file_tree.h"
#include "data/readers.h"

namespace thimble::data {
namespace {

using base::ErrorCode;
using base::Result;

template <typename T>
T little_endian(std::span<const std::byte> bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

bool has_text(std::span<const std::byte> bytes, size_t at, std::string_view text) {
  return at + text.size() <= bytes.size() &&
         std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

struct Format {
  uint16_t encoding = 0, channels = 0, bits = 0;
  uint32_t rate_hz = 0;

  static constexpr uint16_t kInteger = 1, kFloat = 3, kExtensible = 0xFFFE;

  bool is_supported() const {
    if (channels < 1) return false;
    if (encoding == kFloat) return bits == 32;
    return encoding == kInteger && (bits == 8 || bits == 16 || bits == 24 || bits == 32);
  }
};

// As a 16-bit integer would be, with a fraction where there are more bits.
float sample_at(std::span<const std::byte> bytes, size_t at, const Format& format) {
  switch (format.bits) {
    case 8:  // unsigned
      return static_cast<float>((std::to_integer<int>(bytes[at]) - 128) * 256);
    case 16:
      return little_endian<int16_t>(bytes, at);
    case 24:
      return static_cast<float>(little_endian<int16_t>(bytes, at + 1)) +
             static_cast<float>(std::to_integer<int>(bytes[at])) / 256.0f;
    default:
      if (format.encoding == Format::kFloat) return little_endian<float>(bytes, at) * 32768.0f;
      return static_cast<float>(little_endian<int32_t>(bytes, at)) / 65536.0f;
  }
}

class Wavs : public DataSet {
 public:
  using Features = Result<std::vector<float>> (*)(const Sound&);

  Wavs(FileTree tree, ClassFiles files, Features features)
      : tree_(std::move(tree)), files_(std::move(files)), features_(features) {
    info_.count = files_.files.size();
    info_.class_names = files_.classes;
    info_.kind = ValueKind::kReal;
  }

  const DataSetInfo& info() const override { return info_; }

  Result<bool> next(Sample& sample) override {
    if (index_ == files_.files.size()) return false;
    const ClassFile& file = files_.files[index_++];
    auto values = read(file.name);
    if (!values)
      return base::fail(std::move(values).error().in((tree_.path() / file.name).string()));
    sample.values = std::move(*values);
    sample.label = file.label;
    sample.name = file.name;
    return true;
  }

 private:
  Result<std::vector<float>> read(const std::string& name) const {
    THIMBLE_ASSIGN(const base::Bytes bytes, tree_.read(name));
    THIMBLE_ASSIGN(const Sound sound, read_wav(bytes));
    return features_(sound);
  }

  FileTree tree_;
  ClassFiles files_;
  Features features_;
  DataSetInfo info_;
  size_t index_ = 0;
};

// The samples themselves, from -1 to 1.
Result<std::vector<float>> raw(const Sound& sound) {
  std::vector<float> values = sound.samples;
  for (float& value : values) value /= 32768.0f;
  return values;
}

}  // namespace

Result<Sound> read_wav(std::span<const std::byte> bytes) {
  if (!has_text(bytes, 0, "RIFF") || !has_text(bytes, 8, "WAVE"))
    return base::fail(ErrorCode::kMalformed, "not a WAV file: it does not start with RIFF....WAVE");
  Format format;
  constexpr size_t kHeader = 8;
  for (size_t at = 12; at + kHeader <= bytes.size();) {
    const size_t size = little_endian<uint32_t>(bytes, at + 4), start = at + kHeader;
    if (has_text(bytes, at, "fmt ")) {
      if (size < 16 || start + size > bytes.size())
        return base::fail(ErrorCode::kMalformed, "byte {}: the format has {} bytes", at, size);
      format = {little_endian<uint16_t>(bytes, start), little_endian<uint16_t>(bytes, start + 2),
                little_endian<uint16_t>(bytes, start + 14),
                little_endian<uint32_t>(bytes, start + 4)};
      if (format.encoding == Format::kExtensible && size >= 26)
        format.encoding = little_endian<uint16_t>(bytes, start + 24);
      if (!format.is_supported())
        return base::fail(ErrorCode::kUnsupported,
                          "byte {}: samples of {} bits, encoding {}, {} channels are not read", at,
                          format.bits, format.encoding, format.channels);
    } else if (has_text(bytes, at, "data")) {
      if (format.bits == 0)
        return base::fail(ErrorCode::kMalformed, "byte {}: the samples come before their format",
                          at);
      if (start + size > bytes.size())
        return base::fail(ErrorCode::kMalformed, "byte {}: {} bytes of samples, the file has {}",
                          at, size, bytes.size() - start);
      const size_t step = size_t{format.channels} * (format.bits / 8u);
      Sound sound{.rate_hz = static_cast<int32_t>(std::min<uint32_t>(format.rate_hz, INT32_MAX)),
                  .samples = {}};
      for (size_t sample = start; sample + step <= start + size; sample += step)
        sound.samples.push_back(sample_at(bytes, sample, format));
      return sound;
    }
    at = start + size + size % 2;
  }
  return base::fail(ErrorCode::kMalformed, "has no samples");
}

Result<DataSetPtr> open_wav(const Spec& spec) {
  THIMBLE_ASSIGN(const std::filesystem::path path, spec.path());
  THIMBLE_ASSIGN(const std::string features, spec.one_of("features", {"raw", "mfcc", "logmel"}));
  THIMBLE_ASSIGN(const std::string labels, spec.one_of("labels", {"folder", "prefix"}));
  THIMBLE_ASSIGN(FileTree tree, FileTree::open(path));
  THIMBLE_ASSIGN(
      ClassFiles files,
      find_class_files(tree, {".wav"}, labels == "folder" ? ClassFrom::kFolder : ClassFrom::kPrefix,
                       spec.words("classes")));
  return std::make_unique<Wavs>(std::move(tree), std::move(files),
                                features == "mfcc"     ? keyword_mfcc
                                : features == "logmel" ? anomaly_log_mel
                                                       : raw);
}

}  // namespace thimble::data
