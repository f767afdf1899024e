// The folder beside a store where sweeps keep what they share, and what they leave when they are
// killed.
//
//   sweep.db.work/
//     cache/    networks that were made and their accuracy, by content
//     results/  results of points, until the store has taken them in
//     temporary/, jobs/
//
// Several programs may use it at once. The first of them removes what a killed one has left.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"

namespace thimble::sweep {

// An advisory lock on a file, which is created; held as long as the object exists. It also keeps
// threads of one program apart, and is gone when the program dies.
class FileLock {
 public:
  // Waits.
  static base::Result<FileLock> take(const std::filesystem::path& file);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  friend class WorkFolder;
  static base::Result<FileLock> open(const std::filesystem::path& file);
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

class WorkFolder {
 public:
  // Creates it. `clean`: if no other program has it open, temporary files go away.
  static base::Result<WorkFolder> open(const std::filesystem::path& store, bool clean);

  std::filesystem::path cache() const { return path_ / "cache"; }
  std::filesystem::path results() const { return path_ / "results"; }
  std::filesystem::path temporary() const { return path_ / "temporary"; }
  std::filesystem::path jobs() const { return path_ / "jobs"; }

  // Whether this was the only sweep when it opened the folder with `clean`; jobs do not count.
  bool is_only_sweep() const { return is_only_sweep_; }

 private:
  WorkFolder(std::filesystem::path path, FileLock lock, FileLock sweeps, bool is_only_sweep)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        sweeps_(std::move(sweeps)),
        is_only_sweep_(is_only_sweep) {}
  void remove_leftovers() const;
  std::filesystem::path path_;
  FileLock lock_;    // shared, as long as the folder is in use
  FileLock sweeps_;  // likewise, by sweeps
  bool is_only_sweep_;
};

}  // namespace thimble::sweep
