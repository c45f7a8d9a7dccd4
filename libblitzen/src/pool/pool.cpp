#include "pool/pool.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include "pool/futex.hpp"
#include "pool/pool_impl.hpp"

namespace blitzen::pool {
namespace {

/// In WakeBy::futex, output and deaths are looked for this often while results keep coming in.
constexpr Duration poll_interval = std::chrono::microseconds{250};
/// How long to sleep on the futex, which wakes fastest, before sleeping on the descriptor, which hears everything.
constexpr Duration futex_sleep_max = std::chrono::microseconds{250};
/// A task that scribbles over the doorbell delays what others announce at most this long.
constexpr Duration hear_interval = std::chrono::seconds{1};
/// Memory of large payloads is given back when the worker was idle this long.
constexpr Duration trim_after = std::chrono::seconds{3};

/// How long a wait for news takes in a process where there is none.
constexpr int foreign_wait_ms = 100;

PoolOptions checked(PoolOptions options) {
  if (options.slots == 0 || options.slots > slots_max)
    throw std::invalid_argument("a pool has from 1 to " + std::to_string(slots_max) + " slots");
  return options;
}

}  // namespace

Pool::Impl::Impl(PoolOptions options, PoolListener& listener)
    : options_(checked(options)),
      listener_(listener),
      doorbell_(options_.slots),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      workers_(options_.slots) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "cannot create an epoll descriptor");
  watch(doorbell_.event(), Source::doorbell, 0);
}

Pool::Impl::~Impl() { stop(std::min<Duration>(options_.grace, std::chrono::milliseconds{100})); }

epoll_event Pool::Impl::event_of(Source source, std::size_t index) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = std::uint64_t{static_cast<std::uint32_t>(source)} << 32U | index;
  return event;
}

void Pool::Impl::watch(int descriptor, Source source, std::size_t index) {
  epoll_event event = event_of(source, index);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

/// From now on as that, unless it has ended and is not watched any more.
void Pool::Impl::watch_as(int descriptor, Source source, std::size_t index) {
  epoll_event event = event_of(source, index);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void Pool::Impl::forget(int descriptor) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr); }

void Pool::Impl::process(TimePoint now, Look look) {
  if (stopped_ || is_foreign()) return;
  now_ = now;
  doorbell_.wake_up();
  const bool to_poll = wake_by_ == WakeBy::descriptor && look == Look::everywhere;
  if (poll_due_.exchange(false) || to_poll || now - polled_at_ >= poll_interval) poll_descriptors(0);
  if (now - heard_at_ >= hear_interval) hear_everybody();

  // News that comes in meanwhile is dealt with now, but not for ever: the host has other things to do.
  constexpr int rounds_max = 4;
  bool asleep = false;
  for (int round = 0; round < rounds_max && !asleep; ++round) {
    doorbell_.collect([this](std::uint32_t slot) {
      if (slot < workers_.size() && workers_[slot]) take_answers(*workers_[slot]);
    });
    enforce_deadlines();
    balance();
    asleep = wake_by_ == WakeBy::futex || doorbell_.fall_asleep(PoolSleep::on_descriptor);
  }
  keep_spares();
  buried_.clear();
  if (!asleep) doorbell_.ring_event();
  note_who_works();
}

void Pool::Impl::hear_everybody() {
  heard_at_ = now_;
  for (const auto& worker : workers_) {
    if (worker) take_answers(*worker);
  }
  for (const auto& image : images_) {
    if (image->zygote) image->zygote->resume();
  }
}

void Pool::Impl::enforce_deadlines() {
  for (const auto& place : workers_) {
    Worker* worker = place.get();
    if (worker == nullptr) continue;
    if (worker->expires_at && *worker->expires_at <= now_) expire(*worker);
    if (worker->claim_by && *worker->claim_by <= now_) check_claim(*worker);
    if (worker->kill_at && *worker->kill_at <= now_) {
      worker->kill_at.reset();
      signal_worker(*worker, SIGKILL);
    }
    if (worker->buried_by && *worker->buried_by <= now_) ask_for_obituary(*worker);
    if (worker->idle() && worker->link.holds_bulk() && worker->last_used + trim_after <= now_) worker->link.trim();
  }
  look_at_memory();
  for (const auto& image : images_) {
    const bool late = image->zygote && (!image->ready || image->forks_in_flight > 0) && image->ready_by <= now_;
    if (!late) continue;
    // One that was ready once can be replaced; how often, is counted when it has died.
    if (image->ready) {
      give_up_zygote(*image);
      continue;
    }
    fail_image(*image, "image '" + image->source.name + "' cannot start on this machine: it did not answer within " +
                           std::to_string(zygote_answer_time_max / std::chrono::seconds{1}) + " s");
  }
}

bool Pool::Impl::catch_quick_answers() {
  const bool few = unsettled_ > 0 && unsettled_ <= options_.slots;
  if (stopped_ || is_foreign() || !few || !only_quick_tasks_ || working_ == 0 || working_ >= cores_) return false;
  doorbell_.wake_up();
  const auto news = [this] { return doorbell_.has_news(); };
  if (BriefSpin::spin(news, std::chrono::steady_clock::now() + BriefSpin::worth)) return true;
  return !doorbell_.fall_asleep(PoolSleep::on_descriptor);
}

