#include "dispatch/local_engine.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <new>

#include "base/host_name.hpp"
#include "base/poll_timeout.hpp"
#include "base/start_thread.hpp"
#include "base/system_error.hpp"
#include "blitzen/logging.hpp"
#include "call/obituary.hpp"
#include "dispatch/thrown_by.hpp"
#include "dispatch/wording.hpp"
#include "proto/codec.hpp"
#include "proto/failure.hpp"
#include "proto/limits.hpp"

namespace blitzen::dispatch {
namespace {

constexpr core::DriverId driver{0};
constexpr core::ClientId client{0};
constexpr pool::ImageId image{0};
/// Amortises what a look at the workers costs over this many tasks.
constexpr unsigned added_between_pumps = 32;
/// The longest that workers are left unheard after calls stopped coming.
constexpr int attendance_check_ms = 1;
constexpr std::chrono::nanoseconds shutdown_grace = std::chrono::milliseconds{500};

core::TimePoint read_clock() { return std::chrono::steady_clock::now(); }

core::TaskId task_of(pool::Tag tag) { return {driver, tag.low}; }
core::Attempt attempt_of(pool::Tag tag) { return static_cast<core::Attempt>(tag.high); }
pool::Tag tag_of(core::TaskId task, core::Attempt attempt) { return {attempt, task.number}; }

base::UniqueFd make_wake_descriptor() {
  base::UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) throw base::system_error("cannot make an eventfd");
  return fd;
}

}  // namespace

LocalEngine::LocalEngine(EngineOptions options, const pool::PoolOptions& pool)
    : CommonEngine(options), wake_(make_wake_descriptor()), pool_(pool, *this) {
  now_ = read_clock();
  apply(core::DriverJoined{driver, options.task_limit});
  apply(core::ClientJoined{.client = client, .slots = pool.slots, .silence_matters = false});
  pool_.add_image(image, {.name = "this program", .path = "/proc/self/exe", .libraries = {}});
  pool_.warm(image);
  pool_.process(now_);
  loop_ = base::start_thread([this] { run_loop(); });
}

LocalEngine::~LocalEngine() { shutdown(); }

void LocalEngine::shutdown() {
  if (!begin_shutdown()) return;
  pool_.interrupt();
  nobody_pumps_.notify_all();
  wake_loop();
  loop_.join();
  Lock lock(mutex_);
  nobody_pumps_.wait(lock, [this] { return !somebody_pumps_; });
  guard(lock, [&] {
    pool_.stop(shutdown_grace);
    flush_output();
  });
}

void LocalEngine::task_added(Lock& lock, std::uint64_t number) {
  guard(lock, [&] {
    const LedgerEntry& entry = *ledger_.find(number);
    apply(core::TaskSubmitted{.task = {driver, number},
                              .code = core::CodeId{entry.function},
                              .timeout = entry.timeout,
                              .worker_deaths_max = entry.worker_deaths_max});
    if (++added_since_pump_ >= added_between_pumps) {
      attend();
      see_to_it();
    } else if (pool_.wants_task()) {
      see_to_it();
    }
  });
}

void LocalEngine::tasks_abandoned(Lock& lock, std::span<const std::uint64_t> numbers) {
  if (failure()) return;
  guard(lock, [&] {
    for (const std::uint64_t number : numbers) apply(core::TaskCancelled{{driver, number}});
    see_to_it();
  });
}

void LocalEngine::apply(const core::Event& event) {
  actions_.clear();
  scheduler_.step(event, now_, actions_);
  for (const core::Action& action : actions_) {
    if (const auto* report = std::get_if<core::ReportOutcome>(&action))
      settle_from(*report);
    else
      orders_.push_back(action);
  }
}

void LocalEngine::settle_from(const core::ReportOutcome& report) {
  const std::uint64_t number = report.task.number;
  auto deaths = deaths_.extract(number);
  base::SharedBytes content = std::exchange(reported_, {});
  if (report.cause == core::OutcomeCause::worker_deaths)
    content = as_content(proto::poisoned(std::move(deaths.mapped())));
  if (report.cause == core::OutcomeCause::no_client_can) content = as_content(refusal_of(number));
  settle(number, static_cast<OutcomeKind>(report.kind), std::exchange(reported_ran_, {}), std::move(content));
}

