#include "tests/e2e/tasks.hpp"

#include <poll.h>
#include <unistd.h>

#include "tests/e2e/gate.hpp"

namespace blitzen::e2e {

long hold(const std::string& reports, const std::string& gate) {
  report(reports, std::to_string(::getpid()));
  pass(gate);
  return ::getpid();
}

void spin() {
  for (volatile unsigned turns = 0;;) turns = turns + 1;
}

void take_milliseconds(int milliseconds) { ::poll(nullptr, 0, milliseconds); }

void wait_for_ever() {
  for (;;) ::pause();
}

}  // namespace blitzen::e2e
