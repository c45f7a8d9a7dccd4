// What a forked child does with objects that have threads, locks and connections: they are still its parent's.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/fork_witness.hpp"
#include "blitzen/error.hpp"

namespace blitzen::base {

/// Throws Error{forked} in a child. To be called before any lock is taken: here it may be held for ever.
inline void require_maker(const ForkWitness& witness, const std::string& what) {
  if (witness.in_child())
    throw Error(ErrorCode::forked, what + " belongs to the process that this one was forked from; make one here");
}

/// Instead of destroying an object in a child, which would wait for threads that do not exist here, and would end what
/// the parent uses. It stays in sight of leak checkers.
template <class T>
void leave_to_parent(std::unique_ptr<T>& object) {
  static std::mutex mutex;
  static auto& left = *new std::vector<T*>;
  const std::lock_guard lock(mutex);
  left.push_back(object.release());
}

}  // namespace blitzen::base
