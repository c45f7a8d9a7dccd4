// How each packet is laid out: one serialize function per packet and item, in the order of packets.hpp.
// The order of fields is the wire format; PROTOCOL.md shows the same and golden bytes pin it.
#pragma once

#include "proto/fields.hpp"
#include "proto/packets.hpp"

namespace blitzen::proto {

/// The four bytes "BLTZ" that a Hello starts with in every version of the protocol.
struct Magic {};
inline constexpr std::array<std::byte, 4> magic_bytes{std::byte{'B'}, std::byte{'L'}, std::byte{'T'}, std::byte{'Z'}};

inline void save(OutputArchive& archive, const Magic&) { archive.write(magic_bytes.data(), magic_bytes.size()); }

inline void load(InputArchive& archive, Magic&) {
  const auto bytes = archive.take(magic_bytes.size());
  if (!std::equal(bytes.begin(), bytes.end(), magic_bytes.begin())) throw DecodeError("this is not a Hello of Blitzen");
}

template <class Archive>
void serialize(Archive& archive, SessionId& session) {
  archive(session.high, session.low);
}

template <class Archive>
void serialize(Archive& archive, Hello& hello) {
  archive(Magic{}, hello.version, hello.oldest_version, Choice<Role, Role::driver, Role::server>{hello.role},
          Text{hello.program_version}, Text{hello.architecture}, Text{hello.host}, hello.process,
          hello.packet_bytes_max,
          OptionalFields{
              OptionalField<std::uint64_t>{1, hello.epoch, 0}, OptionalField<std::uint64_t>{2, hello.task_limit, 0},
              OptionalField<std::uint32_t>{3, hello.slots, 0}, OptionalField<bool>{4, hello.accepts_images, true},
              OptionalField<bool>{5, hello.compression, false}, OptionalField<SessionId>{6, hello.session, {}},
              OptionalField<std::uint64_t>{7, hello.first_task, 0}, OptionalField<bool>{8, hello.claims, false},
              OptionalField<std::string>{9, hello.job, {}}, OptionalField<bool>{10, hello.attach, false}});
}

/// A reason this version does not know is kept as it is: the sentence still says what happened.
template <class Archive>
void serialize(Archive& archive, Goodbye& goodbye) {
  archive(goodbye.reason, Text{goodbye.sentence}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, Heartbeat&) {
  archive(OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, CodeAddress& address) {
  archive(Text{address.module}, Text{address.build_id}, address.offset);
}

template <>
inline constexpr std::size_t encoded_bytes_min<Function> = 75;

template <class Archive>
void serialize(Archive& archive, Function& function) {
  archive(function.index, Choice<FunctionKind, FunctionKind::address, FunctionKind::name>{function.kind},
          FixedBytes<32>{function.image}, Text{function.name}, function.thunk, function.target, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, DefineFunctions& packet) {
  archive(List<Function>{packet.functions}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, OfferImage& packet) {
  archive(FixedBytes<32>{packet.hash}, packet.bytes, Text{packet.name}, Text{packet.architecture}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, RequestImage& packet) {
  archive(FixedBytes<32>{packet.hash}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, Image& packet) {
  archive(FixedBytes<32>{packet.hash}, Text{packet.name}, Text{packet.architecture}, Bytes{packet.content},
          Text{packet.problem}, OptionalFields{});
}

template <>
inline constexpr std::size_t encoded_bytes_min<SubmittedTask> = 27;

template <class Archive>
void serialize(Archive& archive, SubmittedTask& task) {
  archive(task.number, task.function, task.timeout_ns, task.worker_deaths_max, Bytes{task.arguments}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, SubmitTasks& packet) {
  archive(List<SubmittedTask>{packet.tasks}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, AcceptTasks& packet) {
  archive(packet.below, OptionalFields{OptionalField<std::uint64_t>{1, packet.forgotten, 0},
                                       OptionalField<bool>{2, packet.has_image, false},
                                       OptionalField<std::uint64_t>{3, packet.memory, 0}});
}

template <>
inline constexpr std::size_t encoded_bytes_min<std::uint64_t> = 8;

template <class Archive>
void serialize(Archive& archive, CancelTasks& packet) {
  archive(List<std::uint64_t>{packet.numbers}, OptionalFields{});
}

template <>
inline constexpr std::size_t encoded_bytes_min<ReportedOutcome> = 23;

template <class Archive>
void serialize(Archive& archive, ReportedOutcome& outcome) {
  archive(outcome.number, Choice<Outcome, Outcome::value, Outcome::expired>{outcome.outcome}, outcome.ran_ns,
          Bytes{outcome.content}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, ReportOutcomes& packet) {
  archive(List<ReportedOutcome>{packet.outcomes}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, AcknowledgeOutcomes& packet) {
  archive(packet.packets, List<std::uint64_t>{packet.large}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, Notice& packet) {
  archive(Text{packet.sentence}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, HoldTasks& packet) {
  archive(packet.held, OptionalFields{});
}

template <>
inline constexpr std::size_t encoded_bytes_min<TaskRange> = 16;

template <class Archive>
void serialize(Archive& archive, TaskRange& range) {
  archive(range.first, range.last);
}

template <class Archive>
void serialize(Archive& archive, JobState& packet) {
  archive(packet.next_task, packet.functions, List<TaskRange>{packet.tasks}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, ForgetTasks& packet) {
  archive(List<std::uint64_t>{packet.numbers}, packet.sequence, OptionalFields{});
}

template <>
inline constexpr std::size_t encoded_bytes_min<AttemptId> = 16;

template <class Archive>
void serialize(Archive& archive, AttemptId& id) {
  archive(id.driver, id.attempt, id.number);
}

template <>
inline constexpr std::size_t encoded_bytes_min<AssignedTask> = 34;

template <class Archive>
void serialize(Archive& archive, AssignedTask& task) {
  archive(task.id, task.function, task.timeout_ns, Bytes{task.arguments}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, AssignTasks& packet) {
  archive(List<AssignedTask>{packet.tasks}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, RecallTasks& packet) {
  archive(packet.count, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, CancelAttempts& packet) {
  archive(List<AttemptId>{packet.attempts}, OptionalFields{});
}

template <>
inline constexpr std::size_t encoded_bytes_min<FinishedTask> = 35;

template <class Archive>
void serialize(Archive& archive, FinishedTask& task) {
  archive(task.id, Choice<Finish, Finish::value, Finish::timed_out>{task.finish}, task.ran_ns, task.slot,
          Bytes{task.content}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, FinishTasks& packet) {
  archive(List<FinishedTask>{packet.tasks}, OptionalFields{});
}

template <>
inline constexpr std::size_t encoded_bytes_min<Obituary> = 34;

template <class Archive>
void serialize(Archive& archive, Obituary& obituary) {
  archive(Text{obituary.host}, obituary.process, obituary.signal, obituary.exit_status, obituary.peak_memory_bytes,
          Text{obituary.last_lines}, Text{obituary.note}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, WorkerDeath& packet) {
  archive(packet.id, packet.obituary, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, ReturnTasks& packet) {
  archive(List<AttemptId>{packet.attempts}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, RefuseTask& packet) {
  archive(packet.id, Text{packet.reason}, OptionalFields{});
}

template <>
inline constexpr std::size_t encoded_bytes_min<ExecutingTask> = 26;

template <class Archive>
void serialize(Archive& archive, ExecutingTask& task) {
  archive(task.id, task.running_for_ns, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, ClientStatus& packet) {
  archive(packet.draining, List<ExecutingTask>{packet.executing}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, ClaimAttempts& packet) {
  archive(List<AttemptId>{packet.attempts}, OptionalFields{});
}

template <class Archive>
void serialize(Archive& archive, Failure& failure) {
  archive(Text{failure.message}, Text{failure.exception_type}, Text{failure.what}, List<Obituary>{failure.deaths},
          OptionalFields{});
}

}  // namespace blitzen::proto
