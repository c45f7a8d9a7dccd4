#include "tests/soak/command.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <system_error>

namespace blitzen::soak {

int run_command(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::cout.flush();
  pid_t process = 0;
  const int error = ::posix_spawnp(&process, arguments.front(), nullptr, nullptr, arguments.data(), ::environ);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot run " + command.front());
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr int signal_base = 128;
  return WIFSIGNALED(status) ? signal_base + WTERMSIG(status) : WEXITSTATUS(status);
}

void must_run(const std::vector<std::string>& command) {
  if (const int status = run_command(command); status != 0) {
    std::string text;
    for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
    throw std::runtime_error(text + " ended with status " + std::to_string(status));
  }
}

}  // namespace blitzen::soak
