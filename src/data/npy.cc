// npy:VALUES,LABELS and npz:FILE - arrays of NumPy, the first dimension counting the samples.
//
// Format: NumPy's NEP 1. A magic string, a version, the length of the header, and the header: a
// Python dictionary with the type, the order and the shape.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "data/byte_source.h"
#include "data/readers.h"

namespace thimble::data {
namespace {

using base::ErrorCode;
using base::Result;

enum class Element { kInt8, kUInt8, kInt16, kUInt16, kInt32, kInt64, kFloat32, kFloat64 };

struct ElementRow {
  std::string_view descr;  // little endian or of one byte
  Element element;
  size_t bytes;
  ValueKind kind;
};
constexpr ElementRow kElements[] = {
    {"|i1", Element::kInt8, 1, ValueKind::kIntegers},
    {"|u1", Element::kUInt8, 1, ValueKind::kPixels},
    {"<i2", Element::kInt16, 2, ValueKind::kIntegers},
    {"<u2", Element::kUInt16, 2, ValueKind::kIntegers},
    {"<i4", Element::kInt32, 4, ValueKind::kIntegers},
    {"<i8", Element::kInt64, 8, ValueKind::kIntegers},
    {"<f4", Element::kFloat32, 4, ValueKind::kReal},
    {"<f8", Element::kFloat64, 8, ValueKind::kReal},
};

template <typename T>
double load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return static_cast<double>(value);
}

double element_at(const std::byte* from, Element element) {
  switch (element) {
    case Element::kInt8:
      return load<int8_t>(from);
    case Element::kUInt8:
      return load<uint8_t>(from);
    case Element::kInt16:
      return load<int16_t>(from);
    case Element::kUInt16:
      return load<uint16_t>(from);
    case Element::kInt32:
      return load<int32_t>(from);
    case Element::kInt64:
      return load<int64_t>(from);
    case Element::kFloat32:
      return load<float>(from);
    case Element::kFloat64:
      return load<double>(from);
  }
  return 0;
}

// The text after "'KEY':" in the header.
std::optional<std::string_view> value_of(std::string_view header, std::string_view key) {
  const std::string quoted = fmt::format("'{}':", key);
  const size_t at = header.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  header.remove_prefix(at + quoted.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

// One array, read row by row (a row: everything of one index of the first dimension).
class Array {
 public:
  static Result<Array> open(ByteSource source) {
    Array array(std::move(source));
    THIMBLE_ASSIGN(const std::string header, array.read_header());
    THIMBLE_TRY(array.read_type(header));
    THIMBLE_TRY(array.read_shape(header));
    return array;
  }

  const ElementRow& type() const { return *type_; }
  uint64_t rows() const { return rows_; }
  const ir::Shape& row_shape() const { return row_shape_; }
  const std::filesystem::path& path() const { return source_.path(); }

  Result<> read_row(std::vector<float>& values) {
    THIMBLE_TRY(source_.read_exactly(row_));
    values.resize(row_.size() / type_->bytes);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(element_at(row_.data() + i * type_->bytes, type_->element));
    return {};
  }

 private:
  explicit Array(ByteSource source) : source_(std::move(source)) {}

  Result<std::string> read_header() {
    constexpr std::string_view kMagic = "\x93NUMPY";
    std::array<std::byte, 8> start{};
    THIMBLE_TRY(source_.read_exactly(start));
    if (std::memcmp(start.data(), kMagic.data(), kMagic.size()) != 0)
      return base::fail(source_.malformed("not a .npy file: it does not start with \\x93NUMPY"));
    const bool is_short = start[6] == std::byte{1};
    std::array<std::byte, 4> size_bytes{};
    THIMBLE_TRY(source_.read_exactly(std::span(size_bytes).first(is_short ? 2 : 4)));
    uint32_t size = 0;
    std::memcpy(&size, size_bytes.data(), sizeof(size));
    constexpr uint32_t kMaxHeader = 1 << 16;
    if (size > kMaxHeader)
      return base::fail(source_.malformed(fmt::format("the header has {} bytes", size)));
    base::Bytes text(size);
    THIMBLE_TRY(source_.read_exactly(text));
    return std::string(reinterpret_cast<const char*>(text.data()), text.size());
  }

  Result<> read_type(std::string_view header) {
    const auto descr = value_of(header, "descr");
    if (!descr) return base::fail(source_.malformed("the header has no 'descr'"));
    for (const ElementRow& row : kElements)
      if (descr->starts_with(fmt::format("'{}'", row.descr))) type_ = &row;
    if (!type_)
      return base::fail(
          base::Error(ErrorCode::kUnsupported,
                      fmt::format("{}: elements of type {} are not read", path().string(),
                                  descr->substr(0, descr->find(','))),
                      "store int8 to int64, uint8, uint16, float32 or float64, little endian"));
    const auto order = value_of(header, "fortran_order");
    if (!order || !order->starts_with("False"))
      return base::fail(base::Error(ErrorCode::kUnsupported,
                                    fmt::format("{}: is in Fortran order", path().string()),
                                    "store numpy.ascontiguousarray(...)"));
    return {};
  }

  Result<> read_shape(std::string_view header) {
    const auto shape = value_of(header, "shape");
    auto malformed = [&] { return base::fail(source_.malformed("the shape makes no sense")); };
    if (!shape || !shape->starts_with('(') || shape->find(')') == std::string_view::npos)
      return malformed();
    std::string_view rest = shape->substr(1, shape->find(')') - 1);
    std::vector<uint64_t> sizes;
    while (rest.find_first_of("0123456789") != std::string_view::npos) {
      rest.remove_prefix(rest.find_first_of("0123456789"));
      uint64_t size = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
      if (error != std::errc()) return malformed();
      rest.remove_prefix(static_cast<size_t>(end - rest.data()));
      sizes.push_back(size);
    }
    if (sizes.empty()) return malformed();
    constexpr uint64_t kMaxElements = uint64_t{1} << 26;
    rows_ = sizes[0];
    uint64_t elements = 1;
    for (size_t i = 1; i < sizes.size(); ++i) {
      if (sizes[i] == 0 || sizes[i] > kMaxElements || elements * sizes[i] > kMaxElements)
        return malformed();
      elements *= sizes[i];
      row_shape_.push_back(static_cast<int32_t>(sizes[i]));
    }
    row_.resize(elements * type_->bytes);
    return {};
  }

  ByteSource source_;
  const ElementRow* type_ = nullptr;
  uint64_t rows_ = 0;
  ir::Shape row_shape_;
  base::Bytes row_;
};

class Arrays : public DataSet {
 public:
  static Result<DataSetPtr> open(ByteSource values_source, ByteSource labels_source) {
    THIMBLE_ASSIGN(Array values, Array::open(std::move(values_source)));
    THIMBLE_ASSIGN(Array labels, Array::open(std::move(labels_source)));
    if (values.rows() != labels.rows())
      return base::fail(ErrorCode::kMalformed, "{} has {} samples, {} has {} labels",
                        values.path().string(), values.rows(), labels.path().string(),
                        labels.rows());
    if (ir::element_count(labels.row_shape()) < 1)
      return base::fail(ErrorCode::kMalformed, "{}: holds no labels", labels.path().string());
    return std::make_unique<Arrays>(std::move(values), std::move(labels));
  }

  Arrays(Array values, Array labels) : values_(std::move(values)), labels_(std::move(labels)) {
    info_.count = values_.rows();
    info_.shape = values_.row_shape();
    if (info_.shape.size() == 2 && values_.type().kind == ValueKind::kPixels)
      info_.shape.resize(3, 1);  // grey images
    info_.kind = values_.type().kind;
  }

  const DataSetInfo& info() const override { return info_; }

  Result<bool> next(Sample& sample) override {
    if (index_ == values_.rows()) return false;
    THIMBLE_TRY(values_.read_row(sample.values));
    THIMBLE_TRY(labels_.read_row(label_));
    sample.name = fmt::format("sample {}", index_++);
    THIMBLE_ASSIGN(sample.label, label());
    return true;
  }

 private:
  // A class, or one-hot.
  Result<int32_t> label() const {
    if (label_.size() > 1)
      return static_cast<int32_t>(std::ranges::max_element(label_) - label_.begin());
    constexpr float kMaxLabel = 1 << 24;
    const float value = label_[0];
    if (!(value >= 0 && value <= kMaxLabel) || value != std::floor(value))
      return base::fail(ErrorCode::kMalformed, "{}: the label of sample {} is {}",
                        labels_.path().string(), index_ - 1, value);
    return static_cast<int32_t>(value);
  }

  Array values_, labels_;
  DataSetInfo info_;
  std::vector<float> label_;
  uint64_t index_ = 0;
};

}  // namespace

Result<DataSetPtr> open_npy(const Spec& spec) {
  if (spec.paths().size() != 2)
    return base::fail(ErrorCode::kInvalidArgument, "data set '{}': expected npy:VALUES,LABELS",
                      spec.text());
  THIMBLE_ASSIGN(ByteSource values, ByteSource::open(spec.paths()[0]));
  THIMBLE_ASSIGN(ByteSource labels, ByteSource::open(spec.paths()[1]));
  return Arrays::open(std::move(values), std::move(labels));
}

Result<DataSetPtr> open_npz(const Spec& spec) {
  THIMBLE_ASSIGN(const std::filesystem::path path, spec.path());
  THIMBLE_ASSIGN(ByteSource values, ByteSource::open_entry(path, spec.word("x", "x") + ".npy"));
  THIMBLE_ASSIGN(ByteSource labels, ByteSource::open_entry(path, spec.word("y", "y") + ".npy"));
  return Arrays::open(std::move(values), std::move(labels));
}

}  // namespace thimble::data
