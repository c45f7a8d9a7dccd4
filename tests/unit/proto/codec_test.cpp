#include "proto/codec.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "proto/serialize.hpp"
#include "sample_packets.hpp"
#include "tests/support/counting_new.hpp"

namespace blitzen::proto {
namespace {

/// True when `bytes` decode as a `Value`.
template <class Value>
bool decodes(std::span<const std::byte> bytes, Value& value) {
  try {
    decode(bytes, value);
    return true;
  } catch (const DecodeError&) {
    return false;
  }
}

template <class Value>
bool decodes(std::span<const std::byte> bytes) {
  Value value;
  return decodes(bytes, value);
}

template <class Number>
void append(std::vector<std::byte>& bytes, Number number) {
  for (const std::byte byte : std::as_bytes(std::span{&number, 1})) bytes.push_back(byte);
}

/// `bytes` with an optional section of one unknown field in place of the empty one at its end.
std::vector<std::byte> with_unknown_field(std::vector<std::byte> bytes) {
  bytes.resize(bytes.size() - 2);
  append(bytes, std::uint16_t{7});
  append(bytes, std::uint16_t{65000});
  append(bytes, std::uint16_t{3});
  for (int i = 0; i < 3; ++i) append(bytes, std::uint8_t{0xEE});
  return bytes;
}

TEST_CASE("every packet comes back as it was") {
  for_each_sample([](const char* name, const auto& sample) {
    CAPTURE(name);
    const auto bytes = encoded(sample);
    auto back = std::decay_t<decltype(sample)>{};
    REQUIRE(decodes(bytes, back));
    CHECK(encoded(back) == bytes);
  });
}

TEST_CASE("fields arrive in the fields they left") {
  const auto hello_bytes = encoded(Hello{.version = 3,
                                         .oldest_version = 2,
                                         .role = Role::client,
                                         .program_version = "0.1.0",
                                         .architecture = "x86_64",
                                         .host = "lab",
                                         .process = 5,
                                         .packet_bytes_max = 6,
                                         .epoch = 7,
                                         .task_limit = 8,
                                         .slots = 9,
                                         .accepts_images = false});
  Hello hello;
  decode(hello_bytes, hello);
  CHECK((hello.version == 3 && hello.oldest_version == 2 && hello.role == Role::client && hello.process == 5));
  CHECK((hello.program_version == "0.1.0" && hello.architecture == "x86_64" && hello.host == "lab"));
  CHECK((hello.packet_bytes_max == 6 && hello.epoch == 7 && hello.task_limit == 8 && hello.slots == 9));
  CHECK_FALSE(hello.accepts_images);

  const auto finish_bytes = encoded(FinishTasks{
      .tasks = {
          {.id = sample_attempt, .finish = Finish::error, .ran_ns = 4, .slot = 5, .content = sample_bytes("six")}}});
  FinishTasks finish;
  decode(finish_bytes, finish);
  REQUIRE(finish.tasks.size() == 1);
  const FinishedTask& task = finish.tasks.front();
  CHECK((task.id.driver == 1 && task.id.attempt == 2 && task.id.number == 3));
  CHECK((task.finish == Finish::error && task.ran_ns == 4 && task.slot == 5));
  CHECK(std::memcmp(task.content.data(), "six", 3) == 0);
  CHECK(task.content.data() > finish_bytes.data());
}

TEST_CASE("no packet can be cut short anywhere") {
  for_each_sample([](const char* name, const auto& sample) {
    const auto bytes = encoded(sample);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(name, size);
      REQUIRE_FALSE(decodes<std::decay_t<decltype(sample)>>(std::span{bytes}.first(size)));
    }
  });
}

TEST_CASE("no packet has anything after its end") {
  for_each_sample([](const char* name, const auto& sample) {
    CAPTURE(name);
    auto bytes = encoded(sample);
    bytes.push_back(std::byte{0});
    CHECK_FALSE(decodes<std::decay_t<decltype(sample)>>(bytes));
  });
}

TEST_CASE("every packet skips optional fields it does not know") {
  for_each_sample([](const char* name, const auto& sample) {
    using Value = std::decay_t<decltype(sample)>;
    CAPTURE(name);
    if constexpr (!std::is_same_v<Value, Hello>) {
      const auto bytes = encoded(sample);
      if (bytes.back() != std::byte{0}) return;  // it has optional fields already
      const auto extended = with_unknown_field(bytes);
      Value back;
      REQUIRE(decodes(extended, back));
      CHECK(encoded(back) == bytes);
    }
  });
}

TEST_CASE("a Hello finds the fields it knows among those it does not") {
  auto bytes = with_unknown_field(encoded(Hello{.version = 1, .oldest_version = 1}));
  // Slots, id 3, after the unknown field.
  append(bytes, std::uint16_t{3});
  append(bytes, std::uint16_t{4});
  append(bytes, std::uint32_t{12});
  const std::size_t section = bytes.size() - 7 - 8 - 2;
  bytes[section] = std::byte{15};
  Hello hello;
  REQUIRE(decodes(bytes, hello));
  CHECK(hello.slots == 12);
  CHECK(hello.epoch == 0);
  CHECK(hello.accepts_images);
}

TEST_CASE("an optional field of the wrong size is refused") {
  auto bytes = encoded(Hello{.version = 1, .oldest_version = 1, .slots = 12});
  bytes[bytes.size() - 6] = std::byte{3};
  CHECK_FALSE(decodes<Hello>(bytes));
}

TEST_CASE("every item of a batch skips optional fields it does not know") {
  const auto item = with_unknown_field(encoded(SubmittedTask{.number = 7, .arguments = sample_bytes("args")}));
  std::vector<std::byte> bytes;
  append(bytes, std::uint32_t{2});
  for (int i = 0; i < 2; ++i) bytes.insert(bytes.end(), item.begin(), item.end());
  append(bytes, std::uint16_t{0});
  SubmitTasks packet;
  REQUIRE(decodes(bytes, packet));
  CHECK(packet.tasks.size() == 2);
  CHECK(packet.tasks[1].number == 7);
}

TEST_CASE("an item's smallest size is what counts are checked against") {
  const auto check = [](const auto& item) {
    CHECK(encoded(item).size() == encoded_bytes_min<std::decay_t<decltype(item)>>);
  };
  check(Function{});
  check(SubmittedTask{});
  check(ReportedOutcome{});
  check(AssignedTask{});
  check(FinishedTask{});
  check(ExecutingTask{});
  check(Obituary{});
  CHECK(encoded(CancelAttempts{.attempts = {AttemptId{}}}).size() == 4 + encoded_bytes_min<AttemptId> + 2);
}

TEST_CASE("a value that is none of an enum's is refused") {
  const auto refused = [](auto packet, std::size_t offset) {
    auto bytes = encoded(packet);
    for (const int value : {0, 200}) {
      bytes[offset] = static_cast<std::byte>(value);
      if (decodes<decltype(packet)>(bytes)) return false;
    }
    return true;
  };
  CHECK(refused(Hello{.version = 1, .oldest_version = 1}, 8));
  CHECK(refused(DefineFunctions{.functions = {sample_function()}}, 8));
  CHECK(refused(ReportOutcomes{.outcomes = {{}}}, 12));
  CHECK(refused(FinishTasks{.tasks = {{}}}, 20));
}

TEST_CASE("a reason for goodbye that is not known yet is no obstacle to reading why") {
  auto bytes = encoded(Goodbye{.sentence = "the moon is full"});
  bytes[0] = std::byte{99};
  Goodbye goodbye;
  REQUIRE(decodes(bytes, goodbye));
  CHECK(goodbye.sentence == "the moon is full");
}

TEST_CASE("a packet with a bool that is neither 0 nor 1 is refused") {
  auto bytes = encoded(ClientStatus{.draining = true});
  bytes[0] = std::byte{2};
  CHECK_FALSE(decodes<ClientStatus>(bytes));
}

TEST_CASE("a text over the limit is cut where a character starts, and never accepted") {
  std::string text(text_bytes_max - 1, 'x');
  text += "\xC3\xA9";
  const auto bytes = encoded(Goodbye{.sentence = text});
  Goodbye goodbye;
  decode(bytes, goodbye);
  CHECK(goodbye.sentence == text.substr(0, text_bytes_max - 1));

  std::vector<std::byte> hostile{std::byte{1}};
  append(hostile, static_cast<std::uint32_t>(text_bytes_max + 1));
  hostile.resize(hostile.size() + text_bytes_max + 1);
  append(hostile, std::uint16_t{0});
  CHECK_FALSE(decodes<Goodbye>(hostile));
}

TEST_CASE("a hostile count allocates nothing") {
  std::vector<std::byte> bytes;
  append(bytes, std::uint32_t{0xFFFF'FFFF});
  bytes.resize(12);
  const testing::AllocationMeter meter;
  CHECK_FALSE(decodes<SubmitTasks>(bytes));
  CHECK_FALSE(decodes<DefineFunctions>(bytes));
  CHECK_FALSE(decodes<CancelTasks>(bytes));
  CHECK_FALSE(decodes<ReportOutcomes>(bytes));
  CHECK_FALSE(decodes<AssignTasks>(bytes));
  CHECK_FALSE(decodes<FinishTasks>(bytes));
  CHECK_FALSE(decodes<CancelAttempts>(bytes));
  CHECK_FALSE(decodes<ReturnTasks>(bytes));
  CHECK(meter.peak_bytes() < 4096);
}

TEST_CASE("no bytes make decoding allocate more than four times their size and a MiB") {
  for_each_sample([](const char* name, const auto& sample) {
    using Value = std::decay_t<decltype(sample)>;
    CAPTURE(name);
    const std::uint32_t seed = 1;
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto good = encoded(sample);
    for (int round = 0; round < 2000; ++round) {
      auto bytes = good;
      // Room for a count to be believed.
      if (round % 2 == 0) bytes.resize(bytes.size() + random() % 20'000);
      for (std::size_t flips = 1 + random() % 4; flips > 0; --flips) {
        bytes[random() % std::min<std::size_t>(bytes.size(), 64)] = static_cast<std::byte>(random());
      }
      const testing::AllocationMeter meter;
      Value value;
      const bool accepted = decodes(bytes, value);
      if (meter.peak_bytes() > 4 * bytes.size() + 1024 * 1024) {
        CAPTURE(round, accepted);
        FAIL("decoding allocated " << meter.peak_bytes() << " bytes for " << bytes.size());
      }
    }
  });
  const std::vector<std::byte> zeros(1024 * 1024);
  auto most_functions = zeros;
  const auto count = static_cast<std::uint32_t>((zeros.size() - 4) / encoded_bytes_min<Function>);
  std::memcpy(most_functions.data(), &count, sizeof count);
  const testing::AllocationMeter meter;
  CHECK_FALSE(decodes<DefineFunctions>(most_functions));
  CHECK(meter.peak_bytes() <= 4 * zeros.size() + 1024 * 1024);
}

TEST_CASE("decoding batches again and again allocates nothing") {
  SubmitTasks packet;
  for (std::uint64_t i = 0; i < 100; ++i) packet.tasks.push_back({.number = i, .arguments = sample_bytes("args")});
  const auto bytes = encoded(packet);
  decode(bytes, packet);
  const testing::AllocationMeter meter;
  decode(bytes, packet);
  CHECK(meter.count() == 0);
}

TEST_CASE("any Hello's versions can be read, whatever follows them") {
  auto bytes = encoded(Hello{.version = 300, .oldest_version = 200});
  bytes.resize(8);
  const auto versions = read_hello_versions(bytes);
  REQUIRE(versions);
  CHECK(versions->version == 300);
  CHECK(versions->oldest_version == 200);
  bytes.resize(7);
  CHECK_FALSE(read_hello_versions(bytes));
  bytes.resize(20);
  bytes[3] = std::byte{'z'};
  CHECK_FALSE(read_hello_versions(bytes));
}

}  // namespace
}  // namespace blitzen::proto
