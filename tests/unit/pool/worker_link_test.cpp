#include <catch2/catch.hpp>
#include <cstring>
#include <deque>
#include <random>

#include "link_rig.hpp"

namespace blitzen::pool {
namespace {

using testing::LinkRig;
using testing::task;

std::string text(std::span<const std::byte> bytes) { return std::string{base::as_text(bytes)}; }

}  // namespace

TEST_CASE("a task is seen by the worker once it is published") {
  LinkRig rig;
  REQUIRE(rig.hand(task(0, "arguments")));
  CHECK_FALSE(rig.claim());
  rig.link.publish();
  const auto request = rig.claim();
  REQUIRE(request);
  CHECK(text(request->arguments) == "arguments");
  CHECK(rig.link.claimed() == 1);
  CHECK(rig.link.started(0) == TimePoint{Duration{7}});
  REQUIRE(rig.answer("result"));
  CHECK(rig.consume() == "result");
  CHECK(rig.link.handed() == 0);
}

TEST_CASE("a worker with more to do rings when it will soon run out, once") {
  using std::chrono::microseconds;
  LinkRig rig;
  for (std::uint64_t i = 0; i < 200; ++i) REQUIRE(rig.hand(task(i)));
  rig.link.publish();
  TimePoint time{std::chrono::hours{1}};
  REQUIRE(rig.claim());
  REQUIRE(rig.answer_at(time, microseconds{1}));  // the first answer has waited for ever
  static_cast<void>(rig.rung());                  // puts the pool to sleep
  REQUIRE(rig.claim());
  REQUIRE(rig.answer_at(time + microseconds{600}, microseconds{1}));
  CHECK(rig.rung());
  std::vector<int> rang;
  for (int i = 2; i < 199; ++i) {
    REQUIRE(rig.claim());
    REQUIRE(rig.answer_at(time + microseconds{600 + i}, microseconds{1}));
    if (rig.rung()) rang.push_back(i);
  }
  REQUIRE(rang.size() == 1);
  CHECK(rang.front() > 100);
}

TEST_CASE("a worker rings for every answer when its tasks take long") {
  using std::chrono::milliseconds;
  LinkRig rig;
  for (std::uint64_t i = 0; i < 4; ++i) rig.hand_and_publish(task(i));
  TimePoint time{std::chrono::hours{1}};
  static_cast<void>(rig.rung());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(rig.claim());
    REQUIRE(rig.answer_at(time += milliseconds{10}, milliseconds{10}));
    CHECK(rig.rung());
  }
}

TEST_CASE("a definition travels with the first task of its function, again if that was taken back") {
  LinkRig rig;
  std::vector<QueuedTask> taken;
  rig.hand_and_publish(task(0));
  rig.link.take_back(1, taken);
  rig.hand_and_publish(task(1));
  rig.hand_and_publish(task(2));
  const auto first = rig.claim();
  REQUIRE(first->definition);
  CHECK(text(*first->definition) == "how to");
  REQUIRE(rig.answer(""));
  CHECK_FALSE(rig.claim()->definition);
}

TEST_CASE("tasks that are taken back come in order and leave the claimed ones") {
  LinkRig rig;
  for (std::uint64_t i = 0; i < 5; ++i) rig.hand_and_publish(task(i));
  REQUIRE(rig.claim());
  std::vector<QueuedTask> taken;
  rig.link.take_back(3, taken);
  REQUIRE(taken.size() == 3);
  CHECK(taken[0].serial == 2);
  CHECK(taken[2].serial == 4);
  rig.link.take_back(100, taken);
  CHECK(taken.back().serial == 1);
  CHECK(rig.link.handed() == 1);
}

TEST_CASE("a link holds only so many tasks") {
  LinkRig rig;
  for (std::size_t i = 0; i < handed_max; ++i) REQUIRE(rig.hand(task(i)));
  CHECK_FALSE(rig.hand(task(0)));
}

TEST_CASE("a worker is handed two large tasks at once, and more only if they take little together") {
  LinkRig rig;
  const std::string large(bulk_bytes_handed_max, 'x');
  CHECK(rig.hand(task(0, large)));
  CHECK(rig.hand(task(1, large)));
  CHECK_FALSE(rig.hand(task(2, large)));
  CHECK(rig.hand(task(2, "small")));
  rig.link.publish();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(rig.claim());
    REQUIRE(rig.answer(""));
    CHECK_FALSE(rig.hand(task(3, large)));
    static_cast<void>(rig.consume());
  }
  CHECK(rig.hand(task(3, large)));

  LinkRig several;
  const std::string quarter(bulk_bytes_handed_max / 4 - 1024, 'x');
  for (std::uint64_t i = 0; i < 4; ++i) CHECK(several.hand(task(i, quarter)));
  CHECK_FALSE(several.hand(task(4, quarter)));
  several.link.publish();
  std::vector<QueuedTask> taken;
  several.link.take_back(1, taken);
  CHECK(several.hand(task(3, quarter)));
}

