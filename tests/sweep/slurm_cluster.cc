#include "tests/sweep/slurm_cluster.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/subprocess.h"

namespace thimble::testing {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

constexpr auto kPatience = std::chrono::seconds(60);

// A port of the loopback interface that nobody uses at the moment; 0 if there is none.
int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(fd);
  return bound ? ntohs(address.sin_port) : 0;
}

std::string configuration(const fs::path& folder, const std::string& host,
                          const std::string& user) {
  const std::string path = folder.string();
  return fmt::format(
      "ClusterName=thimble\nSlurmctldHost={0}(127.0.0.1)\nSlurmUser={1}\nSlurmdUser={1}\n"
      "SlurmctldPort={2}\nSlurmdPort={3}\n"
      "AuthType=auth/munge\nAuthInfo=socket={4}/munge/socket\nCredType=cred/munge\n"
      // Without these the daemons would listen on every interface.
      "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny\n"
      "StateSaveLocation={4}/state\nSlurmdSpoolDir={4}/spool\n"
      "SlurmctldPidFile={4}/slurmctld.pid\nSlurmdPidFile={4}/slurmd.pid\n"
      "SlurmctldLogFile={4}/slurmctld.log\nSlurmdLogFile={4}/slurmd.log\n"
      "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nMpiDefault=none\n"
      "JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n"
      "JobCompType=jobcomp/none\nSwitchType=switch/none\n"
      "SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nReturnToService=2\n"
      "NodeName={0} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\n"
      "PartitionName=main Nodes={0} Default=YES State=UP\n",
      host, user, free_port(), free_port(), path);
}

bool is_running(pid_t daemon) {
  siginfo_t ended{};
  return ::waitid(P_PID, static_cast<id_t>(daemon), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0;
}

std::string last_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line, last;
  while (std::getline(stream, line)) last = line;
  return last;
}

Result<> wait_until_idle(const std::vector<pid_t>& daemons, const fs::path& folder) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (!std::ranges::all_of(daemons, is_running))
      return base::fail(ErrorCode::kToolFailed, "a daemon of Slurm has ended: {}; {}",
                        last_line(folder / "slurmctld.log"), last_line(folder / "slurmd.log"));
    auto state =
        base::run_process({"sinfo", "--noheader", "--format=%t"}, {}, std::chrono::seconds(20));
    if (state && state->exit_code == 0 && state->output == "idle\n") return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return base::fail(ErrorCode::kToolFailed, "Slurm's node did not become idle");
}

}  // namespace

Result<SlurmCluster> SlurmCluster::start(const std::string& settings) {
  SlurmCluster cluster;
  THIMBLE_ASSIGN(cluster.folder_, base::TemporaryDirectory::create("thimble-slurm"));
  const fs::path folder = cluster.folder_.path();
  const passwd* user = ::getpwuid(::getuid());
  char host[256] = {};
  if (!user || ::gethostname(host, sizeof host - 1) != 0)
    return base::fail(ErrorCode::kNotFound, "the user or the machine has no name");
  for (const char* name : {"munge", "state", "spool"})
    if (!fs::create_directory(folder / name))
      return base::fail(ErrorCode::kIo, "cannot create {}", name);
  fs::permissions(folder / "munge", fs::perms::owner_all);
  // Any secret does: it never leaves this machine.
  THIMBLE_TRY(base::write_file(folder / "munge/key", std::string(1024, 'k')));
  fs::permissions(folder / "munge/key", fs::perms::owner_read);
  const fs::path config = folder / "slurm.conf";
  THIMBLE_TRY(base::write_file(config, configuration(folder, host, user->pw_name) + settings));
  ::setenv("SLURM_CONF", config.c_str(), 1);
  const std::string munge = (folder / "munge").string();
  THIMBLE_TRY(
      cluster.launch("munged", {"--foreground", "--force", "--key-file=" + munge + "/key",
                                "--socket=" + munge + "/socket", "--pid-file=" + munge + "/pid",
                                "--log-file=" + munge + "/log", "--seed-file=" + munge + "/seed"}));
  while (!fs::exists(folder / "munge/socket")) {
    if (::waitpid(cluster.daemons_[0], nullptr, WNOHANG) != 0)
      return base::fail(ErrorCode::kToolFailed, "munged did not start");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  THIMBLE_TRY(cluster.launch("slurmctld", {"-D"}));
  THIMBLE_TRY(cluster.launch("slurmd", {"-D", "-N", host}));
  THIMBLE_TRY(wait_until_idle(cluster.daemons_, folder));
  return cluster;
}

Result<> SlurmCluster::launch(const std::string& program,
                              const std::vector<std::string>& arguments) {
  const fs::path file = fs::path("/usr/sbin") / program;
  if (!fs::exists(file)) return base::fail(ErrorCode::kNotFound, "there is no {}", file.string());
  std::vector<std::string> words = {file.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return base::fail(ErrorCode::kIo, "cannot start {}", program);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int null = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  daemons_.push_back(pid);
  return {};
}

SlurmCluster::~SlurmCluster() {
  for (auto daemon = daemons_.rbegin(); daemon != daemons_.rend(); ++daemon) {
    ::kill(*daemon, SIGTERM);
    ::waitpid(*daemon, nullptr, 0);
  }
  if (!daemons_.empty()) ::unsetenv("SLURM_CONF");
}

}  // namespace thimble::testing
