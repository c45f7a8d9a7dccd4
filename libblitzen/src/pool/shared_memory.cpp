#include "pool/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace blitzen::pool {

base::UniqueFd make_shared_memory(const char* name, std::uint64_t bytes) {
  base::UniqueFd memory{::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!memory) throw std::system_error(errno, std::generic_category(), "cannot create shared memory");
  if (::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0 ||
      ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot size shared memory");
  }
  return memory;
}

void discard_pages(int memory, std::uint64_t offset, std::uint64_t bytes) noexcept {
  // Failing only means that the memory stays in use.
  static_cast<void>(::fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                                static_cast<off_t>(bytes)));
}

Mapping::Mapping(int memory, std::uint64_t offset, std::size_t bytes, Access access) : bytes_(bytes) {
  const int protection = access == Access::read ? PROT_READ : PROT_READ | PROT_WRITE;
  void* start = ::mmap(nullptr, bytes, protection, MAP_SHARED | MAP_NORESERVE, memory, static_cast<off_t>(offset));
  if (start == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "cannot map shared memory");
  start_ = static_cast<std::byte*>(start);
}

void Mapping::grow(std::size_t bytes) {
  void* start = ::mremap(start_, bytes_, bytes, MREMAP_MAYMOVE);
  if (start == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "cannot map shared memory");
  start_ = static_cast<std::byte*>(start);
  bytes_ = bytes;
}

Mapping::~Mapping() {
  if (start_ != nullptr) ::munmap(start_, bytes_);
}

}  // namespace blitzen::pool
