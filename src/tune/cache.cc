#include "tune/cache.h"

#include <charconv>
#include <cstdlib>

#include "base/files.h"

namespace thimble::tune {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileBytes = size_t{1} << 20;

// FNV-1a, 64 bits.
uint64_t checksum(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001B3;
  return hash;
}

}  // namespace

fs::path Cache::file_of(std::string_view signature) const {
  return folder_ / fmt::format("{:016x}.txt", checksum(signature));
}

// The first line holds the cycles, the rest the signature.
std::optional<uint64_t> Cache::find(std::string_view signature) const {
  if (folder_.empty()) return std::nullopt;
  const auto text = base::read_text_file(file_of(signature), kMaxFileBytes);
  if (!text) return std::nullopt;
  const size_t line_end = text->find('\n');
  if (line_end == std::string::npos) return std::nullopt;
  if (std::string_view(*text).substr(line_end + 1) != signature) return std::nullopt;
  uint64_t cycles = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + line_end, cycles);
  if (error != std::errc() || end != text->data() + line_end) return std::nullopt;
  if (cycles == 0) return std::nullopt;  // damaged: every layer takes some
  return cycles;
}

base::Result<> Cache::store(std::string_view signature, uint64_t cycles) const {
  if (folder_.empty()) return {};
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error)
    return base::fail(base::Error(
        base::ErrorCode::kIo,
        fmt::format("cannot create the cache {}: {}", folder_.string(), error.message()),
        "name another folder with --cache, or use --no-cache"));
  return base::write_file(file_of(signature), fmt::format("{}\n{}", cycles, signature));
}

fs::path default_cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache && fs::path(cache).is_absolute()) return fs::path(cache) / "thimble" / "tune";
  const char* home = std::getenv("HOME");
  if (home && *home) return fs::path(home) / ".cache" / "thimble" / "tune";
  return {};
}

}  // namespace thimble::tune
