#include "data/byte_source.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

namespace thimble::data {

using base::Error;
using base::ErrorCode;
using base::Result;

void ByteSource::Close::operator()(archive* opened) const {
  archive_read_free(opened);
}

Result<ByteSource> ByteSource::open(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    return base::fail(ErrorCode::kNotFound, "{}: no such file", path.string());
  if (std::filesystem::is_directory(status))
    return base::fail(ErrorCode::kIo, "{}: is a folder, expected a file", path.string());

  ByteSource source(path);
  source.archive_.reset(archive_read_new());
  archive* opened = source.archive_.get();
  archive_read_support_filter_gzip(opened);
  archive_read_support_filter_xz(opened);
  archive_read_support_filter_bzip2(opened);
  archive_read_support_filter_zstd(opened);
  archive_read_support_format_raw(opened);
  archive_read_support_format_empty(opened);
  constexpr size_t kBlockBytes = 1 << 16;
  if (archive_read_open_filename(opened, path.c_str(), kBlockBytes) != ARCHIVE_OK)
    return base::fail(ErrorCode::kIo, "{}: {}", path.string(), archive_error_string(opened));
  archive_entry* entry = nullptr;
  const int found = archive_read_next_header(opened, &entry);
  if (found == ARCHIVE_EOF)
    source.archive_.reset();  // an empty file, from which nothing is read
  else if (found != ARCHIVE_OK)
    return base::fail(ErrorCode::kMalformed, "{}: {}", path.string(), archive_error_string(opened));
  return source;
}

// As many bytes as there are, at most bytes.size().
Result<size_t> ByteSource::read_some(std::span<std::byte> bytes) {
  size_t done = 0;
  while (archive_ && done < bytes.size()) {
    const la_ssize_t got =
        archive_read_data(archive_.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0) return base::fail(malformed(archive_error_string(archive_.get())));
    if (got == 0) break;
    done += static_cast<size_t>(got);
    offset_ += static_cast<uint64_t>(got);
  }
  return done;
}

Result<bool> ByteSource::read(std::span<std::byte> bytes) {
  const uint64_t start = offset_;
  THIMBLE_ASSIGN(const size_t done, read_some(bytes));
  if (done == 0 && !bytes.empty()) return false;
  if (done < bytes.size())
    return base::fail(malformed(fmt::format(
        "the file ends here; {} bytes were expected from byte {} on", bytes.size(), start)));
  return true;
}

Result<> ByteSource::read_exactly(std::span<std::byte> bytes) {
  THIMBLE_ASSIGN(const bool any, read(bytes));
  if (!any)
    return base::fail(
        malformed(fmt::format("the file ends here; {} more bytes were expected", bytes.size())));
  return {};
}

Result<base::Bytes> ByteSource::read_rest(size_t max_bytes) {
  constexpr size_t kStep = 1 << 20;
  base::Bytes bytes;
  for (;;) {
    const size_t before = bytes.size();
    bytes.resize(before + kStep);
    THIMBLE_ASSIGN(const size_t got, read_some(std::span(bytes).subspan(before)));
    bytes.resize(before + got);
    if (bytes.size() > max_bytes)
      return base::fail(ErrorCode::kLimit, "{}: larger than {} bytes", path_.string(), max_bytes);
    if (got < kStep) return bytes;
  }
}

Error ByteSource::malformed(std::string message) const {
  return Error(ErrorCode::kMalformed,
               fmt::format("{}: byte {}: {}", path_.string(), offset_, message));
}

uint32_t big_endian_32(std::span<const std::byte, 4> bytes) {
  uint32_t value = 0;
  for (std::byte byte : bytes) value = value << 8 | std::to_integer<uint32_t>(byte);
  return value;
}

}  // namespace thimble::data
