// Lists that things move between without being searched or allocated for.
#pragma once

#include <list>

namespace blitzen::core {

template <class T>
using Ring = std::list<T*>;

/// The place of one thing in exactly one of several rings. Leaves its ring when destroyed.
template <class T>
class Seat {
 public:
  Seat(Ring<T>& ring, T* occupant) : ring_(&ring), place_(ring.insert(ring.end(), occupant)) {}
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() { ring_->erase(place_); }

  [[nodiscard]] bool is_in(const Ring<T>& ring) const { return ring_ == &ring; }

  /// To the end of another ring; stays in place when it is there already.
  void move_to(Ring<T>& ring) {
    if (ring_ == &ring) return;
    ring.splice(ring.end(), *ring_, place_);
    ring_ = &ring;
  }

  /// To the end of its own ring: everyone else's turn comes first.
  void rotate() { ring_->splice(ring_->end(), *ring_, place_); }

 private:
  Ring<T>* ring_;
  typename Ring<T>::iterator place_;
};

}  // namespace blitzen::core
