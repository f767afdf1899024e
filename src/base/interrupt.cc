#include "base/interrupt.h"

#include <signal.h>

#include <mutex>
#include <set>
#include <thread>

namespace thimble::base {
namespace {

struct CleanUp {
  std::mutex mutex;
  std::set<std::filesystem::path> directories;
  std::set<pid_t> process_groups;

  // Apart from the other, because an action may start a program.
  std::mutex actions_mutex;
  std::list<std::function<void()>> actions;
};

// Never destroyed: the waiting thread may outlive static destruction.
CleanUp& clean_up() {
  static auto* instance = new CleanUp;
  return *instance;
}

sigset_t interrupts() {
  sigset_t set;
  ::sigemptyset(&set);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&set, signal);
  return set;
}

// Waits for one signal, cleans up, and dies of it, so that the shell sees what happened.
void wait_and_clean_up() {
  sigset_t set = interrupts();
  int signal = 0;
  if (::sigwait(&set, &signal) != 0) return;
  CleanUp& state = clean_up();
  std::lock_guard actions_lock(state.actions_mutex);
  for (const auto& action : state.actions) action();
  // Held until the end: nobody sees a program that was killed here as one that has failed.
  std::lock_guard lock(state.mutex);
  for (pid_t group : state.process_groups) ::kill(-group, SIGKILL);
  std::error_code ignored;
  for (const auto& directory : state.directories) std::filesystem::remove_all(directory, ignored);
  ::signal(signal, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
}

}  // namespace

void clean_up_on_interrupt() {
  sigset_t set = interrupts();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread(wait_and_clean_up).detach();
}

OnInterrupt::OnInterrupt(std::function<void()> action) {
  std::lock_guard lock(clean_up().actions_mutex);
  position_ = clean_up().actions.insert(clean_up().actions.end(), std::move(action));
}

OnInterrupt::~OnInterrupt() {
  std::lock_guard lock(clean_up().actions_mutex);
  clean_up().actions.erase(position_);
}

void remember_directory(const std::filesystem::path& path) {
  std::lock_guard lock(clean_up().mutex);
  clean_up().directories.insert(path);
}

void forget_directory(const std::filesystem::path& path) {
  std::lock_guard lock(clean_up().mutex);
  clean_up().directories.erase(path);
}

void remember_process_group(pid_t group) {
  std::lock_guard lock(clean_up().mutex);
  clean_up().process_groups.insert(group);
}

void forget_process_group(pid_t group) {
  std::lock_guard lock(clean_up().mutex);
  clean_up().process_groups.erase(group);
}

void let_interrupts_through() {
  sigset_t set = interrupts();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace thimble::base
