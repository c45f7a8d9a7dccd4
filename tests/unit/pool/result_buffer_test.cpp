#include "pool/result_buffer.hpp"

#include <deque>
#include <random>

#include "append.hpp"
#include "link_rig.hpp"

namespace blitzen::pool {
namespace {

using testing::append;
using testing::task;

/// A worker's end that puts its results together in a buffer.
class BufferRig : public testing::LinkRig {
 public:
  void begin_task() {
    hand_and_publish(task(serial_++));
    REQUIRE(claim());
  }
  bool answer_with_result() {
    const bool published = worker.answer(ResponseKind::value, {}, TimePoint{}, false, result.bytes());
    result.clear();
    return published;
  }

  ResultBuffer result{&worker};

 private:
  std::uint64_t serial_ = 0;
};

std::string text_of(std::size_t bytes, unsigned seed) {
  std::string text(bytes, '\0');
  for (char& each : text) each = static_cast<char>((seed = seed * 1'664'525 + 1'013'904'223) >> 8);
  return text;
}

constexpr std::uint64_t little = 256 * 1024;  // what the channel itself may need

}  // namespace

TEST_CASE("a result of every size arrives byte for byte") {
  BufferRig rig;
  const std::size_t size = GENERATE(0U, 1U, inline_bytes_max, inline_bytes_max + 1, 1'000'000U, 9'000'000U);
  const std::string text = text_of(size, 1);
  rig.begin_task();
  append(text, rig.result);
  REQUIRE(rig.answer_with_result());
  CHECK(rig.consume() == text);
  CHECK(rig.link.holds_bulk() == (size > inline_bytes_max));
}

TEST_CASE("a large result is written where the pool reads it") {
  BufferRig rig;
  rig.begin_task();
  append("begin", rig.result);
  append(text_of(4'000'000, 1), rig.result);
  const std::uint64_t before = rig.channel_bytes();
  CHECK(before > 4'000'000);
  REQUIRE(rig.answer_with_result());
  CHECK(rig.channel_bytes() < before + little);
  CHECK(rig.consume() == "begin" + text_of(4'000'000, 1));
}

TEST_CASE("a large result in small pieces is put together elsewhere, until a large one comes") {
  BufferRig rig;
  for (int i = 0; i < 2; ++i) {
    rig.begin_task();
    const std::string pieces = text_of(1'000'000, 1);
    for (std::size_t at = 0; at < pieces.size(); at += 1000) append(pieces.substr(at, 1000), rig.result);
    const std::uint64_t before = rig.channel_bytes();
    CHECK(before < little);
    append(text_of(2'000'000, 2), rig.result);
    CHECK(rig.channel_bytes() > 3'000'000);
    REQUIRE(rig.answer_with_result());
    CHECK(rig.consume() == pieces + text_of(2'000'000, 2));
    rig.link.trim();
  }
}

TEST_CASE("a result that grows past others that wait arrives byte for byte") {
  const auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  std::mt19937 random{seed};
  BufferRig rig;
  std::deque<std::string> waiting;
  for (unsigned step = 0; step < 200; ++step) {
    rig.begin_task();
    std::string& text = waiting.emplace_back();
    const std::size_t size = random() % 300'000;
    while (text.size() < size) {
      const std::string piece = text_of(random() % (random() % 3 == 0 ? 100'000 : 5000), step);
      text += piece;
      append(piece, rig.result);
      if (waiting.size() > 1 && random() % 50 == 0) {
        REQUIRE(rig.consume() == waiting.front());
        waiting.pop_front();
      }
    }
    if (random() % 8 == 0) {
      rig.result.clear();  // as when the task throws after all
      waiting.back().clear();
    }
    REQUIRE(rig.answer_with_result());
    while (waiting.size() > 1 + random() % 4) {
      REQUIRE(rig.consume() == waiting.front());
      waiting.pop_front();
    }
  }
  for (; !waiting.empty(); waiting.pop_front()) REQUIRE(rig.consume() == waiting.front());
  // All room is free again, and so is all memory.
  CHECK(rig.worker.grow_draft(rig.result.bytes(), bulk_bytes).size() == bulk_bytes);
  rig.worker.drop_draft();
  if (rig.link.holds_bulk()) rig.link.trim();
  CHECK(rig.channel_bytes() < ring_bytes + little);
}

TEST_CASE("a result that cannot grow where it is moves behind those that wait") {
  BufferRig rig;
  for (const std::size_t size : {100'000U, 1'900'000U}) {
    rig.begin_task();
    append(text_of(size, 1), rig.result);
    REQUIRE(rig.answer_with_result());
  }
  CHECK(rig.consume() == text_of(100'000, 1));
  rig.begin_task();
  std::string text;
  // Its memory is mapped anew each time, perhaps elsewhere.
  for (std::size_t size = 60'000; size < 10'000'000; size *= 3) {
    text += text_of(size, 2);
    append(text_of(size, 2), rig.result);
    REQUIRE(base::as_text(rig.result.bytes()) == text);
  }
  REQUIRE(rig.answer_with_result());
  CHECK(rig.consume() == text_of(1'900'000, 1));
  CHECK(rig.consume() == text);
  rig.link.trim();
  CHECK(rig.channel_bytes() < little);
}

TEST_CASE("what was written of a result that is dropped takes no memory") {
  BufferRig rig;
  rig.begin_task();
  append(text_of(5'000'000, 1), rig.result);
  CHECK(rig.channel_bytes() > 5'000'000);
  rig.result.clear();
  CHECK(rig.result.bytes().empty());
  CHECK(rig.channel_bytes() < little);
  append("thrown", rig.result);
  REQUIRE(rig.answer_with_result());
  CHECK(rig.consume() == "thrown");
}

TEST_CASE("a result larger than allowed leaves shared memory when it becomes that, and is not published") {
  BufferRig rig;
  WorkerLink link{0, 100'000};
  PoolLink worker{base::UniqueFd{::dup(link.memory())}, base::UniqueFd{::dup(rig.doorbell.memory())},
                  base::UniqueFd{::dup(rig.doorbell.event())}};
  ResultBuffer result{&worker};
  append(std::string(70'000, 'x'), result);
  CHECK(result.room().size() < 101'000);
  append(std::string(30'000, 'x'), result);
  struct stat before {};
  REQUIRE(::fstat(link.memory(), &before) == 0);
  append(std::string(1000, 'x'), result);
  struct stat after {};
  REQUIRE(::fstat(link.memory(), &after) == 0);
  CHECK(after.st_blocks * 512 < before.st_blocks * 512 - 90'000);
  CHECK(base::as_text(result.bytes()) == std::string(101'000, 'x'));
  CHECK_FALSE(worker.answer(ResponseKind::value, {}, {}, false, result.bytes()));
}

TEST_CASE("a result for which there is no room is written elsewhere instead of waiting") {
  BufferRig rig;
  // Fill the room, without touching memory.
  for (int i = 0; i < 2; ++i) {
    rig.begin_task();
    rig.result.grow(0, testing::LinkRig::result_bytes_max);
    rig.result.set_size(testing::LinkRig::result_bytes_max);
    REQUIRE(rig.answer_with_result());
  }
  rig.begin_task();
  const std::string text = text_of(500'000, 1);
  for (std::size_t at = 0; at < text.size(); at += 50'000) append(text.substr(at, 50'000), rig.result);
  CHECK(rig.channel_bytes() < little);
  for (int i = 0; i < 2; ++i) {
    WorkerLink::Response response;
    REQUIRE(rig.link.next_response(response) == WorkerLink::Next::response);
    CHECK(response.content.size() == testing::LinkRig::result_bytes_max);
    static_cast<void>(rig.link.consume());
  }
  rig.link.release_consumed();
  REQUIRE(rig.answer_with_result());
  CHECK(rig.consume() == text);
  // The next has room again.
  rig.begin_task();
  append(text, rig.result);
  REQUIRE(rig.answer_with_result());
  CHECK(rig.consume() == text);
}

TEST_CASE("a result that outgrows what room there is goes on elsewhere") {
  BufferRig rig;
  constexpr std::size_t mebibyte = 1024 * 1024;
  for (int i = 0; i < 3; ++i) {
    rig.begin_task();
    rig.result.grow(0, 600 * mebibyte);
    rig.result.set_size(600 * mebibyte);
    REQUIRE(rig.answer_with_result());
  }
  rig.begin_task();
  const std::string text = text_of(500'000, 1);
  append(text, rig.result);
  CHECK(rig.channel_bytes() > text.size());
  rig.result.grow(text.size(), 300 * mebibyte);
  CHECK(rig.channel_bytes() < little);
  append("end", rig.result);
  CHECK(base::as_text(rig.result.bytes()) == text + "end");
}

TEST_CASE("without a link a result is on the heap") {
  ResultBuffer result;
  append(text_of(10, 1), result);
  append(text_of(100'000, 2), result);
  append(text_of(100'000, 3), result);
  CHECK(base::as_text(result.bytes()) == text_of(10, 1) + text_of(100'000, 2) + text_of(100'000, 3));
  result.clear();
  CHECK(result.bytes().empty());
  CHECK(result.room().size() == inline_bytes_max);
}

}  // namespace blitzen::pool
