// A double-ended queue in one growing piece of memory: no allocation per element.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace blitzen::pool {

template <class T>
class RingQueue {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::size_t index) { return cells_[cell(index)]; }
  [[nodiscard]] const T& operator[](std::size_t index) const { return cells_[cell(index)]; }
  [[nodiscard]] T& front() { return cells_[first_]; }
  [[nodiscard]] const T& front() const { return cells_[first_]; }
  [[nodiscard]] T& back() { return (*this)[size_ - 1]; }
  [[nodiscard]] const T& back() const { return (*this)[size_ - 1]; }

  void push_back(T value) {
    make_room();
    cells_[cell(size_++)] = std::move(value);
  }
  /// Appends T{}, to be filled in where it lies.
  [[nodiscard]] T& append() {
    make_room();
    return cells_[cell(size_++)];
  }
  void push_front(T value) {
    make_room();
    first_ = (first_ + cells_.size() - 1) & (cells_.size() - 1);
    ++size_;
    cells_[first_] = std::move(value);
  }
  T pop_front() {
    T value = std::exchange(cells_[first_], T{});
    first_ = (first_ + 1) & (cells_.size() - 1);
    shrink(size_ - 1);
    return value;
  }
  T pop_back() {
    T value = std::exchange(back(), T{});
    shrink(size_ - 1);
    return value;
  }

 private:
  static constexpr std::size_t cells_min = 16;
  /// More than this is given back when the queue runs empty.
  static constexpr std::size_t cells_kept = 4096;

  [[nodiscard]] std::size_t cell(std::size_t index) const { return (first_ + index) & (cells_.size() - 1); }
  void make_room() {
    if (size_ < cells_.size()) return;
    std::vector<T> larger(cells_.empty() ? cells_min : cells_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    cells_ = std::move(larger);
    first_ = 0;
  }
  void shrink(std::size_t size) {
    size_ = size;
    if (size_ != 0 || cells_.size() <= cells_kept) return;
    std::vector<T>().swap(cells_);  // assigning {} would keep the memory
    first_ = 0;
  }

  std::vector<T> cells_;  // a power of two of them
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace blitzen::pool
