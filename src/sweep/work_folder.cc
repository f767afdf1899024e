#include "sweep/work_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

// base::write_file's names of files that are not complete.
constexpr std::string_view kIncomplete = ".tmp-";

Result<> lock(int fd, int how, const fs::path& file) {
  while (::flock(fd, how) != 0)
    if (errno != EINTR)
      return base::fail(ErrorCode::kIo, "cannot lock {}: {}", file.string(), std::strerror(errno));
  return {};
}

}  // namespace

Result<FileLock> FileLock::open(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0)
    return base::fail(ErrorCode::kIo, "cannot open {}: {}", file.string(), std::strerror(errno));
  return FileLock(fd);
}

Result<FileLock> FileLock::take(const fs::path& file) {
  THIMBLE_ASSIGN(FileLock result, open(file));
  THIMBLE_TRY(lock(result.fd_, LOCK_EX, file));
  return result;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<WorkFolder> WorkFolder::open(const fs::path& store, bool clean) {
  const fs::path path = fs::absolute(store).string() + ".work";
  std::error_code error;
  for (const char* part : {"cache", "results", "temporary", "jobs"}) {
    fs::create_directories(path / part, error);
    if (error)
      return base::fail(ErrorCode::kIo, "cannot create {}: {}", (path / part).string(),
                        error.message());
  }
  const fs::path lock_file = path / "lock";
  THIMBLE_ASSIGN(FileLock in_use, FileLock::open(lock_file));
  // Of sweeps alone: their jobs outlive a sweep that was killed.
  const fs::path sweeps_file = path / "sweeps";
  THIMBLE_ASSIGN(FileLock sweeps, FileLock::open(sweeps_file));
  const bool only_sweep = clean && ::flock(sweeps.fd_, LOCK_EX | LOCK_NB) == 0;
  if (clean) THIMBLE_TRY(lock(sweeps.fd_, LOCK_SH, sweeps_file));
  const int fd = in_use.fd_;
  const bool alone = clean && ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  WorkFolder folder(path, std::move(in_use), std::move(sweeps), only_sweep);
  if (alone) folder.remove_leftovers();
  THIMBLE_TRY(lock(fd, LOCK_SH, lock_file));
  return folder;
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

}  // namespace thimble::sweep
