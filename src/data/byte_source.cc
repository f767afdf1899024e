#include "data/byte_source.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

#include "data/archive_error.h"

namespace thimble::data {

using base::Error;
using base::ErrorCode;
using base::Result;

void ByteSource::Close::operator()(archive* opened) const {
  archive_read_free(opened);
}

Result<> ByteSource::open_archive() {
  constexpr size_t kBlockBytes = 1 << 16;
  std::error_code error;
  const auto status = std::filesystem::status(path_, error);
  if (!std::filesystem::exists(status))
    return base::fail(ErrorCode::kNotFound, "{}: no such file", path_.string());
  if (std::filesystem::is_directory(status))
    return base::fail(ErrorCode::kIo, "{}: is a folder, expected a file", path_.string());
  if (archive_read_open_filename(archive_.get(), path_.c_str(), kBlockBytes) != ARCHIVE_OK)
    return base::fail(ErrorCode::kIo, "{}: {}", path_.string(), archive_error(archive_.get()));
  return {};
}

Result<ByteSource> ByteSource::open(const std::filesystem::path& path) {
  ByteSource source(path);
  source.archive_.reset(archive_read_new());
  archive* opened = source.archive_.get();
  archive_read_support_filter_gzip(opened);
  archive_read_support_filter_xz(opened);
  archive_read_support_filter_bzip2(opened);
  archive_read_support_filter_zstd(opened);
  archive_read_support_format_raw(opened);
  archive_read_support_format_empty(opened);
  THIMBLE_TRY(source.open_archive());
  archive_entry* entry = nullptr;
  const int found = archive_read_next_header(opened, &entry);
  if (found == ARCHIVE_EOF)
    source.archive_.reset();  // an empty file, from which nothing is read
  else if (found != ARCHIVE_OK)
    return base::fail(ErrorCode::kMalformed, "{}: {}", path.string(), archive_error(opened));
  return source;
}

Result<ByteSource> ByteSource::open_entry(const std::filesystem::path& path,
                                          const std::string& name) {
  ByteSource source(path);
  source.archive_.reset(archive_read_new());
  archive* opened = source.archive_.get();
  archive_read_support_format_zip(opened);
  THIMBLE_TRY(source.open_archive());
  std::string names;
  for (;;) {
    archive_entry* entry = nullptr;
    const int found = archive_read_next_header(opened, &entry);
    if (found == ARCHIVE_EOF)
      return base::fail(Error(ErrorCode::kNotFound,
                              fmt::format("{}: holds no {}", path.string(), name),
                              fmt::format("it holds {}", names.empty() ? "nothing" : names)));
    if (found < ARCHIVE_WARN)
      return base::fail(ErrorCode::kMalformed, "{}: {}", path.string(), archive_error(opened));
    const char* entry_name = archive_entry_pathname(entry);
    if (entry_name && entry_name == name) break;
    if (entry_name) names += (names.empty() ? "" : ", ") + std::string(entry_name);
  }
  source.path_ /= name;
  return source;
}

Result<size_t> ByteSource::read_some(std::span<std::byte> bytes) {
  size_t done = 0;
  while (archive_ && done < bytes.size()) {
    const la_ssize_t got =
        archive_read_data(archive_.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0) return base::fail(malformed(archive_error(archive_.get())));
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
