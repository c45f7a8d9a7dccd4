#include "tests/support/daemon.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <regex>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace blitzen::testing {
namespace {

constexpr std::size_t index_of(Daemon::Stream stream) { return static_cast<std::size_t>(stream); }

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

/// Calls `visit(line)` for each complete line.
template <class Visit>
void for_each_line(const std::string& text, Visit visit) {
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    visit(text.substr(begin, end - begin));
}

std::vector<std::string> environment_of(const DaemonOptions& options) {
  std::map<std::string, std::string> variables;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || text.starts_with("BLITZEN_")) continue;
    variables[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  variables["XDG_CONFIG_HOME"] = options.directory / "config";
  variables["XDG_CACHE_HOME"] = options.directory / "cache";
  for (const auto& [name, value] : options.environment) variables[name] = value;
  std::vector<std::string> entries;
  for (const auto& [name, value] : variables) entries.push_back(name + '=' + value);
  return entries;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The read end is ours; the write end is for the child.
struct Pipe {
  base::UniqueFd read;
  base::UniqueFd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) check(errno, "pipe2");
  Pipe pipe{base::UniqueFd{ends[0]}, base::UniqueFd{ends[1]}};
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) check(errno, "fcntl");
  return pipe;
}

int status_as_shell_has_it(int status) {
  constexpr int signal_base = 128;
  return WIFSIGNALED(status) ? signal_base + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Daemon::Daemon(const DaemonOptions& options) : name_(options.program.filename()), stop_(::eventfd(0, EFD_CLOEXEC)) {
  std::filesystem::create_directories(options.directory);
  spawn(options);
  watcher_ = std::thread([this] { watch(); });
}

Daemon::~Daemon() {
  {
    // Once it is reaped, its number may belong to somebody else.
    const std::lock_guard lock(mutex_);
    if (!exit_status_) ::kill(-process_, SIGKILL);
  }
  end_watch();
}

void Daemon::spawn(const DaemonOptions& options) {
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  posix_spawn_file_actions_t actions;
  check(::posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
  check(::posix_spawn_file_actions_addchdir_np(&actions, options.directory.c_str()), "addchdir");
  check(::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0), "addopen");
  check(::posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO), "adddup2");
  check(::posix_spawn_file_actions_adddup2(&actions, err.write.get(), STDERR_FILENO), "adddup2");
  // Sockets of this process too, which Asio leaves open: a connection lasts until all who have it close it.
  check(::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1), "addclosefrom");
  posix_spawnattr_t attributes;
  check(::posix_spawnattr_init(&attributes), "posix_spawnattr_init");
  check(::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP), "posix_spawnattr_setflags");

  std::vector<std::string> arguments{options.program};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment = environment_of(options);
  const int error = ::posix_spawn(&process_, options.program.c_str(), &actions, &attributes,
                                  pointers_to(arguments).data(), pointers_to(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  check(error, options.program.c_str());
  pipes_ = {std::move(out.read), std::move(err.read)};
  process_end_.reset(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
}

/// Until the process has ended: whoever inherited its pipes may hold them open for longer.
void Daemon::watch() {
  bool ended = false;
  while (!ended) {
    std::array<pollfd, 4> watched{{{pipes_[0].get(), POLLIN, 0},
                                   {pipes_[1].get(), POLLIN, 0},
                                   {process_end_.get(), POLLIN, 0},
                                   {stop_.get(), POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;  // interrupted
    ended = watched[2].revents != 0;
    for (const Stream stream : {Stream::out, Stream::err}) take(stream);
    if (watched[3].revents != 0 && !ended) return;
  }
  const std::lock_guard lock(mutex_);
  int status = 0;
  ::waitpid(process_, &status, 0);
  exit_status_ = status_as_shell_has_it(status);
  changed_.notify_all();
}

void Daemon::take(Stream stream) {
  base::UniqueFd& pipe = pipes_[index_of(stream)];
  std::array<char, 64 * 1024> buffer;
  while (pipe) {
    const ssize_t bytes = ::read(pipe.get(), buffer.data(), buffer.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return;  // nothing more for now
    if (bytes == 0) return pipe.reset();
    const std::lock_guard lock(mutex_);
    text_[index_of(stream)].append(buffer.data(), static_cast<std::size_t>(bytes));
    changed_.notify_all();
  }
}

void Daemon::end_watch() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(stop_.get(), &one, sizeof one));
  watcher_.join();
  // Killed a moment ago, so this does not take long.
  if (!exit_status_) ::waitpid(process_, nullptr, 0);
}

std::string Daemon::wait_for_line(const std::string& pattern, std::size_t nth, Stream stream) {
  const std::regex wanted(pattern);
  std::string found;
  const auto appears = [&] {
    std::size_t matches = 0;
    for_each_line(text_[index_of(stream)], [&](const std::string& line) {
      if (std::regex_search(line, wanted) && ++matches == nth) found = line;
    });
    return matches >= nth;
  };
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, patience, [&] { return appears() || exit_status_; }) && appears()) return found;
  throw DidNotHappen("no line number " + std::to_string(nth) + " that matches \"" + pattern + "\"\n" + report());
}

std::uint16_t Daemon::port() {
  const std::string line = wait_for_line("listening on ");
  std::smatch match;
  if (!std::regex_search(line, match, std::regex("listening on [^,]*:([0-9]+)"))) throw DidNotHappen(report());
  return static_cast<std::uint16_t>(std::stoi(match[1]));
}

std::size_t Daemon::count_lines(const std::string& pattern, Stream stream) const {
  const std::regex wanted(pattern);
  std::size_t matches = 0;
  for_each_line(text(stream), [&](const std::string& line) { matches += std::regex_search(line, wanted) ? 1 : 0; });
  return matches;
}

std::string Daemon::text(Stream stream) const {
  const std::lock_guard lock(mutex_);
  return text_[index_of(stream)];
}

void Daemon::signal(int number) const {
  const std::lock_guard lock(mutex_);
  if (!exit_status_) ::kill(process_, number);
}

void Daemon::kill() {
  signal(SIGKILL);
  wait_exit();
}

int Daemon::wait_exit(std::chrono::seconds time) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, time, [&] { return exit_status_.has_value(); }))
    throw DidNotHappen("it does not end\n" + report());
  return *exit_status_;
}

bool Daemon::running() const {
  const std::lock_guard lock(mutex_);
  return !exit_status_;
}

std::string Daemon::report() const {
  std::ostringstream text;
  text << name_ << " (process " << process_ << ", "
       << (exit_status_ ? "ended with status " + std::to_string(*exit_status_) : "running") << ") wrote to stdout:\n"
       << text_[0] << "and to stderr:\n"
       << text_[1];
  return text.str();
}

}  // namespace blitzen::testing
