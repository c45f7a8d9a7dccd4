// The server's sessions: drivers and clients say anything in any order, sense and nonsense, come, go and come back.
// Whoever talks nonsense gets a Goodbye; everything else stays in order, and no task has two outcomes.
#include <chrono>
#include <iterator>
#include <utility>

#include "blitzen/logging.hpp"
#include "proto/codec.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/session_rig.hpp"

namespace blitzen::fuzz {
namespace {

using namespace std::chrono_literals;
using proto::PacketNumber;

/// What an input is made of, one after the other.
enum class Step : std::uint8_t { connect, packet, submit, finish, complain, ask, leave, wait };
constexpr std::uint8_t step_kinds = 8;

/// Longer inputs repeat themselves.
constexpr int steps_max = 300;

constexpr int steps_per_check = 8;

using Small = std::uint8_t;

void connect(SessionRig& rig, InputReader& input) {
  constexpr std::uint32_t slots[] = {1, 2, 4, 16, 0, 4096, 4097, 1};
  const auto kind = input.number<Small>();
  proto::Hello hello{.version = proto::protocol_version,
                     .oldest_version = proto::protocol_version,
                     .role = static_cast<proto::Role>(kind % 8 == 7 ? 3 : 1 + kind % 2),
                     .program_version = "0.1.0",
                     .architecture = "x86_64",
                     .host = "host",
                     .packet_bytes_max = kind >= 250 ? 4096 : proto::packet_bytes_max};
  const auto who = input.number<Small>();
  hello.slots = slots[who % std::size(slots)];
  hello.session.low = who % 4;
  hello.first_task = input.number<Small>() % 16;
  rig.connect(hello);
}

void submit(SessionRig& rig, FakeChannel& from, InputReader& input) {
  proto::SubmitTasks packet;
  const auto first = input.number<Small>();
  const auto count = input.number<Small>() % 12;
  proto::SubmittedTask task;
  task.function = input.number<Small>() % 4;
  task.worker_deaths_max = input.number<Small>() % 5;
  task.timeout_ns = input.number<Small>() * 100'000'000ULL;
  const Bytes arguments(input.number<Small>() * 4U);
  task.arguments = arguments;
  for (int i = 0; i < count; ++i) {
    task.number = first + static_cast<std::uint64_t>(i);
    packet.tasks.push_back(task);
  }
  rig.say(from, packet);
}

/// One it was given, or one that looks like it.
proto::AttemptId attempt_of(const FakeChannel& client, InputReader& input) {
  const auto choice = input.number<Small>();
  proto::AttemptId id;
  if (!client.attempts().empty()) id = client.attempts()[choice / 4 % client.attempts().size()];
  if (choice % 4 == 3) id.attempt += 1;
  return id;
}

void finish(SessionRig& rig, FakeChannel& from, InputReader& input) {
  const auto kind = input.number<Small>();
  const Bytes content(kind);
  proto::FinishTasks packet;
  for (int i = 0; i <= kind % 3; ++i) {
    packet.tasks.emplace_back(proto::FinishedTask{.id = attempt_of(from, input),
                                                  .finish = static_cast<proto::Finish>(1 + kind % 3),
                                                  .ran_ns = kind * 1'000'000ULL,
                                                  .slot = kind % 5U,
                                                  .content = content});
  }
  rig.say(from, packet);
}

void complain(SessionRig& rig, FakeChannel& from, InputReader& input) {
  const auto choice = input.number<Small>();
  const proto::AttemptId id = attempt_of(from, input);
  switch (choice % 4) {
    case 0:
      return rig.say(from, proto::WorkerDeath{.id = id, .obituary = {.host = "host", .signal = 11}});
    case 1:
      return rig.say(from, proto::RefuseTask{.id = id, .reason = "it has no such library"});
    case 2:
      return rig.say(from, proto::ReturnTasks{.attempts = {id}});
    default:
      return rig.say(from, proto::ClientStatus{.draining = choice >= 240,
                                               .executing = {{.id = id, .running_for_ns = choice * 1'000'000ULL}}});
  }
}

void ask(SessionRig& rig, FakeChannel& from, InputReader& input) {
  const auto choice = input.number<Small>();
  const auto number = input.number<Small>();
  proto::ImageHash hash{};
  hash[0] = std::byte{static_cast<unsigned char>(number % 3)};
  switch (choice % 8) {
    case 0:
    case 1:
      return rig.say(from, proto::DefineFunctions{.functions = {{.index = number % 4U,
                                                                 .kind = proto::FunctionKind::name,
                                                                 .image = hash,
                                                                 .name = choice >= 128 ? "f" : "g"}}});
    case 2:
    case 3:
      return rig.say(from, proto::CancelTasks{.numbers = {number, number + 1ULL}});
    case 4:
    case 5:
      return rig.say(from, proto::AcknowledgeOutcomes{.packets = choice / 8U, .large = {number}});
    case 6:
      return rig.say(from, proto::OfferImage{.hash = hash, .bytes = number, .name = "n", .architecture = "x86_64"});
    default:
      return rig.say(from, proto::RequestImage{.hash = hash});
  }
}

void leave(FakeChannel& who, InputReader& input) {
  const auto choice = input.number<Small>();
  if (choice % 2 == 0) return who.abort();
  who.close(static_cast<proto::GoodbyeReason>(1 + choice / 2 % 8), "the peer said goodbye");
}

void wait(SessionRig& rig, FakeChannel& peer, InputReader& input) {
  constexpr core::Duration times[] = {0ms, 1ms, 15ms, 500ms, 2s, 6s, 11s, 40s};
  const auto choice = input.number<Small>();
  rig.pass(times[choice % std::size(times)]);
  peer.clogged = choice >= 224;
  if (!peer.clogged && !peer.is_closed()) rig.drained(peer);
}

void take_step(SessionRig& rig, InputReader& input) {
  const auto step = static_cast<Step>(input.number<Small>() % step_kinds);
  if (step == Step::connect) return connect(rig, input);
  FakeChannel* const peer = rig.peer(input.number<Small>());
  if (peer == nullptr) return;
  switch (step) {
    case Step::connect:
      return;
    case Step::packet: {
      const auto number = PacketNumber{input.number<Small>()};
      return rig.say(*peer, number, input.take(input.number<std::uint16_t>()));
    }
    case Step::submit:
      return submit(rig, *peer, input);
    case Step::finish:
      return finish(rig, *peer, input);
    case Step::complain:
      return complain(rig, *peer, input);
    case Step::ask:
      return ask(rig, *peer, input);
    case Step::leave:
      return leave(*peer, input);
    case Step::wait:
      return wait(rig, *peer, input);
  }
}

Bytes steps(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

}  // namespace

void try_input(std::span<const std::byte> input) {
  static const bool quiet = [] {
    logging::disable();
    return true;
  }();
  require(quiet, "the log writes");
  InputReader reader{input};
  SessionRig rig;
  for (int i = 0; i < steps_max && !reader.empty(); ++i) {
    take_step(rig, reader);
    rig.settle();
    if (i % steps_per_check == 0) rig.check();
  }
  rig.check();
}

std::vector<Seed> seeds() {
  // A driver and a client, three tasks; two finish, for the third its worker dies; the driver leaves and comes back.
  const Bytes life = steps({0, 0, 1, 0, 0, 1, 1, 0, 5, 0, 0, 1, 2, 0, 0, 3, 1, 3, 50, 8, 7, 0, 2, 3, 1,  0, 0,
                            3, 1, 1, 4, 8, 4, 1, 0, 8, 7, 0, 4, 6, 0, 0, 0, 0, 1, 0,  7, 0, 3, 5, 0, 12, 0});
  std::vector<Seed> all{{"tasks from end to end", life}};
  const Bytes both = steps({0, 0, 1, 0, 0, 1, 1, 0});
  for (const Seed& golden : golden_packets()) {
    for (const int from : {0, 1}) {
      Bytes input = both;
      const Bytes header = steps({1, from, packet_number_of(golden.name), static_cast<int>(golden.input.size() % 256),
                                  static_cast<int>(golden.input.size() / 256)});
      input.insert(input.end(), header.begin(), header.end());
      input.insert(input.end(), golden.input.begin(), golden.input.end());
      input.insert(input.end(), life.begin() + 8, life.end());
      all.push_back({golden.name, std::move(input)});
    }
  }
  return all;
}

}  // namespace blitzen::fuzz
