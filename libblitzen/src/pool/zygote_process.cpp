#include "pool/zygote_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>

#include "pool/environment.hpp"
#include "pool/family.hpp"

namespace blitzen::pool {
namespace {

constexpr std::string_view descriptor_prefix = "/proc/self/fd/";
// Where a program that is named by a descriptor of ours lies during its exec.
constexpr int program_fd = control_fd + 1;

std::system_error refused(int error, const char* what) { return {error, std::generic_category(), what}; }

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  [[nodiscard]] posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  /// Own process group, default signals, nothing blocked: whatever the host has set up for itself.
  Attributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

std::vector<char*> zygote_environment(std::string& variable, std::string& family) {
  std::vector<char*> environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    if (!std::string_view{*entry}.starts_with(reserved_prefix)) environment.push_back(*entry);
  }
  variable = std::string{zygote_variable} + "=1";
  environment.push_back(variable.data());
  environment.push_back(family.data());
  environment.push_back(nullptr);
  return environment;
}

}  // namespace

ZygoteProcess::ZygoteProcess(const ImageSource& source, std::size_t last_lines_bytes_max)
    : family_(new_family()), out_(OutputStream::out, 0), err_(OutputStream::err, last_lines_bytes_max) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) throw refused(errno, "socketpair");
  control_.reset(pair[0]);
  const base::UniqueFd its_control{pair[1]};
  const base::UniqueFd its_out = out_.open();
  const base::UniqueFd its_err = err_.open();

  spawn(source, its_control.get(), its_out.get(), its_err.get());
  death_ = watch_process(process_);
  if (!death_) {
    const int error = errno;
    kill();
    ::waitpid(process_, nullptr, 0);
    throw refused(error, "pidfd_open");
  }
  ControlMessage open;
  open.kind = ControlKind::open;
  for (const std::string& library : source.libraries) open.text += library + "\n";
  // A zygote that is dead already does not listen; its death is seen as such.
  static_cast<void>(send(open));
}

void ZygoteProcess::spawn(const ImageSource& source, int control, int out, int err) {
  FileActions actions;
  std::string path = source.path;
  ::posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), out, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(actions.get(), err, STDERR_FILENO);
  base::UniqueFd program;
  base::UniqueFd control_copy{::fcntl(control, F_DUPFD_CLOEXEC, program_fd + 1)};
  if (!control_copy) throw refused(errno, "fcntl");
  if (path.starts_with(descriptor_prefix)) {
    program.reset(::fcntl(std::atoi(path.c_str() + descriptor_prefix.size()), F_DUPFD_CLOEXEC, program_fd + 1));
    if (!program) throw refused(errno, "its descriptor is not open");
    path = std::string{descriptor_prefix} + std::to_string(program_fd);
    ::posix_spawn_file_actions_adddup2(actions.get(), program.get(), program_fd);
  }
  ::posix_spawn_file_actions_adddup2(actions.get(), control_copy.get(), control_fd);
  ::posix_spawn_file_actions_addclosefrom_np(actions.get(), program ? program_fd + 1 : program_fd);

  std::string variable;
  std::string family = family_setting(family_);
  const std::vector<char*> environment = zygote_environment(variable, family);
  std::string title = source.name;
  std::array<char*, 2> arguments{title.data(), nullptr};
  const int error =
      ::posix_spawn(&process_, path.c_str(), actions.get(), Attributes{}.get(), arguments.data(), environment.data());
  // The number of a descriptor says nothing to anybody.
  if (error != 0) throw refused(error, program ? "it cannot be executed" : source.path.c_str());
}

ZygoteProcess::~ZygoteProcess() {
  if (reap()) return;
  kill();
  // A killed process ends at once unless the kernel holds it, for instance in a dead file system.
  constexpr int wait_ms_max = 2000;
  pollfd dead{death_.get(), POLLIN, 0};
  static_cast<void>(::poll(&dead, 1, wait_ms_max));
  static_cast<void>(reap());
}

bool ZygoteProcess::send(const ControlMessage& message, const std::vector<int>& descriptors) {
  const bool sent = control_ && send_control(control_.get(), message, descriptors, MSG_DONTWAIT);
  resume();
  return sent;
}

void ZygoteProcess::hang_up() {
  control_.reset();
  resume();
}

Receipt ZygoteProcess::receive(ControlMessage& message) {
  return control_ ? receive_control(control_.get(), message, MSG_DONTWAIT) : Receipt::closed;
}

std::optional<int> ZygoteProcess::reap() {
  if (status_) return status_;
  int status = 0;
  const pid_t reaped = ::waitpid(process_, &status, WNOHANG);
  // ECHILD: the host reaps its children itself, or has the kernel do it.
  const bool reaped_by_others = reaped < 0 && errno == ECHILD;
  if (reaped != process_ && !reaped_by_others) return status_;
  status_ = status;
  // One that ends by itself, because its pool is gone, has seen to all that it leaves.
  // To a process that the host forked it is no child either, but it lives.
  if (reaped_by_others ? has_ended(death_) : status != EXIT_SUCCESS) end_family(family_);
  return status_;
}

void ZygoteProcess::kill() {
  if (status_) return;
  ::kill(-process_, SIGKILL);
  ::kill(process_, SIGKILL);
}

std::string describe_status(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    const char* name = ::sigdescr_np(signal);
    return "it was killed by signal " + std::to_string(signal) + (name ? " (" + std::string{name} + ")" : "");
  }
  return "it exited with status " + std::to_string(WEXITSTATUS(wait_status));
}

}  // namespace blitzen::pool
