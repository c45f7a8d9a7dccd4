// Both ends of a channel in one process.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "pool/doorbell.hpp"
#include "pool/pool_link.hpp"
#include "pool/worker_link.hpp"

namespace blitzen::pool::testing {

inline QueuedTask task(std::uint64_t serial, const std::string& arguments = {}, std::uint32_t function = 0) {
  QueuedTask made;
  made.item.function = function;
  made.item.arguments = base::SharedBytes::copy_of(base::as_bytes(arguments));
  made.serial = serial;
  return made;
}

class LinkRig {
 public:
  bool hand(QueuedTask given) { return link.hand(given, base::as_bytes("how to")) == WorkerLink::Handing::handed; }
  void hand_and_publish(QueuedTask given) {
    const bool handed = hand(std::move(given));
    REQUIRE(handed);
    link.publish();
  }
  std::optional<PoolLink::Request> claim() { return worker.claim(TimePoint{Duration{7}}); }
  bool answer(const std::string& content) { return answer_at(TimePoint{Duration{12}}, Duration{5}, content); }
  bool answer_at(TimePoint end, Duration ran, const std::string& content = {}) {
    return worker.answer(ResponseKind::value, ran, end, false, base::as_bytes(content));
  }
  /// Whether the pool, asleep on its descriptor, has been rung for; puts it to sleep again.
  bool rung() {
    const bool was_rung = !doorbell.asleep();
    doorbell.collect([](std::uint32_t) {});
    REQUIRE(doorbell.fall_asleep(PoolSleep::on_descriptor));
    return was_rung;
  }
  std::string consume() {
    WorkerLink::Response response;
    REQUIRE(link.next_response(response) == WorkerLink::Next::response);
    std::string content{base::as_text(response.content)};
    static_cast<void>(link.consume());
    link.release_consumed();
    return content;
  }

  /// How much memory the channel takes.
  std::uint64_t channel_bytes() {
    struct stat status {};
    REQUIRE(::fstat(link.memory(), &status) == 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
  }

  static constexpr std::size_t result_bytes_max = 1024UL * 1024 * 1024;
  Doorbell doorbell{1};
  WorkerLink link{0, result_bytes_max};
  PoolLink worker{base::UniqueFd{::dup(link.memory())}, base::UniqueFd{::dup(doorbell.memory())},
                  base::UniqueFd{::dup(doorbell.event())}};
};

}  // namespace blitzen::pool::testing
