// The functions of all drivers, each kept once under a number that every client can be told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/ids.hpp"
#include "proto/packets.hpp"

namespace blitzen::server {

/// Server-wide and never used again: the index by which clients know the function.
enum class FunctionId : std::uint32_t {};

/// A function as a task of some driver refers to it. Each is a code of its own: what keeps a client from running one
/// function (a library that is opened at run time, say) need not keep it from running the others of the image.
struct FunctionRef {
  FunctionId id{};
  core::CodeId code{};
};

/// Orders functions by what they are, whatever index a driver gave them.
struct FunctionContentLess {
  [[nodiscard]] bool operator()(const proto::Function& left, const proto::Function& right) const;
};

/// Drivers that run the same program share its functions, so that a client learns each of them once.
/// A function is forgotten when the last driver that defined it has let go of it.
class FunctionTable {
 public:
  /// Finds or adds the function and counts one more user of it.
  [[nodiscard]] FunctionRef acquire(const proto::Function& function);
  /// Gives one use back.
  void release(FunctionId id);

  /// The function with the server's index in it. `id` must be in use.
  [[nodiscard]] const proto::Function& at(FunctionId id) const;

  /// Keeps what a client said when it refused to run the function, for the outcome of its tasks.
  void note_refusal(FunctionId id, std::string sentence);
  /// The last such sentence; empty if there was none.
  [[nodiscard]] std::string_view last_refusal(FunctionId id) const;

  [[nodiscard]] std::size_t size() const { return functions_.size(); }

 private:
  struct Entry {
    std::uint64_t users = 0;
    std::string last_refusal;
  };
  using Functions = std::map<proto::Function, Entry, FunctionContentLess>;

  Functions functions_;
  std::unordered_map<FunctionId, Functions::iterator> by_id_;
  std::uint32_t next_function_ = 0;
};

}  // namespace blitzen::server
