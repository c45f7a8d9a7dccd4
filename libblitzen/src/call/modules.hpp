// Where a piece of code lives: in which module of the image, at which offset. The same in every process of the image,
// wherever the loader put it.
#pragma once

#include <link.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proto/packets.hpp"

namespace blitzen::call {

/// What the loader has mapped into this process. Not thread-safe.
class Modules {
 public:
  Modules();
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;
  ~Modules();

  /// Looks at all of them again if any was loaded or unloaded since the last time. locate() and resolve() do so
  /// themselves.
  void refresh();

  /// The module that `address` lies in, or nothing if it lies in none.
  [[nodiscard]] std::optional<proto::CodeAddress> locate(const void* address);

  /// The address of that code in this process; or one sentence that says why it is not there. An address is only given
  /// out if it lies in executable memory of the very module (same build id) it was located in.
  [[nodiscard]] std::variant<const void*, std::string> resolve(const proto::CodeAddress& code);

 private:
  struct Module;

  int see(const dl_phdr_info& info, bool is_first);

  std::vector<Module> modules_;
  /// How many the loader had loaded and unloaded, ever, when it was last looked.
  std::uint64_t loaded_ = 0;
  std::uint64_t unloaded_ = 0;
};

}  // namespace blitzen::call
