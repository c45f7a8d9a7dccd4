#include "apps/bench/system/scratch_directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "blitzen/error.hpp"

namespace blitzen::bench {

ScratchDirectory::ScratchDirectory() {
  std::string name = std::filesystem::temp_directory_path() / "blitzen-bench-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    throw Error(ErrorCode::system, "cannot make the directory " + name + ": " + std::strerror(errno));
  path_ = name;
}

void ScratchDirectory::remove() const noexcept {
  std::error_code ignored;  // nobody could do more about it
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace blitzen::bench
