// The functions a server told about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "proto/packets.hpp"

namespace blitzen::client {

/// Functions one server may define on a connection. Bounds the memory they take; a server drops the definitions of
/// drivers that are gone when its clients connect again.
inline constexpr std::uint32_t definitions_max = 1'048'576;

/// Different functions one client runs in its life, like the pool: each is known to workers for good.
inline constexpr std::size_t known_functions_max = 65'536;

/// Whether the task libraries of this client have a function. Only trying tells: the client opens no user code itself.
enum class InLibrary : std::uint8_t { unknown, yes, no };

/// A function as the pool knows it, across connections: warm workers need not learn it again.
struct KnownFunction {
  std::uint32_t number = 0;                ///< The pool's.
  bool one_too_many = false;               ///< Beyond known_functions_max: cannot be run.
  bool named = false;                      ///< Registered with BLITZEN_TASK.
  proto::ImageHash image{};                ///< The driver's image, which has it.
  std::vector<std::byte> definition = {};  ///< Encoded proto::Function, its index zero.
  InLibrary in_library = InLibrary::unknown;
  bool defined_for_library = false;
  bool defined_for_image = false;
};

class FunctionTable {
 public:
  /// Throws proto::DecodeError when the index is beyond definitions_max.
  void define(proto::Function function);
  /// By the server's index on this connection; null if it was not defined. Stays valid for the table's life.
  [[nodiscard]] KnownFunction* find(std::uint32_t index) const;
  /// The next connection has its own indexes.
  void forget_indexes() { by_index_.clear(); }

 private:
  [[nodiscard]] KnownFunction* know(const proto::Function& function);

  std::vector<KnownFunction*> by_index_;
  std::deque<KnownFunction> functions_;
  std::unordered_map<std::string, KnownFunction*> by_definition_;
  KnownFunction one_too_many_{.one_too_many = true};
};

}  // namespace blitzen::client
