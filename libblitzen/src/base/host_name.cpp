#include "base/host_name.hpp"

#include <sys/utsname.h>

namespace blitzen::base {
namespace {

utsname this_machine() {
  utsname names{};
  ::uname(&names);  // fails only for a bad pointer
  return names;
}

}  // namespace

std::string host_name() { return this_machine().nodename; }
std::string architecture() { return this_machine().machine; }

}  // namespace blitzen::base
