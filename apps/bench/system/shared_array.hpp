// Memory that this program and its tasks share: a file that each of them maps.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>

#include <cstddef>
#include <filesystem>
#include <type_traits>

#include "apps/bench/system/calls.hpp"

namespace blitzen::bench {

template <class T>
class SharedArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  /// Makes a file of zeroes.
  SharedArray(const std::filesystem::path& file, std::size_t size) : SharedArray(file, size, O_CREAT | O_TRUNC) {}
  /// Opens the file that somebody made.
  [[nodiscard]] static SharedArray open(const std::filesystem::path& file, std::size_t size) {
    return SharedArray(file, size, 0);
  }
  SharedArray(const SharedArray&) = delete;
  SharedArray& operator=(const SharedArray&) = delete;
  ~SharedArray() { ::munmap(begin_, size_ * sizeof(T)); }

  [[nodiscard]] T& operator[](std::size_t index) const { return begin_[index]; }
  [[nodiscard]] const T* begin() const { return begin_; }
  [[nodiscard]] const T* end() const { return begin_ + size_; }

 private:
  SharedArray(const std::filesystem::path& file, std::size_t size, int flags) : size_(size) {
    const Descriptor fd{static_cast<int>(checked(::open(file.c_str(), O_RDWR | O_CLOEXEC | flags, 0600), "open"))};
    const std::size_t bytes = size * sizeof(T);
    if (flags != 0) checked(::ftruncate(fd.get(), static_cast<off_t>(bytes)), "ftruncate");
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    checked(memory == MAP_FAILED ? -1 : 0, "mmap");
    begin_ = static_cast<T*>(memory);
  }

  T* begin_ = nullptr;
  std::size_t size_;
};

}  // namespace blitzen::bench