std::optional<TimePoint> Pool::Impl::next_deadline() const {
  std::optional<TimePoint> earliest = plan_again_;
  const auto include = [&earliest](TimePoint when) { earliest = std::min(earliest.value_or(when), when); };
  if (spread_at_) include(*spread_at_);
  for (const auto& worker : workers_) {
    if (!worker) continue;
    if (worker->expires_at) include(*worker->expires_at);
    if (worker->claim_by) include(*worker->claim_by);
    if (worker->kill_at) include(*worker->kill_at);
    if (worker->buried_by) include(*worker->buried_by);
    if (worker->link.handed() > 0) include(heard_at_ + hear_interval);
    if (wants_look(*worker)) include(look_again_at_);
    if (worker->idle() && worker->link.holds_bulk()) include(worker->last_used + trim_after);
  }
  for (const auto& image : images_) {
    if (image->zygote && (!image->ready || image->forks_in_flight > 0)) include(image->ready_by);
    const bool wants_worker = !image->backlog.empty() || image->keeps_warm;
    if (wants_worker && image->fork_again_at > now_) include(image->fork_again_at);
    if (image->spare_again_at > now_ && wants_spare(*image)) include(image->spare_again_at);
  }
  return earliest;
}

void Pool::Impl::wait_for_news(std::optional<TimePoint> deadline) {
  if (interrupted_.exchange(false)) return;
  if (is_foreign()) {
    // Nothing will ever come; who asks again and again must not spin.
    static_cast<void>(::poll(nullptr, 0, foreign_wait_ms));
    return;
  }
  doorbell_.wake_up();
  const auto news = [this] { return doorbell_.has_news() || interrupted_; };
  // A core that a worker could use is not for spinning.
  if (working_ < cores_)
    spin_.before(news, [&] { sleep_until_news(deadline); });
  else
    sleep_until_news(deadline);
  interrupted_ = false;
}

void Pool::Impl::sleep_until_news(std::optional<TimePoint> deadline) {
  using std::chrono::steady_clock;
  if (!doorbell_.fall_asleep(PoolSleep::on_futex)) return;
  if (working_ > 0 && !interrupted_) {
    Duration sleep = futex_sleep_max;
    if (deadline) sleep = std::clamp<Duration>(*deadline - steady_clock::now(), Duration::zero(), futex_sleep_max);
    futex_wait(doorbell_.futex(), static_cast<std::uint32_t>(PoolSleep::on_futex), sleep);
  }
  if (!interrupted_ && doorbell_.sleep_on_descriptor()) {
    pollfd news{epoll_.get(), POLLIN, 0};
    timespec limit{};
    if (deadline) {
      const Duration left = std::max<Duration>(*deadline - steady_clock::now(), Duration::zero());
      limit.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
      limit.tv_nsec = (left % std::chrono::seconds{1}).count();
    }
    static_cast<void>(::ppoll(&news, 1, deadline ? &limit : nullptr, nullptr));
    poll_due_ = true;
  }
  doorbell_.wake_up();
}

void Pool::Impl::interrupt() {
  if (is_foreign()) return;
  interrupted_ = true;
  if (wake_by_ == WakeBy::descriptor) {
    doorbell_.ring_event();
  } else {
    doorbell_.ring();
  }
}

Pool::Pool(PoolOptions options, PoolListener& listener) : impl_(std::make_unique<Impl>(options, listener)) {}
Pool::~Pool() = default;
void Pool::add_image(ImageId image, ImageSource source) { impl_->add_image(image, std::move(source)); }
void Pool::warm(ImageId image) { impl_->warm(image); }
void Pool::define_function(ImageId image, std::uint32_t function, std::span<const std::byte> definition) {
  impl_->define_function(image, function, definition);
}
void Pool::submit(WorkItem item) { impl_->submit(std::move(item)); }
void Pool::retract(std::size_t count) { impl_->retract(count); }
void Pool::cancel(Tag tag) { impl_->cancel(tag); }
void Pool::process(TimePoint now, Look look) { impl_->process(now, look); }
bool Pool::wants_task() const { return impl_->wants_task(); }
bool Pool::catch_quick_answers() { return impl_->catch_quick_answers(); }
std::optional<TimePoint> Pool::next_deadline() const { return impl_->next_deadline(); }
int Pool::descriptor() const { return impl_->descriptor(); }
void Pool::wake_by(WakeBy how) { impl_->wake_by(how); }
void Pool::wait_for_news(std::optional<TimePoint> deadline) { impl_->wait_for_news(deadline); }
void Pool::interrupt() { impl_->interrupt(); }
void Pool::list_executing(TimePoint now, std::vector<Executing>& out) const { impl_->list_executing(now, out); }
std::size_t Pool::unsettled() const { return impl_->unsettled(); }
std::uint32_t Pool::slots() const { return impl_->slots(); }
void Pool::stop(Duration grace) { impl_->stop(grace); }

}  // namespace blitzen::pool
