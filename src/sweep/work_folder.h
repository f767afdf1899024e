// The folder beside a store where sweeps keep what they share, and what they leave when they are
// killed.
//
//   sweep.db.work/
//     cache/        networks that were made and their accuracy, by content (cache.h)
//     results/      results of points, until the store has taken them in
//     temporary/    files of programs that run
//     jobs/         a folder for each sweep that has jobs in Slurm
//     digests.json  what data sets hold (file_digests.h)
//
// Several programs may use it at once. The first of them removes what a killed one has left.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/result.h"

namespace thimble::sweep {

// An advisory lock on a file, which is created; held as long as the object exists. It also keeps
// threads of one program apart, and is gone when the program dies.
class FileLock {
 public:
  // Waits.
  static base::Result<FileLock> take(const std::filesystem::path& file);
  // Nothing if somebody else has it.
  static base::Result<std::optional<FileLock>> try_take(const std::filesystem::path& file);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  friend class WorkFolder;
  static base::Result<FileLock> open(const std::filesystem::path& file);
  // Whether it was taken. Errors: kIo.
  base::Result<bool> lock(int how, const std::filesystem::path& file) const;
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

class WorkFolder {
 public:
  static std::filesystem::path path_of(const std::filesystem::path& store);
  static std::filesystem::path digests_of(const std::filesystem::path& store);

  // Creates it. `clean`: if no other program has it open, temporary files go away.
  static base::Result<WorkFolder> open(const std::filesystem::path& store, bool clean);

  // The same for one that exists, if no other program has it open; others wait as long as this one
  // has. Nothing if one has.
  static base::Result<std::optional<WorkFolder>> open_alone(const std::filesystem::path& store);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path cache() const { return path_ / "cache"; }
  std::filesystem::path results() const { return path_ / "results"; }
  std::filesystem::path temporary() const { return path_ / "temporary"; }
  std::filesystem::path jobs() const { return path_ / "jobs"; }

 private:
  WorkFolder(std::filesystem::path path, FileLock lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}
  void remove_leftovers() const;
  std::filesystem::path path_;
  FileLock lock_;
};

// A new folder in `parent` with a name that no other has.
base::Result<std::filesystem::path> create_unique_folder(const std::filesystem::path& parent);

}  // namespace thimble::sweep
