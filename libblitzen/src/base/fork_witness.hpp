// Whether this is still the process that made an object, or one forked from it.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

namespace blitzen::base {

/// Asking costs a look at memory; only where the kernel cannot help, a system call.
class ForkWitness {
 public:
  ForkWitness()
      : page_(static_cast<volatile char*>(
            ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    // The page reads as zeros in a forked child.
    works_ = page_ != MAP_FAILED && ::madvise(const_cast<char*>(page_), page_bytes, MADV_WIPEONFORK) == 0;
    if (works_) *page_ = 1;
  }
  ForkWitness(const ForkWitness&) = delete;
  ForkWitness& operator=(const ForkWitness&) = delete;
  ~ForkWitness() {
    if (page_ != MAP_FAILED) ::munmap(const_cast<char*>(page_), page_bytes);
  }

  [[nodiscard]] bool in_child() const { return works_ ? *page_ == 0 : ::getpid() != maker_; }

 private:
  /// One page, however large pages are.
  static constexpr std::size_t page_bytes = 1;

  volatile char* page_;
  bool works_ = false;
  pid_t maker_ = ::getpid();
};

}  // namespace blitzen::base