TEST_CASE("random tasks, answers and taking back keep both ends in step") {
  const auto seed = GENERATE(1U, 2U, 3U, 4U);
  CAPTURE(seed);
  std::mt19937 random{seed};
  LinkRig rig;
  std::deque<std::string> expected;  // arguments of what is handed, oldest first
  std::size_t claimed = 0;
  std::size_t answered = 0;
  std::uint64_t serial = 0;
  const auto size = [&] { return random() % 20 == 0 ? 40'000 + random() % 100'000 : random() % 3000; };
  for (int step = 0; step < 5000; ++step) {
    const auto choice = random() % 8;
    if (choice < 3) {
      const std::string arguments(size(), static_cast<char>('a' + step % 26));
      if (rig.hand(task(serial, arguments))) {
        expected.push_back(arguments);
        ++serial;
      }
      rig.link.publish();
    } else if (choice < 6) {
      // Answers wait for room: the pool must not be more than a few behind.
      if (claimed >= 4) {
        REQUIRE(rig.consume() == expected.front());
        expected.pop_front();
        --claimed;
        --answered;
      }
      const auto request = rig.claim();
      REQUIRE(request.has_value() == (expected.size() > claimed));
      if (!request) continue;
      REQUIRE(text(request->arguments) == expected[claimed]);
      ++claimed;
      REQUIRE(rig.answer(text(request->arguments)));
      ++answered;
    } else if (choice == 6 && answered > 0) {
      REQUIRE(rig.consume() == expected.front());
      expected.pop_front();
      --claimed;
      --answered;
    } else if (choice == 7) {
      std::vector<QueuedTask> taken;
      rig.link.take_back(random() % 3, taken);
      for (std::size_t i = taken.size(); i-- > 0; expected.pop_back())
        REQUIRE(text(taken[i].item.arguments.bytes()) == expected.back());
    }
    REQUIRE(rig.link.handed() == expected.size());
  }
}

TEST_CASE("a result larger than allowed is not published") {
  WorkerLink link{0, 10};
  Doorbell doorbell{1};
  PoolLink worker{base::UniqueFd{::dup(link.memory())}, base::UniqueFd{::dup(doorbell.memory())},
                  base::UniqueFd{::dup(doorbell.event())}};
  CHECK_FALSE(worker.answer(ResponseKind::value, {}, {}, false, base::as_bytes("eleven bytes")));
  WorkerLink::Response response;
  CHECK(link.next_response(response) == WorkerLink::Next::none);
}

TEST_CASE("nonsense in shared memory is found out") {
  const auto seed = GENERATE(range(1U, 200U));
  CAPTURE(seed);
  std::mt19937 random{seed};
  LinkRig rig;
  rig.hand_and_publish(task(0));
  REQUIRE(rig.claim());
  REQUIRE(rig.answer("result"));
  const Mapping memory{rig.link.memory(), 0, request_bulk_at};
  auto* header = reinterpret_cast<SharedWords*>(memory.data() + shared_words_at);
  if (random() % 2 == 0) header->response_tail = random() % 3 == 0 ? random() : random() % 1000;
  for (unsigned i = 0; i < 1 + random() % 8; ++i)
    memory.data()[response_ring_at + random() % sizeof(ResponseHeader)] = static_cast<std::byte>(random());
  WorkerLink::Response response;
  // Whatever it is, nothing outside the shared memory may be touched: the sanitizers watch.
  const auto next = rig.link.next_response(response);
  if (next == WorkerLink::Next::response) {
    unsigned sum = 0;
    for (const std::byte byte : response.content) sum += std::to_integer<unsigned>(byte);
    CHECK(sum <= 255 * response.content.size());
  } else {
    CHECK((next == WorkerLink::Next::none || next == WorkerLink::Next::nonsense));
  }
}

TEST_CASE("an answer to another task than the oldest is nonsense") {
  LinkRig rig;
  rig.hand_and_publish(task(7));
  REQUIRE(rig.claim());
  std::vector<QueuedTask> left;
  rig.link.surrender(left);
  REQUIRE(rig.hand(task(8)));
  REQUIRE(rig.answer("result"));
  WorkerLink::Response response;
  CHECK(rig.link.next_response(response) == WorkerLink::Next::nonsense);
}

TEST_CASE("either end sees that the words they share were written over") {
  LinkRig rig;
  for (std::uint64_t i = 0; i < 3; ++i) rig.hand_and_publish(task(i));
  REQUIRE(rig.claim());
  REQUIRE(rig.answer("result"));
  REQUIRE(rig.claim());
  CHECK(rig.worker.is_intact());
  CHECK(rig.link.claim_makes_sense());
  const Mapping memory{rig.link.memory(), shared_words_at, words_bytes};
  std::memset(memory.data(), GENERATE(0, 1, 0x5a, 0xff), sizeof(SharedWords));
  CHECK_FALSE(rig.worker.is_intact());
  CHECK_FALSE(rig.link.claim_makes_sense());
}

TEST_CASE("memory of large payloads can be given back") {
  LinkRig rig;
  rig.hand_and_publish(task(0, std::string(1'000'000, 'x')));
  CHECK_FALSE(rig.link.holds_bulk());
  REQUIRE(rig.claim());
  REQUIRE(rig.answer(std::string(1'000'000, 'y')));
  CHECK(rig.consume() == std::string(1'000'000, 'y'));
  CHECK(rig.link.holds_bulk());
  rig.link.trim();
  CHECK_FALSE(rig.link.holds_bulk());
}

}  // namespace blitzen::pool