proto::Failure LocalEngine::refusal_of(std::uint64_t number) const {
  const LedgerEntry* entry = ledger_.find(number);
  const auto reason = entry == nullptr ? refusals_.end() : refusals_.find(entry->function);
  return proto::failure_saying(reason == refusals_.end() ? "no worker can run the task" : reason->second);
}

/// What was asked for, or is due, is done at the next call or by the loop, which looks after a millisecond.
void LocalEngine::attend() {
  called_since_look_ = true;
  pool_.wake_by(pool::WakeBy::futex);
  if (!std::exchange(attended_, true)) wake_loop();
}

void LocalEngine::see_to_it() {
  if (somebody_pumps_)
    pool_.interrupt();
  else
    pump(pool::Look::shared_memory);
}

void LocalEngine::pump(pool::Look look) {
  if (stopping_ || failure()) return;
  added_since_pump_ = 0;
  now_ = read_clock();
  scheduler_.assign(now_, orders_);
  give_orders();
  pool_.process(now_, look);
  for (scheduler_.assign(now_, orders_); !orders_.empty(); scheduler_.assign(now_, orders_)) {
    give_orders();
    now_ = read_clock();
    pool_.process(now_, pool::Look::shared_memory);
  }
  if (const auto due = scheduler_.next_deadline(); due && *due <= now_) apply(core::DeadlineReached{});
  if (somebody_pumps_) return;
  const auto deadline = next_deadline();
  if (deadline && loop_sleeps_until_ && *deadline < *loop_sleeps_until_) wake_loop();
}

void LocalEngine::give_orders() {
  for (const core::Action& action : orders_) {
    if (const auto* assign = std::get_if<core::AssignTask>(&action)) order(*assign);
    if (const auto* cancel = std::get_if<core::CancelAttempt>(&action))
      pool_.cancel(tag_of(cancel->task, cancel->attempt));
  }
  orders_.clear();
}

void LocalEngine::order(const core::AssignTask& assign) {
  const LedgerEntry* entry = ledger_.find(assign.task.number);
  if (entry == nullptr) return;  // cleared in between; its cancellation follows
  if (entry->function >= defined_.size()) defined_.resize(entry->function + 1);
  if (!defined_[entry->function]) {
    std::vector<std::byte> definition;
    proto::encode(functions_.described(entry->function), definition);
    pool_.define_function(image, entry->function, definition);
    defined_[entry->function] = true;
  }
  pool_.submit({.tag = tag_of(assign.task, assign.attempt),
                .image = image,
                .function = entry->function,
                .timeout = entry->timeout,
                .arguments = entry->content});
}

void LocalEngine::task_finished(pool::Tag tag, pool::FinishKind kind, pool::Duration ran, std::uint32_t slot,
                                std::span<const std::byte> content) {
  try {
    reported_ = arena_.copy_of(content);
  } catch (const std::bad_alloc&) {
    return result_lost(tag, ran, slot, content.size());
  }
  reported_ran_ = ran;
  const auto finish = kind == pool::FinishKind::value ? core::FinishKind::value : core::FinishKind::error;
  apply(core::TaskFinished{client, task_of(tag), attempt_of(tag), finish, ran, slot});
}

void LocalEngine::result_lost(pool::Tag tag, pool::Duration ran, std::uint32_t slot, std::uint64_t bytes) {
  reported_ = as_content(proto::no_memory_for_result(bytes, "this program"));
  reported_ran_ = ran;
  apply(core::TaskFinished{client, task_of(tag), attempt_of(tag), core::FinishKind::error, ran, slot});
}

void LocalEngine::task_timed_out(pool::Tag tag, pool::Duration timeout, pool::Duration ran, std::uint32_t slot) {
  reported_ = as_content(proto::timed_out(timeout));
  reported_ran_ = ran;
  apply(core::TaskFinished{client, task_of(tag), attempt_of(tag), core::FinishKind::timed_out, ran, slot});
}

void LocalEngine::image_failed(pool::ImageId, std::string_view sentence) {
  logging::get_logger().warning(std::string(sentence));
}

void LocalEngine::task_refused(pool::Tag tag, std::string_view reason) {
  if (const LedgerEntry* entry = ledger_.find(tag.low)) refusals_[entry->function] = reason;
  apply(core::CodeRefused{client, task_of(tag), attempt_of(tag)});
}

