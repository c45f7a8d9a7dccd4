#include "proto/batch.hpp"

#include <catch2/catch.hpp>

#include "proto/codec.hpp"
#include "sample_packets.hpp"
#include "tests/support/counting_new.hpp"

namespace blitzen::proto {
namespace {

TEST_CASE("a batch written item by item is the packet encoded at once") {
  const SubmitTasks packet{.tasks = {{.number = 1, .arguments = sample_bytes("one")}, {.number = 2}, {.number = 3}}};
  BatchWriter<SubmitTasks> batch;
  CHECK(batch.empty());
  for (const auto& task : packet.tasks) batch.add(task);
  CHECK(batch.count() == 3);
  const auto body = batch.finish();
  CHECK(std::vector(body.begin(), body.end()) == encoded(packet));
}

TEST_CASE("a cleared batch starts anew without new memory") {
  BatchWriter<CancelAttempts> batch;
  for (int i = 0; i < 100; ++i) batch.add(sample_attempt);
  batch.clear();
  CHECK(batch.empty());
  const testing::AllocationMeter meter;
  for (int i = 0; i < 90; ++i) batch.add(sample_attempt);
  CHECK(batch.finish().size() == 4 + 90 * 16 + 2);
  CHECK(meter.count() == 0);
}

TEST_CASE("a cleared batch gives back what a large item took") {
  const std::vector<std::byte> large(2 * batch_kept_bytes_max);
  BatchWriter<FinishTasks> batch;
  batch.add({.content = large});
  CHECK(batch.held_bytes() > batch_kept_bytes_max);
  batch.clear();
  CHECK(batch.held_bytes() < batch_bytes_target);
  batch.add({.content = sample_bytes("small")});
  CHECK(batch.count() == 1);
  FinishTasks packet;
  decode(batch.finish(), packet);
  CHECK(packet.tasks.size() == 1);
}

TEST_CASE("a batch is full at its target size") {
  BatchWriter<FinishTasks> batch;
  while (!batch.full()) batch.add({.content = sample_bytes("result")});
  CHECK(batch.bytes() >= batch_bytes_target);
  CHECK(batch.bytes() < batch_bytes_target + 50);
}

TEST_CASE("items are told one by one, each with its own bytes") {
  const auto body = encoded(SubmitTasks{
      .tasks = {{.number = 1, .arguments = sample_bytes("one")}, {.number = 2, .arguments = sample_bytes("three")}}});
  std::vector<std::uint64_t> numbers;
  const testing::AllocationMeter meter;
  std::size_t allocations = 0;
  for_each_item<SubmitTasks>(body, [&](const SubmittedTask& task, BytesView bytes) {
    allocations = meter.count();
    numbers.push_back(task.number);
    CHECK(bytes.data() >= body.data());
    SubmittedTask again;
    decode(bytes, again);
    CHECK(again.number == task.number);
    CHECK(again.arguments.data() == task.arguments.data());
    CHECK(again.arguments.size() == task.arguments.size());
  });
  CHECK(numbers == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("walking a batch allocates nothing") {
  SubmitTasks packet;
  packet.tasks.resize(100);
  const auto body = encoded(packet);
  std::size_t count = 0;
  const testing::AllocationMeter meter;
  for_each_item<SubmitTasks>(body, [&](const SubmittedTask&, BytesView) { ++count; });
  CHECK(meter.count() == 0);
  CHECK(count == 100);
}

TEST_CASE("a batch cut short or with something after its end is refused") {
  auto body = encoded(ReturnTasks{.attempts = {sample_attempt, sample_attempt}});
  const auto ignore = [](const AttemptId&, BytesView) {};
  for (std::size_t size = 0; size < body.size(); ++size) {
    CAPTURE(size);
    CHECK_THROWS_AS(for_each_item<ReturnTasks>(std::span{body}.first(size), ignore), DecodeError);
  }
  body.push_back(std::byte{0});
  CHECK_THROWS_AS(for_each_item<ReturnTasks>(body, ignore), DecodeError);
}

}  // namespace
}  // namespace blitzen::proto
