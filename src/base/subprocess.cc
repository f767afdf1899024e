#include "base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/interrupt.h"

namespace thimble::base {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == 0) {
      read_end = ends[0];
      write_end = ends[1];
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_write();
    if (read_end >= 0) ::close(read_end);
  }
  void close_write() {
    if (write_end >= 0) ::close(write_end);
    write_end = -1;
  }
};

// Ends with the parent, should it be interrupted.
class RunningGroup {
 public:
  explicit RunningGroup(pid_t group) : group_(group) { remember_process_group(group); }
  ~RunningGroup() { forget_process_group(group_); }
  RunningGroup(const RunningGroup&) = delete;
  RunningGroup& operator=(const RunningGroup&) = delete;

 private:
  pid_t group_;
};

// In the child, between fork and exec: only async-signal-safe calls. Reports errno through
// `status`.
[[noreturn]] void exec_child(char* const* argv, const char* directory, int output, int errors,
                             int status, pid_t parent) {
  ::setpgid(0, 0);
  let_interrupts_through();
  // The thread that forks also waits, so it lives as long as the child.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  int null = ::open("/dev/null", O_RDONLY);
  bool ready = null >= 0 && ::dup2(null, 0) >= 0 && ::dup2(output, 1) >= 0 &&
               ::dup2(errors, 2) >= 0 && (!*directory || ::chdir(directory) == 0);
  if (ready) ::execvp(argv[0], argv);
  int code = errno;
  (void)!::write(status, &code, sizeof code);
  ::_exit(127);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// False when there will be no more.
bool append_available(int fd, std::string& text, size_t max_bytes, bool& is_cut) {
  char buffer[4096];
  const ssize_t n = ::read(fd, buffer, sizeof buffer);
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) return false;
  const size_t room = max_bytes - text.size();
  if (static_cast<size_t>(n) > room) is_cut = true;
  text.append(buffer, std::min(room, static_cast<size_t>(n)));
  return true;
}

}  // namespace

Result<ProcessOutput> run_process(const std::vector<std::string>& argv,
                                  const std::filesystem::path& working_directory,
                                  std::chrono::seconds timeout, StandardError standard_error,
                                  size_t max_output_bytes) {
  Pipe output, errors, status;
  if (output.read_end < 0 || errors.read_end < 0 || status.read_end < 0)
    return fail(ErrorCode::kIo, "cannot create a pipe: {}", std::strerror(errno));
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::string directory = working_directory.string();
  const int errors_end =
      standard_error == StandardError::kApart ? errors.write_end : output.write_end;
  const pid_t parent = ::getpid();

  pid_t pid = ::fork();
  if (pid < 0) return fail(ErrorCode::kIo, "cannot start {}: {}", argv[0], std::strerror(errno));
  if (pid == 0)
    exec_child(arguments.data(), directory.c_str(), output.write_end, errors_end, status.write_end,
               parent);
  RunningGroup running(pid);
  output.close_write();
  errors.close_write();
  status.close_write();

  int start_errno = 0;  // the pipe closes without a byte when exec succeeds
  if (::read(status.read_end, &start_errno, sizeof start_errno) == sizeof start_errno) {
    wait_for(pid);
    if (start_errno == ENOENT) return fail(ErrorCode::kNotFound, "program {} not found", argv[0]);
    return fail(ErrorCode::kIo, "cannot start {}: {}", argv[0], std::strerror(start_errno));
  }

  ProcessOutput result;
  std::string* const texts[] = {&result.output, &result.errors};
  pollfd waiting[] = {{output.read_end, POLLIN, 0}, {errors.read_end, POLLIN, 0}};
  auto deadline = std::chrono::steady_clock::now() + timeout;
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    constexpr int64_t kLongestWaitMs = 24 * 3600 * 1000;  // poll's int ends at 24.8 days
    const int64_t wait_ms = std::min<int64_t>(left.count(), kLongestWaitMs);
    int ready = wait_ms <= 0 ? 0 : ::poll(waiting, 2, static_cast<int>(wait_ms));
    if ((ready < 0 && errno == EINTR) || (ready == 0 && left.count() > kLongestWaitMs)) continue;
    if (ready == 0) {
      ::kill(-pid, SIGKILL);
      wait_for(pid);
      return fail(ErrorCode::kLimit, "{} did not finish within {} s", argv[0], timeout.count());
    }
    for (size_t i = 0; i < 2; ++i)
      if (waiting[i].fd >= 0 && waiting[i].revents != 0 &&
          !append_available(waiting[i].fd, *texts[i], max_output_bytes, result.is_cut))
        waiting[i].fd = -1;  // poll leaves it out
  }
  result.exit_code = wait_for(pid);
  return result;
}

}  // namespace thimble::base
