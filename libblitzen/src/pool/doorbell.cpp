#include "pool/doorbell.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <new>
#include <system_error>

#include "pool/futex.hpp"

namespace blitzen::pool {

Doorbell::Doorbell(std::uint32_t slots)
    : words_((slots + 63) / 64),
      memory_(make_shared_memory("blitzen-doorbell", sizeof(DoorbellPage))),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      mapping_(memory_.get(), 0, sizeof(DoorbellPage)),
      page_(new (mapping_.data()) DoorbellPage) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "cannot create an eventfd");
}

Doorbell::Doorbell(const base::UniqueFd& memory, base::UniqueFd event)
    : event_(std::move(event)),
      mapping_(memory.get(), 0, sizeof(DoorbellPage)),
      page_(reinterpret_cast<DoorbellPage*>(mapping_.data())) {}

void Doorbell::announce(std::uint32_t slot) {
  std::atomic<std::uint64_t>& word = page_->news[slot / 64];
  const std::uint64_t bit = std::uint64_t{1} << slot % 64;
  // Looking first keeps the line shared while the pool has not come round yet.
  if ((word.load() & bit) == 0) word.fetch_or(bit);
}

bool Doorbell::ring() {
  std::uint32_t how = page_->sleep.load();
  // Of several who find the pool asleep, one wakes it.
  do {
    if (how == static_cast<std::uint32_t>(PoolSleep::awake)) return true;
  } while (!page_->sleep.compare_exchange_weak(how, static_cast<std::uint32_t>(PoolSleep::awake)));
  if (how != static_cast<std::uint32_t>(PoolSleep::on_futex)) return ring_event();
  futex_wake(page_->sleep);
  return true;
}

bool Doorbell::ring_event() {
  const std::uint64_t one = 1;
  // EAGAIN means that the counter is full: the descriptor is readable, which is all that is wanted.
  return ::write(event_.get(), &one, sizeof one) == sizeof one || errno == EAGAIN;
}

void Doorbell::clear_event() {
  std::uint64_t count = 0;
  // EAGAIN means that nobody rang.
  static_cast<void>(!::read(event_.get(), &count, sizeof count));
}

bool Doorbell::fall_asleep(PoolSleep how) {
  page_->sleep.store(static_cast<std::uint32_t>(how));
  if (!has_news()) return true;
  wake_up();
  return false;
}

bool Doorbell::sleep_on_descriptor() {
  auto expected = static_cast<std::uint32_t>(PoolSleep::on_futex);
  return page_->sleep.compare_exchange_strong(expected, static_cast<std::uint32_t>(PoolSleep::on_descriptor));
}

bool Doorbell::has_news() const {
  for (std::size_t word = 0; word < words_; ++word) {
    if (page_->news[word].load() != 0) return true;
  }
  return false;
}

}  // namespace blitzen::pool
