#include "sweep/file_digests.h"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/sha256.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;
using nlohmann::json;

// The coarsest tick of any file system.
constexpr int64_t kSettledAfterNs = 2'000'000'000;
constexpr size_t kChunkBytes = size_t{1} << 20;

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Result<std::string> read_sha256(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  base::Sha256 hash;
  std::vector<char> chunk(kChunkBytes);
  while (stream) {
    stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    hash.add(std::as_bytes(std::span(chunk)).first(static_cast<size_t>(stream.gcount())));
  }
  if (!stream.eof()) return base::fail(ErrorCode::kIo, "cannot read {}", file.string());
  return hash.hex();
}

}  // namespace

FileDigests::FileDigests(fs::path kept) : kept_(std::move(kept)) {
  const auto text = base::read_text_file(kept_);
  if (!text) return;
  try {
    const json object = json::parse(*text);
    for (const auto& [file, from] : object.items())
      entries_[file] = {from.at("size_bytes"), from.at("modified_ns"), from.at("changed_ns"),
                        from.at("sha256")};
  } catch (const json::exception&) {
    entries_.clear();
  }
}

Result<std::string> FileDigests::sha256(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0)
    return base::fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: {}",
                      file.string(), std::strerror(errno));
  if (!S_ISREG(status.st_mode))
    return base::fail(ErrorCode::kIo, "{} is no regular file", file.string());
  Entry now{status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
  const std::string name = fs::absolute(file).lexically_normal().string();
  const auto found = entries_.find(name);
  if (found != entries_.end() && found->second.size_bytes == now.size_bytes &&
      found->second.modified_ns == now.modified_ns && found->second.changed_ns == now.changed_ns)
    return found->second.sha256;
  const int64_t read_at = now_ns();
  THIMBLE_ASSIGN(now.sha256, read_sha256(file));
  now.is_settled = read_at - std::max(now.modified_ns, now.changed_ns) >= kSettledAfterNs;
  has_new_ |= now.is_settled;
  entries_[name] = now;
  return now.sha256;
}

void FileDigests::save() {
  if (kept_.empty() || !has_new_) return;
  json object = json::object();
  for (const auto& [file, entry] : entries_) {
    if (!entry.is_settled) continue;
    object[file] = {{"size_bytes", entry.size_bytes},
                    {"modified_ns", entry.modified_ns},
                    {"changed_ns", entry.changed_ns},
                    {"sha256", entry.sha256}};
  }
  std::error_code ignored;
  fs::create_directories(kept_.parent_path(), ignored);
  (void)base::write_file(kept_, object.dump(-1, ' ', false, json::error_handler_t::replace));
  has_new_ = false;
}

}  // namespace thimble::sweep
