// What the tests' workers run, by name.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>

#include "base/unique_fd.hpp"
#include "blitzen/task_registry.hpp"

namespace {

int add(int a, int b) { return a + b; }

std::string fail(const std::string& what) { throw std::invalid_argument(what); }

void die() { ::raise(SIGKILL); }

void print(const std::string& text) { std::cout << text << std::flush; }

void complain(const std::string& text) { std::cerr << text << std::flush; }

std::string large(std::uint64_t bytes) { return std::string(bytes, 'x'); }

/// Says through one named pipe that it runs, and returns when there is something in the other.
std::string wait(const std::string& started, const std::string& go) {
  const blitzen::base::UniqueFd out(::open(started.c_str(), O_WRONLY | O_CLOEXEC));
  if (::write(out.get(), "!", 1) != 1) throw std::runtime_error("nobody waits for the start");
  const blitzen::base::UniqueFd in(::open(go.c_str(), O_RDONLY | O_CLOEXEC));
  char word = 0;
  if (::read(in.get(), &word, 1) != 1) throw std::runtime_error("nobody says go");
  return "waited";
}

int only_in_image() { return 7; }

BLITZEN_TASK(add)
BLITZEN_TASK(fail)
BLITZEN_TASK(die)
BLITZEN_TASK(print)
BLITZEN_TASK(complain)
BLITZEN_TASK(large)
BLITZEN_TASK(wait)
BLITZEN_TASK(only_in_image)

}  // namespace
