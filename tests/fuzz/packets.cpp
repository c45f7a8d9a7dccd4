// Every packet, every item of a batch, and what travels inside of them: bytes are decoded to something that is encoded
// to the same again, or refused, with no more memory than promised.
#include "proto/batch.hpp"
#include "proto/codec.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/counting_new.hpp"

namespace blitzen::fuzz {
namespace {

using namespace proto;

template <class Value>
Bytes encoded(const Value& value) {
  Bytes bytes;
  encode(value, bytes);
  return bytes;
}

/// What was decoded is encoded, decoded and encoded again: that must be the same. What came may differ from it, by
/// optional fields that are not known.
template <class Value>
void require_round_trip(const Value& value) {
  const Bytes first = encoded(value);
  Value again;
  try {
    decode<Value>(first, again);
  } catch (const DecodeError&) {
    require(false, "what was encoded cannot be decoded");
  }
  require(encoded(again) == first, "what was decoded is encoded differently the second time");
}

template <class Value>
void try_value(std::span<const std::byte> bytes) {
  const testing::AllocationMeter meter;
  Value value;
  bool decodes = true;
  try {
    decode(bytes, value);
  } catch (const DecodeError&) {
    decodes = false;
  }
  require(meter.peak_bytes() <= allocation_bytes_max(bytes.size()), "a packet took too much memory");
  if (decodes) require_round_trip(value);
}

template <class Packet>
void try_batch(std::span<const std::byte> bytes) {
  try_value<Packet>(bytes);
  const testing::AllocationMeter meter;
  std::size_t told = 0;
  bool decodes = true;
  try {
    for_each_item<Packet>(bytes, [&](const BatchItem<Packet>&, BytesView) { ++told; });
  } catch (const DecodeError&) {
    decodes = false;
  }
  require(meter.peak_bytes() <= allocation_bytes_max(bytes.size()), "a batch took too much memory");
  if (!decodes) return;
  BatchWriter<Packet> writer;
  for_each_item<Packet>(bytes, [&](const BatchItem<Packet>& item, BytesView) { writer.add(item); });
  require(writer.count() == told, "a batch has another number of items the second time");
  Packet packet;
  decode(bytes, packet);
  require(std::ranges::equal(writer.finish(), encoded(packet)), "a batch differs item by item");
}

template <class Packet>
void try_batch_of_values(std::span<const std::byte> bytes) {
  try_batch<Packet>(bytes);
  try_value<BatchItem<Packet>>(bytes);
  try {
    for_each_item<Packet>(bytes, [](const BatchItem<Packet>&, BytesView item) { try_value<BatchItem<Packet>>(item); });
  } catch (const DecodeError&) {
    return;
  }
}

void try_hello(std::span<const std::byte> bytes) {
  try_value<Hello>(bytes);
  const auto versions = read_hello_versions(bytes);
  Hello hello;
  try {
    decode(bytes, hello);
  } catch (const DecodeError&) {
    return;
  }
  require(versions && versions->version == hello.version && versions->oldest_version == hello.oldest_version,
          "a Hello names other versions when only these are read");
}

void try_contents(std::span<const std::byte> bytes) {
  try_value<Failure>(bytes);
  try_value<Obituary>(bytes);
  try_value<Function>(bytes);
  try_value<ExecutingTask>(bytes);
}

void try_packet(PacketNumber number, std::span<const std::byte> body) {
  switch (number) {
    case PacketNumber::hello:
      return try_hello(body);
    case PacketNumber::goodbye:
      return try_value<Goodbye>(body);
    case PacketNumber::heartbeat:
      return try_value<Heartbeat>(body);
    case PacketNumber::define_functions:
      return try_value<DefineFunctions>(body);
    case PacketNumber::offer_image:
      return try_value<OfferImage>(body);
    case PacketNumber::request_image:
      return try_value<RequestImage>(body);
    case PacketNumber::image:
      return try_value<Image>(body);
    case PacketNumber::submit_tasks:
      return try_batch_of_values<SubmitTasks>(body);
    case PacketNumber::accept_tasks:
      return try_value<AcceptTasks>(body);
    case PacketNumber::cancel_tasks:
      return try_value<CancelTasks>(body);
    case PacketNumber::report_outcomes:
      return try_batch_of_values<ReportOutcomes>(body);
    case PacketNumber::notice:
      return try_value<Notice>(body);
    case PacketNumber::acknowledge_outcomes:
      return try_value<AcknowledgeOutcomes>(body);
    case PacketNumber::claim_attempts:
      return try_value<ClaimAttempts>(body);
    case PacketNumber::hold_tasks:
      return try_value<HoldTasks>(body);
    case PacketNumber::job_state:
      return try_value<JobState>(body);
    case PacketNumber::forget_tasks:
      return try_value<ForgetTasks>(body);
    case PacketNumber::assign_tasks:
      return try_batch_of_values<AssignTasks>(body);
    case PacketNumber::recall_tasks:
      return try_value<RecallTasks>(body);
    case PacketNumber::cancel_attempts:
      return try_batch<CancelAttempts>(body);
    case PacketNumber::finish_tasks:
      return try_batch_of_values<FinishTasks>(body);
    case PacketNumber::worker_death:
      return try_value<WorkerDeath>(body);
    case PacketNumber::return_tasks:
      return try_batch<ReturnTasks>(body);
    case PacketNumber::refuse_task:
      return try_value<RefuseTask>(body);
    case PacketNumber::client_status:
      return try_value<ClientStatus>(body);
  }
  try_contents(body);
}

}  // namespace

void try_input(std::span<const std::byte> input) {
  InputReader reader{input};
  const auto number = PacketNumber{reader.number<std::uint8_t>()};
  // Elsewhere, so that reading past its end is noticed also where it is only part of the input.
  const Bytes body(reader.rest().begin(), reader.rest().end());
  try_packet(number, body);
}

std::vector<Seed> seeds() {
  std::vector<Seed> all;
  for (Seed& golden : golden_packets()) {
    Bytes input{static_cast<std::byte>(packet_number_of(golden.name))};
    input.insert(input.end(), golden.input.begin(), golden.input.end());
    all.push_back({golden.name, std::move(input)});
  }
  return all;
}

}  // namespace blitzen::fuzz
