// What Ctrl-C leaves behind: nothing. Temporary directories are removed and programs that we
// started are ended before the process dies of the signal.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <list>

namespace thimble::base {

// Called once at the start of a program, before any thread exists. SIGINT, SIGTERM and SIGHUP are
// then taken by a thread of its own. Without this call the signals do what they always do.
void clean_up_on_interrupt();

// Runs `action` when the program is interrupted, before anything is cleaned up, as long as the
// object exists. It is called from another thread; then the program dies.
class OnInterrupt {
 public:
  explicit OnInterrupt(std::function<void()> action);
  OnInterrupt(const OnInterrupt&) = delete;
  OnInterrupt& operator=(const OnInterrupt&) = delete;
  ~OnInterrupt();

 private:
  std::list<std::function<void()>>::iterator position_;
};

// What is to be cleaned up; base/files and base/subprocess call these.
void remember_directory(const std::filesystem::path& path);
void forget_directory(const std::filesystem::path& path);
void remember_process_group(pid_t group);
void forget_process_group(pid_t group);

// In a child between fork and exec: the signals that the parent's thread waits for are let through
// again.
void let_interrupts_through();

}  // namespace thimble::base
