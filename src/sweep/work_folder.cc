#include "sweep/work_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

// base::write_file's names of files that are not complete.
constexpr std::string_view kIncomplete = ".tmp-";

constexpr const char* kLock = "lock";

}  // namespace

Result<FileLock> FileLock::open(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0)
    return base::fail(ErrorCode::kIo, "cannot open {}: {}", file.string(), std::strerror(errno));
  return FileLock(fd);
}

Result<bool> FileLock::lock(int how, const fs::path& file) const {
  while (::flock(fd_, how) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR)
      return base::fail(ErrorCode::kIo, "cannot lock {}: {}", file.string(), std::strerror(errno));
  }
  return true;
}

Result<FileLock> FileLock::take(const fs::path& file) {
  THIMBLE_ASSIGN(FileLock result, open(file));
  THIMBLE_TRY(result.lock(LOCK_EX, file));
  return result;
}

Result<std::optional<FileLock>> FileLock::try_take(const fs::path& file) {
  THIMBLE_ASSIGN(FileLock result, open(file));
  THIMBLE_ASSIGN(const bool taken, result.lock(LOCK_EX | LOCK_NB, file));
  if (!taken) return std::nullopt;
  return result;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

fs::path WorkFolder::path_of(const fs::path& store) {
  return fs::absolute(store).string() + ".work";
}

fs::path WorkFolder::digests_of(const fs::path& store) {
  return path_of(store) / "digests.json";
}

Result<WorkFolder> WorkFolder::open(const fs::path& store, bool clean) {
  const fs::path path = path_of(store);
  std::error_code error;
  for (const char* part : {"cache", "results", "temporary", "jobs"}) {
    fs::create_directories(path / part, error);
    if (error)
      return base::fail(ErrorCode::kIo, "cannot create {}: {}", (path / part).string(),
                        error.message());
  }
  THIMBLE_ASSIGN(FileLock in_use, FileLock::open(path / kLock));
  WorkFolder folder(path, std::move(in_use));
  if (clean) {
    THIMBLE_ASSIGN(const bool alone, folder.lock_.lock(LOCK_EX | LOCK_NB, path / kLock));
    if (alone) folder.remove_leftovers();
  }
  THIMBLE_TRY(folder.lock_.lock(LOCK_SH, path / kLock));
  return folder;
}

Result<std::optional<WorkFolder>> WorkFolder::open_alone(const fs::path& store) {
  const fs::path path = path_of(store);
  THIMBLE_ASSIGN(std::optional<FileLock> lock, FileLock::try_take(path / kLock));
  if (!lock) return std::nullopt;
  return WorkFolder(path, std::move(*lock));
}

void WorkFolder::remove_leftovers() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(temporary(), ignored))
    fs::remove_all(entry.path(), ignored);
  for (const fs::path& folder : {cache(), results()})
    for (const auto& entry : fs::directory_iterator(folder, ignored))
      if (entry.path().filename().string().find(kIncomplete) != std::string::npos)
        fs::remove(entry.path(), ignored);
}

Result<fs::path> create_unique_folder(const fs::path& parent) {
  std::string name = (parent / "XXXXXX").string();
  if (!::mkdtemp(name.data()))
    return base::fail(ErrorCode::kIo, "cannot create a folder in {}: {}", parent.string(),
                      std::strerror(errno));
  return name;
}

}  // namespace thimble::sweep
