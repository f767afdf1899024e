// What files hold, as SHA-256. A file is read again only when its size or its times have changed
// since it was last read, so that large data sets are not read at each start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"

namespace thimble::sweep {

class FileDigests {
 public:
  FileDigests() = default;  // kept as long as the object
  // Goes on with what was saved in `kept`; a file that is missing or damaged counts as empty.
  explicit FileDigests(std::filesystem::path kept);

  // Errors: kNotFound, kIo.
  base::Result<std::string> sha256(const std::filesystem::path& file);

  // Writes what is new to the file, if there is one, but for what changed a moment before it was
  // read: another change may leave its times as they are. That it cannot be written makes the next
  // start slower, no more: nobody hears of it.
  void save();

 private:
  struct Entry {
    int64_t size_bytes = 0, modified_ns = 0;
    int64_t changed_ns = 0;  // of the inode: also when `modified_ns` was set back
    std::string sha256 = {};
    bool is_settled = true;
  };
  std::filesystem::path kept_;
  std::map<std::string, Entry> entries_;  // by absolute path
  bool has_new_ = false;
};

}  // namespace thimble::sweep
