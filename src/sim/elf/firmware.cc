#include "sim/elf/firmware.h"

#include <elf.h>

#include <cstring>
#include <optional>

namespace thimble::sim {
namespace {

using base::ErrorCode;

constexpr uint64_t kAddressSpace = uint64_t{1} << 32;

// Intel, "Hexadecimal Object File Format Specification", revision A.
enum RecordType : uint8_t {
  kData = 0,
  kEndOfFile = 1,
  kSegmentAddress = 2,
  kStartSegment = 3,
  kLinearAddress = 4,
  kStartLinear = 5,
};

struct Record {
  uint8_t type = 0;
  uint32_t offset = 0;
  base::Bytes data;
};

std::optional<uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

base::Result<Record> parse_record(std::string_view line) {
  if (!line.starts_with(':')) return base::fail(ErrorCode::kMalformed, "a record begins with ':'");
  line.remove_prefix(1);
  constexpr size_t kFrameBytes = 5;  // count, offset (2), type, checksum
  base::Bytes bytes;
  uint8_t sum = 0;
  for (size_t i = 0; i + 1 < line.size(); i += 2) {
    const auto high = hex_digit(line[i]), low = hex_digit(line[i + 1]);
    if (!high || !low)
      return base::fail(ErrorCode::kMalformed, "column {} is no hexadecimal byte", i + 2);
    const auto byte = static_cast<uint8_t>(*high << 4 | *low);
    sum = static_cast<uint8_t>(sum + byte);
    bytes.push_back(std::byte{byte});
  }
  const auto value = [&](size_t index) { return std::to_integer<uint32_t>(bytes[index]); };
  if (line.size() % 2 != 0 || bytes.size() < kFrameBytes || value(0) + kFrameBytes != bytes.size())
    return base::fail(ErrorCode::kMalformed, "the record does not have the length it states");
  if (sum != 0) return base::fail(ErrorCode::kMalformed, "wrong checksum");
  return Record{static_cast<uint8_t>(value(3)), value(1) << 8 | value(2),
                base::Bytes(bytes.begin() + 4, bytes.end() - 1)};
}

// Puts records together.
class Image {
 public:
  // False: that was the last record.
  base::Result<bool> add(const Record& record);
  std::map<uint32_t, base::Bytes> take() { return std::move(chunks_); }

 private:
  base::Result<> add_data(const Record& record);

  std::map<uint32_t, base::Bytes> chunks_;
  uint32_t base_ = 0;
};

base::Result<bool> Image::add(const Record& record) {
  const auto expect = [&](size_t size_bytes) -> base::Result<> {
    if (record.data.size() == size_bytes) return {};
    return base::fail(ErrorCode::kMalformed, "a record of type {} has {} bytes of data, not {}",
                      record.type, size_bytes, record.data.size());
  };
  const auto upper = [&] {
    return std::to_integer<uint32_t>(record.data[0]) << 8 |
           std::to_integer<uint32_t>(record.data[1]);
  };
  switch (record.type) {
    case kData:
      THIMBLE_TRY(add_data(record));
      return true;
    case kEndOfFile:
      THIMBLE_TRY(expect(0));
      return false;
    case kSegmentAddress:
      THIMBLE_TRY(expect(2));
      base_ = upper() << 4;
      return true;
    case kLinearAddress:
      THIMBLE_TRY(expect(2));
      base_ = upper() << 16;
      return true;
    case kStartSegment:
    case kStartLinear:  // a Cortex-M starts at its reset vector
      THIMBLE_TRY(expect(4));
      return true;
    default:
      return base::fail(ErrorCode::kMalformed, "no record is of type {}", record.type);
  }
}

base::Result<> Image::add_data(const Record& record) {
  if (record.data.empty()) return {};
  const uint64_t begin = uint64_t{base_} + record.offset;
  const uint64_t end = begin + record.data.size();
  if (record.offset + record.data.size() > 0x10000 || end > kAddressSpace)
    return base::fail(ErrorCode::kMalformed, "the data at {:#010x} wrap around", begin);
  auto next = chunks_.lower_bound(static_cast<uint32_t>(begin));
  if (next != chunks_.end() && next->first < end)
    return base::fail(ErrorCode::kMalformed, "there are two values for address {:#010x}",
                      next->first);
  if (next != chunks_.begin()) {
    auto& [address, bytes] = *std::prev(next);
    const uint64_t previous_end = uint64_t{address} + bytes.size();
    if (previous_end > begin)
      return base::fail(ErrorCode::kMalformed, "there are two values for address {:#010x}", begin);
    if (previous_end == begin) {
      bytes.insert(bytes.end(), record.data.begin(), record.data.end());
      return {};
    }
  }
  chunks_.emplace(static_cast<uint32_t>(begin), record.data);
  return {};
}

}  // namespace

base::Result<std::map<uint32_t, base::Bytes>> parse_intel_hex(std::string_view text) {
  Image image;
  bool more = true;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::string where = fmt::format("Intel HEX, line {}", number);
    if (!more) return base::fail(ErrorCode::kMalformed, "{}: text after the end record", where);
    base::Result<bool> added =
        parse_record(line).and_then([&](const Record& record) { return image.add(record); });
    if (!added) return base::fail(std::move(added).error().in(where));
    more = *added;
  }
  if (more)
    return base::fail({ErrorCode::kMalformed, "Intel HEX: there is no end record",
                       "the file was cut off: copy it again"});
  auto chunks = image.take();
  if (chunks.empty()) return base::fail(ErrorCode::kMalformed, "Intel HEX: nothing to load");
  return chunks;
}

base::Result<Elf> load_firmware(const std::filesystem::path& path, uint32_t flash_base) {
  THIMBLE_ASSIGN(base::Bytes bytes, base::read_file(path));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with(':')) {
    auto chunks = parse_intel_hex(text);
    if (!chunks) return base::fail(std::move(chunks).error().in(path.string()));
    return Elf::from_chunks(*chunks);
  }
  if (!text.starts_with(std::string_view(ELFMAG, SELFMAG)) && path.extension() == ".bin") {
    if (bytes.empty() || bytes.size() > kAddressSpace - flash_base)
      return base::fail(ErrorCode::kMalformed, "{}: {} bytes are no image of a flash at {:#010x}",
                        path.string(), bytes.size(), flash_base);
    return Elf::from_chunks({{flash_base, std::move(bytes)}});
  }
  base::Result<Elf> elf = Elf::parse(std::move(bytes));
  if (!elf) return base::fail(std::move(elf).error().in(path.string()));
  return elf;
}

}  // namespace thimble::sim