void LocalEngine::task_returned(pool::Tag tag) { apply(core::TaskReturned{client, task_of(tag), attempt_of(tag)}); }

void LocalEngine::worker_died(pool::Tag tag, const pool::Obituary& obituary) {
  deaths_[tag.low].push_back(call::to_wire(obituary, base::host_name()));
  apply(core::WorkerDied{client, task_of(tag), attempt_of(tag)});
}

void LocalEngine::idle_worker_died(const pool::Obituary& obituary) {
  logging::get_logger().warning("a worker died while it executed nothing, " +
                                proto::how_it_died(call::to_wire(obituary, base::host_name())));
}

void LocalEngine::output_line(pool::OutputStream stream, std::string_view line) {
  printed_ = true;
  (stream == pool::OutputStream::out ? out_ : err_).write_line(line);
}

bool LocalEngine::work_until(Lock& lock, const std::function<bool()>& done) {
  if (somebody_pumps_ || stopping_ || failure()) return false;
  somebody_pumps_ = true;
  guard(lock, [&] { pump_until(lock, done); });
  somebody_pumps_ = false;
  attend();
  nobody_pumps_.notify_all();
  return true;
}

void LocalEngine::pump_until(Lock& lock, const std::function<bool()>& done) {
  pool_.wake_by(pool::WakeBy::futex);
  pump(pool::Look::shared_memory);
  while (!done()) {
    const auto deadline = next_deadline();
    lock.unlock();
    pool_.wait_for_news(deadline);
    lock.lock();
    pump(pool::Look::shared_memory);
  }
  lock.unlock();
  flush_output();
}

template <class Work>
void LocalEngine::guard(Lock& lock, Work&& work) noexcept {
  if (const auto thrown = thrown_by(lock, work)) broke(thrown);
}

void LocalEngine::broke(const std::exception_ptr& thrown) noexcept {
  const Error error = breakdown(thrown, "its workers");
  fail(error);
  try {
    settle_all(OutcomeKind::error, std::string("the dispatcher failed before this task ended: ") + error.what());
  } catch (...) {
    // What could not be settled for want of memory throws the failure when it is asked for.
  }
}

void LocalEngine::run_loop() {
  Lock lock(mutex_);
  while (!stopping_) {
    nobody_pumps_.wait(lock, [this] { return stopping_ || (!somebody_pumps_ && !failure()); });
    guard(lock, [&] {
      if (attended_) return sleep_while_attended(lock);
      pump(pool::Look::everywhere);
      sleep_until_news(lock);
    });
  }
}

/// Without the mutex: who attends should not have to wait for a thread that has nothing to do.
void LocalEngine::sleep_while_attended(Lock& lock) {
  lock.unlock();
  pollfd watched{wake_.get(), POLLIN, 0};
  while (called_since_look_.exchange(false)) {
    if (::poll(&watched, 1, attendance_check_ms) > 0) clear_wake();
  }
  lock.lock();
  if (somebody_pumps_ || called_since_look_) return;
  attended_ = false;
  pool_.wake_by(pool::WakeBy::descriptor);
}

void LocalEngine::sleep_until_news(Lock& lock) {
  if (stopping_) return;
  const auto deadline = next_deadline();
  loop_sleeps_until_ = deadline.value_or(core::TimePoint::max());
  const auto timeout = base::poll_timeout(deadline, read_clock());
  lock.unlock();
  std::array<pollfd, 2> watched{pollfd{wake_.get(), POLLIN, 0}, pollfd{pool_.descriptor(), POLLIN, 0}};
  ::poll(watched.data(), watched.size(), timeout);
  if ((watched[0].revents & POLLIN) != 0) clear_wake();
  lock.lock();
  loop_sleeps_until_.reset();
}

void LocalEngine::wake_loop() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto put = ::write(wake_.get(), &one, sizeof one);  // full means it is awake already
}

void LocalEngine::clear_wake() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);  // nothing means it was cleared already
}

/// What a task printed stands before what its driver prints about its outcome.
void LocalEngine::flush_output() {
  if (!std::exchange(printed_, false)) return;
  out_.flush();
  err_.flush();
}

std::optional<core::TimePoint> LocalEngine::next_deadline() const {
  const auto a = pool_.next_deadline();
  const auto b = scheduler_.next_deadline();
  if (a && b) return std::min(*a, *b);
  return a ? a : b;
}

}  // namespace blitzen::dispatch
