#include "test_runner.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <vector>

#include "append.hpp"

namespace blitzen::pool::testing {
namespace {

[[noreturn]] void block_for_ever() {
  for (;;) ::pause();
}

volatile char sink = 0;
volatile int depth_max = 1 << 30;

// A recursion that the compiler can neither see through nor turn into a loop.
__attribute__((noinline)) int overflow(int depth) {
  std::array<char, 4096> frame{};
  std::memset(frame.data(), depth, frame.size());
  sink = frame[static_cast<std::size_t>(depth) % frame.size()];
  return depth == depth_max ? 0 : overflow(depth + 1) + sink;
}

/// Kept until the process ends. The compiler must not see that nobody reads it.
void fill(std::size_t bytes) {
  static std::vector<std::unique_ptr<char[]>> kept;
  kept.push_back(std::make_unique_for_overwrite<char[]>(bytes));
  std::memset(kept.back().get(), 1, bytes);
  sink = kept.back()[bytes / 2];
}

pid_t fork_child(bool own_session) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (own_session) ::setsid();
  block_for_ever();
}

/// Another program, in a session of its own.
pid_t fork_program() {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setsid();
  ::execlp("sleep", "sleep", "1000", nullptr);
  ::_exit(1);
}

void scribble_over_channel(int value) {
  std::ifstream maps{"/proc/self/maps"};
  for (std::string line; std::getline(maps, line);) {
    if (line.find("blitzen-channel") == std::string::npos || line.find("rw-s") == std::string::npos) continue;
    unsigned long begin = 0;
    unsigned long end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) != 2) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel tells numbers
    std::memset(reinterpret_cast<void*>(begin), value, end - begin);
  }
}

void return_twice_with(std::size_t bytes, ResultBuffer& result) {
  std::array<int, 2> go{};
  if (::pipe(go.data()) != 0) return;
  const pid_t child = ::fork();
  if (child == 0) {
    char written = 0;
    if (::read(go[0], &written, 1) == 1) append(std::string(bytes, 'c'), result);
    return;
  }
  append(std::string(bytes, 'p'), result);
  if (::write(go[1], "x", 1) == 1) ::waitpid(child, nullptr, 0);
  for (const int end : go) ::close(end);
}

std::string describe_self() {
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  std::array<char, 16> name{};
  ::prctl(PR_GET_NAME, name.data());
  std::size_t descriptors = 0;
  // One of them is the directory's own.
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) ++descriptors;
  bool has_variable = false;
  for (char** entry = ::environ; *entry != nullptr; ++entry)
    has_variable = has_variable || (std::string_view{*entry}.starts_with("BLITZEN_") &&
                                    !std::string_view{*entry}.starts_with("BLITZEN_FAMILY="));
  return "name=" + std::string{name.data()} + " own_group=" + std::to_string(::getpgrp() == ::getpid()) +
         " no_new_privs=" + std::to_string(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)) +
         " core=" + std::to_string(core.rlim_cur) + " descriptors=" + std::to_string(descriptors - 1) +
         " blitzen_variables=" + std::to_string(has_variable);
}

}  // namespace

std::optional<std::string> TestRunner::open_library(const std::string& path) {
  if (path == "missing") return "task library 'missing' does not exist";
  libraries_.push_back(path);
  return std::nullopt;
}

std::optional<std::string> TestRunner::define(std::uint32_t function, std::span<const std::byte> definition) {
  if (function == undefinable) return "this image has no such function";
  if (base::as_text(definition) != "definition of " + std::to_string(function)) return "the definition is damaged";
  return std::nullopt;
}

FinishKind TestRunner::run(std::uint32_t function, std::span<const std::byte> arguments, ResultBuffer& result) {
  const std::string text{base::as_text(arguments)};
  switch (function) {
    case echo:
      append(text, result);
      break;
    case Function::fail:
      append("thrown", result);
      return FinishKind::error;
    case die_of_segv:
      std::raise(SIGSEGV);
      break;
    case die_of_kill:
      ::kill(::getpid(), SIGKILL);
      break;
    case die_of_abort:
      std::abort();
    case die_of_overflow:
      return overflow(1) == 0 ? FinishKind::error : FinishKind::value;
    case exit_with_three:
      ::_exit(3);
    case print:
      std::cout << text << '\n';
      break;
    case print_buffered:
      std::ios::sync_with_stdio(false);
      std::cout << text << '\n';
      break;
    case print_unfinished:
      std::cout << text << std::flush;
      break;
    case complain:
      std::cerr << text << '\n';
      ::kill(::getpid(), SIGKILL);
      break;
    case leave_group:
      ::setpgid(0, ::getpgid(::getppid()));
      [[fallthrough]];
    case block_stubbornly:
      std::signal(SIGTERM, SIG_IGN);
      [[fallthrough]];
    case block:
      std::cout << "blocked " << ::getpid() << std::endl;
      block_for_ever();
    case fork_stubbornly: {
      std::signal(SIGTERM, SIG_IGN);
      const pid_t child = fork_child(false);
      const pid_t stranger = fork_child(true);
      std::cout << "blocked " << ::getpid() << ' ' << child << ' ' << stranger << std::endl;
      block_for_ever();
    }
    case kill_zygote: {
      const pid_t stranger = fork_child(true);
      const pid_t program = fork_program();
      std::cout << "blocked " << ::getpid() << ' ' << stranger << ' ' << program << std::endl;
      ::kill(::getppid(), SIGKILL);
      block_for_ever();
    }
    case stop_zygote:
      ::kill(::getppid(), SIGSTOP);
      std::cout << "blocked " << ::getpid() << ' ' << ::getppid() << std::endl;
      block_for_ever();
    case close_descriptors:
      ::close_range(0, ~0U, 0);
      break;
    case return_big:
      append(std::string(std::stoul(text), '\7'), result);
      break;
    case scribble:
      scribble_over_channel(std::stoi(text));
      block_for_ever();
    case scribble_and_return:
      scribble_over_channel(std::stoi(text));
      break;
    case return_twice: {
      const pid_t child = ::fork();
      if (child > 0) ::waitpid(child, nullptr, 0);
      append("once", result);
      break;
    }
    case return_twice_big:
      return_twice_with(std::stoul(text), result);
      break;
    case fail_late:
      append(std::string(std::stoul(text), 'x'), result);
      result.clear();
      append("thrown", result);
      return FinishKind::error;
    case keep_memory:
      fill(std::stoul(text));
      break;
    case fill_memory:
      fill(std::stoul(text));
      std::cout << "blocked " << ::getpid() << std::endl;
      block_for_ever();
    case fork_large:
      fill(std::stoul(text));
      for (int i = 0; i < 12; ++i) fork_child(false);
      std::cout << "blocked " << ::getpid() << std::endl;
      block_for_ever();
    case fill_in_child:
      if (::fork() == 0) {
        ::setsid();
        fill(std::stoul(text));
      }
      block_for_ever();
    case report_process:
      append(std::to_string(::getpid()), result);
      break;
    case report_self:
      append(describe_self(), result);
      for (const std::string& library : libraries_) append(" library=" + library, result);
      break;
    default:
      return FinishKind::error;
  }
  return FinishKind::value;
}

void TestRunner::fail(std::string_view sentence, ResultBuffer& result) { append(sentence, result); }

}  // namespace blitzen::pool::testing
