// A file read from its beginning to its end, decompressed on the way: plain, .gz, .xz, .bz2, .zst.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/files.h"
#include "base/result.h"

struct archive;

namespace thimble::data {

class ByteSource {
 public:
  // Errors: kNotFound, kIo. The compression follows from the content, not from the name.
  static base::Result<ByteSource> open(const std::filesystem::path& path);

  // A file within a .zip archive (.npz is one). Errors: also kNotFound when there is no such entry.
  static base::Result<ByteSource> open_entry(const std::filesystem::path& path,
                                             const std::string& name);

  // As many bytes as there are, at most bytes.size().
  base::Result<size_t> read_some(std::span<std::byte> bytes);

  // Fills `bytes` whole, or returns false when there is nothing left at all.
  // Errors: kMalformed when the file ends in between or its compressed form is damaged.
  base::Result<bool> read(std::span<std::byte> bytes);

  // The same where the end would be an error too.
  base::Result<> read_exactly(std::span<std::byte> bytes);

  uint64_t offset() const { return offset_; }  // bytes read so far, after decompression
  const std::filesystem::path& path() const { return path_; }

  // An Error of this place: "FILE: byte 16: MESSAGE".
  base::Error malformed(std::string message) const;

 private:
  struct Close {
    void operator()(archive* opened) const;
  };

  explicit ByteSource(std::filesystem::path path) : path_(std::move(path)) {}
  base::Result<> open_archive();

  std::filesystem::path path_;
  std::unique_ptr<archive, Close> archive_;  // none: the file is empty
  uint64_t offset_ = 0;
};

// The bytes as a big-endian number, as in IDX.
uint32_t big_endian_32(std::span<const std::byte, 4> bytes);

}  // namespace thimble::data
