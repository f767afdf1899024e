#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "base/interrupt.h"

namespace thimble::base {
namespace {

namespace fs = std::filesystem;

std::string errno_text() {
  return std::strerror(errno);
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int close() {
    int fd = std::exchange(fd_, -1);
    return ::close(fd);
  }

 private:
  int fd_;
};

// Appends to `out` (anything with resize/data) until end of file or max_bytes + 1.
template <typename Container>
Result<Container> read_all(const fs::path& path, size_t max_bytes) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    auto code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
    return fail(code, "cannot open {}: {}", path.string(), errno_text());
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode))
    return fail(ErrorCode::kIo, "{} is a directory", path.string());

  Container out;
  size_t size = 0;
  constexpr size_t kChunk = size_t{1} << 16;
  for (;;) {
    out.resize(size + kChunk);
    ssize_t n = ::read(fd.get(), out.data() + size, kChunk);
    if (n < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorCode::kIo, "cannot read {}: {}", path.string(), errno_text());
    }
    size += static_cast<size_t>(n);
    if (size > max_bytes)
      return fail(ErrorCode::kLimit, "{} is larger than {} bytes", path.string(), max_bytes);
    if (n == 0) break;
  }
  out.resize(size);
  return out;
}

// Bits that new files do not get. The mask can only be read by setting it, for all threads at once:
// so it is read a single time.
mode_t file_mode_mask() {
  static const mode_t mask = [] {
    const mode_t current = ::umask(022);
    ::umask(current);
    return current;
  }();
  return mask;
}

}  // namespace

Result<Bytes> read_file(const fs::path& path, size_t max_bytes) {
  return read_all<Bytes>(path, max_bytes);
}

Result<std::string> read_text_file(const fs::path& path, size_t max_bytes) {
  return read_all<std::string>(path, max_bytes);
}

Result<> write_file(const fs::path& path, std::span<const std::byte> content) {
  // What is not a plain file (a device, a pipe, a link such as /dev/stdout) is written where it
  // leads: a rename would replace it.
  std::error_code ignored;
  auto type = fs::symlink_status(path, ignored).type();
  // A link to a plain file stays, and the file is replaced where it is.
  const std::string name = fs::absolute(path, ignored).string();
  if (type == fs::file_type::symlink && fs::is_regular_file(path, ignored) &&
      !name.starts_with("/dev/") && !name.starts_with("/proc/"))
    if (const fs::path real = fs::canonical(path, ignored); !ignored && real != path)
      return write_file(real, content);
  bool in_place = type != fs::file_type::regular && type != fs::file_type::not_found &&
                  type != fs::file_type::directory && type != fs::file_type::none;
  std::string temporary = in_place ? path.string() : path.string() + ".tmp-XXXXXX";
  FileDescriptor fd(in_place
                        ? ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                        : ::mkostemp(temporary.data(), O_CLOEXEC));
  if (fd.get() < 0) return fail(ErrorCode::kIo, "cannot write {}: {}", path.string(), errno_text());
  auto give_up = [&](const char* what) {
    auto error = fail(ErrorCode::kIo, "cannot {} {}: {}", what, path.string(), errno_text());
    if (!in_place) ::unlink(temporary.c_str());
    return error;
  };
  for (size_t done = 0; done < content.size();) {
    ssize_t n = ::write(fd.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return give_up("write");
    done += static_cast<size_t>(n);
  }
  if (in_place) return fd.close() == 0 ? Result<>{} : Result<>(give_up("write"));
  // mkostemp makes the file private; give it the mode an ordinary new file would have.
  if (::fchmod(fd.get(), 0666 & ~file_mode_mask()) != 0) return give_up("set the mode of");
  if (fd.close() != 0) return give_up("write");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up("replace");
  return {};
}

Result<> write_file(const fs::path& path, std::string_view content) {
  return write_file(path, std::as_bytes(std::span(content)));
}

Result<TemporaryDirectory> TemporaryDirectory::create(std::string_view prefix) {
  std::error_code error;
  fs::path root = fs::temp_directory_path(error);
  if (error) return fail(ErrorCode::kIo, "no temporary directory: {}", error.message());
  std::string name = (root / (std::string(prefix) + "-XXXXXX")).string();
  if (!::mkdtemp(name.data()))
    return fail(ErrorCode::kIo, "cannot create a directory in {}: {}", root.string(), errno_text());
  remember_directory(name);
  return TemporaryDirectory(fs::path(name));
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (path_.empty()) return;
  fs::remove_all(path_, ignored);
  forget_directory(path_);
}

}  // namespace thimble::base
