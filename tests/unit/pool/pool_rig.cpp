#include "pool_rig.hpp"

#include <poll.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "pool/process_tree.hpp"

namespace blitzen::pool::testing {
namespace {

/// Far more than anything here takes, also under sanitizers on a busy machine.
constexpr std::chrono::seconds patience{60};

TimePoint now() { return std::chrono::steady_clock::now(); }

}  // namespace

PoolRig::PoolRig(PoolOptions options, ImageSource source) : pool(options, *this) {
  add_image(first_image, std::move(source));
}

void PoolRig::add_image(ImageId image, ImageSource source) {
  pool.add_image(image, std::move(source));
  for (std::uint32_t function = 0; function < function_count; ++function)
    pool.define_function(image, function, base::as_bytes("definition of " + std::to_string(function)));
}

std::uint64_t PoolRig::submit(Function function, const std::string& arguments, Duration timeout, ImageId image) {
  WorkItem item;
  item.tag = {42, next_task_};
  item.image = image;
  item.function = function;
  item.timeout = timeout;
  item.arguments = base::SharedBytes::copy_of(base::as_bytes(arguments));
  pool.submit(std::move(item));
  return next_task_++;
}

void PoolRig::process(Duration later) { pool.process(now() + later); }

void PoolRig::run_until(const std::function<bool()>& holds) {
  const TimePoint give_up = now() + patience;
  for (process(); !holds(); process()) {
    if (now() > give_up) FAIL("the pool did not get there in time");
    wait();
  }
}

void PoolRig::wait() {
  const TimePoint latest = now() + std::chrono::seconds{1};
  const TimePoint deadline = std::min(pool.next_deadline().value_or(latest), latest);
  if (wait_on_futex) {
    pool.wait_for_news(deadline);
    return;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now()).count();
  pollfd news{pool.descriptor(), POLLIN, 0};
  ::poll(&news, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
}

const Told& PoolRig::settle(std::uint64_t task) {
  run_until([&] { return was_told(task); });
  return told.at(task);
}

void PoolRig::settle_all() {
  run_until([&] { return pool.unsettled() == 0; });
}

std::vector<pid_t> PoolRig::await_line(const std::string& beginning) {
  const auto begins = [&](const std::string& line) { return line.starts_with(beginning); };
  run_until([&] { return std::ranges::any_of(out, begins); });
  std::istringstream numbers{std::ranges::find_if(out, begins)->substr(beginning.size())};
  std::vector<pid_t> found;
  for (pid_t number = 0; numbers >> number;) found.push_back(number);
  return found;
}

void PoolRig::tell(Tag tag, Told what) {
  REQUIRE(tag.high == 42);
  INFO("task " << tag.low << " is told as " << what.kind);
  REQUIRE_FALSE(told.contains(tag.low));
  told[tag.low] = std::move(what);
  order.push_back(tag.low);
}

void PoolRig::task_finished(Tag tag, FinishKind kind, Duration ran, std::uint32_t slot,
                            std::span<const std::byte> content) {
  CHECK(ran >= Duration::zero());
  CHECK(slot < pool.slots());
  tell(tag, {kind == FinishKind::value ? "value" : "error", std::string{base::as_text(content)}, {}, slot});
}

void PoolRig::result_lost(Tag tag, Duration, std::uint32_t slot, std::uint64_t bytes) {
  tell(tag, {"lost", std::to_string(bytes), {}, slot});
}

void PoolRig::task_timed_out(Tag tag, Duration timeout, Duration ran, std::uint32_t slot) {
  CHECK(ran >= timeout);
  tell(tag, {"timed_out", {}, {}, slot});
}
void PoolRig::image_failed(ImageId, std::string_view sentence) { failures.emplace_back(sentence); }
void PoolRig::task_refused(Tag tag, std::string_view reason) { tell(tag, {"refused", std::string{reason}, {}, 0}); }
void PoolRig::task_returned(Tag tag) { tell(tag, {"returned", {}, {}, 0}); }
void PoolRig::worker_died(Tag tag, const Obituary& obituary) { tell(tag, {"died", obituary.note, obituary, 0}); }
void PoolRig::idle_worker_died(const Obituary& obituary) { idle_deaths.push_back(obituary); }
void PoolRig::output_line(OutputStream stream, std::string_view line) {
  (stream == OutputStream::out ? out : err).emplace_back(line);
}

bool is_gone(pid_t process) {
  const base::UniqueFd handle = watch_process(process);
  if (!handle) return errno == ESRCH;
  pollfd dead{handle.get(), POLLIN, 0};
  return ::poll(&dead, 1, std::chrono::milliseconds{patience}.count()) == 1;
}

bool is_stopped(pid_t process) {
  std::ifstream stat{"/proc/" + std::to_string(process) + "/stat"};
  std::string number;
  std::string name;
  std::string state;
  return stat >> number >> name >> state && state == "T";
}

}  // namespace blitzen::pool::testing
