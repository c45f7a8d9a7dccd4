// Preloaded into programs: their wall clock differs by the seconds that stand, as eight bytes, in the file that
// SOAK_CLOCK_FILE names. The monotonic clocks are left alone, as they are when somebody sets a machine's time.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace {

long moved_by() {
  static const std::atomic<long>* const offset = [] {
    const char* const path = std::getenv("SOAK_CLOCK_FILE");
    const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    void* memory = file < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) ::close(file);
    return memory == MAP_FAILED ? nullptr : static_cast<const std::atomic<long>*>(memory);
  }();
  return offset == nullptr ? 0 : offset->load();
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += moved_by();
  return static_cast<int>(result);
}

extern "C" int gettimeofday(timeval* __restrict now, void* __restrict) noexcept {
  timespec precise{};
  const int result = clock_gettime(CLOCK_REALTIME, &precise);
  constexpr long nanoseconds_per_microsecond = 1000;
  *now = {precise.tv_sec, precise.tv_nsec / nanoseconds_per_microsecond};
  return result;
}

extern "C" time_t time(time_t* out) noexcept {
  timespec precise{};
  clock_gettime(CLOCK_REALTIME, &precise);
  if (out != nullptr) *out = precise.tv_sec;
  return precise.tv_sec;
}
