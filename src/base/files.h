// Reading and writing files. Writes go to a temporary name beside the target and are renamed, so a
// reader sees the old file or the new one, never half of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::base {

using Bytes = std::vector<std::byte>;

inline constexpr size_t kDefaultMaxFileBytes = size_t{1} << 30;

// The whole file. Errors: kNotFound, kIo (a directory, no permission), kLimit (above max_bytes).
Result<Bytes> read_file(const std::filesystem::path& path, size_t max_bytes = kDefaultMaxFileBytes);
Result<std::string> read_text_file(const std::filesystem::path& path,
                                   size_t max_bytes = kDefaultMaxFileBytes);

// Creates or replaces `path`. Errors: kIo; then the old file is untouched.
Result<> write_file(const std::filesystem::path& path, std::span<const std::byte> content);
Result<> write_file(const std::filesystem::path& path, std::string_view content);

// A directory that exists as long as the object. No directory (an empty path) until one is created
// and after a move.
class TemporaryDirectory {
 public:
  TemporaryDirectory() = default;
  static Result<TemporaryDirectory> create(std::string_view prefix = "thimble");
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace thimble::base
