// Every packet of the protocol: what it carries, from whom to whom. PROTOCOL.md is the same for readers of bytes.
// Decoded packets hold views into the frame they came from; they live as long as its bytes.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "proto/limits.hpp"
#include "proto/packet_numbers.hpp"

namespace blitzen::proto {

/// Opaque bytes that are passed on undecoded (arguments, results, obituaries on their way through the server).
using BytesView = std::span<const std::byte>;
using ImageHash = std::array<std::byte, 32>;  ///< SHA-256 of the image's bytes.

/// Which driver somebody is, on each of its connections. Chosen at random; all zeros means none.
struct SessionId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): there is no 0
  friend auto operator<=>(const SessionId&, const SessionId&) = default;
};

enum class Role : std::uint8_t { driver = 1, client = 2, server = 3 };

/// Either way, first on every connection.
struct Hello {
  static constexpr PacketNumber number = PacketNumber::hello;
  std::uint16_t version = 0;         ///< Newest protocol version this side speaks.
  std::uint16_t oldest_version = 0;  ///< Oldest one it still speaks.
  Role role = Role::driver;
  std::string program_version{};       ///< "0.1.0", for sentences and logs.
  std::string architecture{};          ///< As `uname -m` says: "x86_64", "aarch64".
  std::string host{};                  ///< Host name, for sentences and logs.
  std::uint32_t process = 0;           ///< Process id, for logs.
  std::uint64_t packet_bytes_max = 0;  ///< Largest reassembled packet this side accepts.
  // Optional fields (skipped by those who do not know them):
  std::uint64_t epoch = 0;       ///< Server: which life of the server this is; part of every fence.
  std::uint64_t task_limit = 0;  ///< Server to driver: most unsettled tasks it may have.
  std::uint32_t slots = 0;       ///< Client to server: tasks it executes at once.
  bool accepts_images = true;    ///< Client to server: false for --no-shipped-code.
  bool compression = false;      ///< Frames may be compressed, if the other side says so too.
  SessionId session{};           ///< Driver to server: whose tasks they are, also after a lost connection.
  std::uint64_t first_task = 0;  ///< Driver to server: tasks with lower numbers are done with.
  bool claims = false;           ///< Client to server: its first packet is ClaimAttempts. No tasks are assigned before.
  std::string job{};             ///< Driver to server: its tasks and their outcomes outlive it under this name.
  bool attach = false;           ///< Driver to server: the job is there already, and this driver takes it over.
};

enum class GoodbyeReason : std::uint8_t {
  stopping = 1,  ///< Orderly end.
  version_mismatch = 2,
  protocol_error = 3,  ///< The peer sent something that cannot be decoded or is not allowed.
  silence = 4,
  revive_limit = 5,
  too_many = 6,      ///< A connection or task limit is reached.
  needs_key = 7,     ///< Sent in the clear by a server with a key to a peer that speaks without TLS.
  pausing = 8,       ///< The server ends and keeps what it has in its journal: come back.
  taken_over = 9,    ///< Another driver attached to the job.
  job_unknown = 10,  ///< There is no job of that name to attach to.
  job_exists = 11,   ///< There is a job of that name, and the driver did not ask to attach to it.
};

/// Either way, last on a connection.
struct Goodbye {
  static constexpr PacketNumber number = PacketNumber::goodbye;
  GoodbyeReason reason = GoodbyeReason::stopping;
  std::string sentence{};  ///< What happened and what to do, for a person.
};

/// Either way, when nothing else was sent for the heartbeat interval. Has no fields.
struct Heartbeat {
  static constexpr PacketNumber number = PacketNumber::heartbeat;
};

enum class FunctionKind : std::uint8_t {
  address = 1,  ///< Offsets into modules of the image.
  name = 2,     ///< Registered with BLITZEN_TASK.
};

/// Where a function or its typed thunk is: a module of the image and an offset into it.
struct CodeAddress {
  std::string module{};    ///< Empty for the executable itself, else the shared library's file name.
  std::string build_id{};  ///< Hex; empty when the module has none.
  std::uint64_t offset = 0;
};

struct Function {
  std::uint32_t index = 0;  ///< How tasks on this connection refer to it.
  FunctionKind kind = FunctionKind::address;
  ImageHash image{};
  std::string name{};    ///< Registered name, or empty.
  CodeAddress thunk{};   ///< Decodes the arguments and calls; kind address only.
  CodeAddress target{};  ///< The function itself; kind address only, and unused for closures.
};

/// Driver to server and server to client: before the first task that refers to them.
struct DefineFunctions {
  static constexpr PacketNumber number = PacketNumber::define_functions;
  std::vector<Function> functions{};
};

/// Driver to server, before DefineFunctions that refer to it: an image the driver can send.
struct OfferImage {
  static constexpr PacketNumber number = PacketNumber::offer_image;
  ImageHash hash{};
  std::uint64_t bytes = 0;
  std::string name{};          ///< File name of the executable, for sentences.
  std::string architecture{};  ///< As in Hello.
};

/// Server to driver and client to server: please send the image.
struct RequestImage {
  static constexpr PacketNumber number = PacketNumber::request_image;
  ImageHash hash{};
};

/// The answer to RequestImage. Travels in fragments.
struct Image {
  static constexpr PacketNumber number = PacketNumber::image;
  ImageHash hash{};
  std::string name{};
  std::string architecture{};
  BytesView content{};  ///< Empty when it cannot be had; then `problem` says why.
  std::string problem{};
};

struct SubmittedTask {
  std::uint64_t number = 0;  ///< The driver's own number for the task.
  std::uint32_t function = 0;
  std::uint64_t timeout_ns = 0;  ///< 0: none.
  std::uint8_t worker_deaths_max = 3;
  BytesView arguments{};
};

/// Driver to server: a batch of tasks. Sending a number twice changes nothing.
struct SubmitTasks {
  static constexpr PacketNumber number = PacketNumber::submit_tasks;
  std::vector<SubmittedTask> tasks{};
};

/// Server to driver, first on a connection and whenever more came: these tasks need not be sent (again).
struct AcceptTasks {
  static constexpr PacketNumber number = PacketNumber::accept_tasks;
  std::uint64_t below = 0;  ///< All with a lower number are in the server's memory, or done with.
  // Optional:
  std::uint64_t forgotten = 0;  ///< The highest sequence of ForgetTasks that need not be sent again.
  bool has_image = false;       ///< Of a driver with a job: the image is there that it offered, or cannot be had.
  std::uint64_t memory = 0;     ///< Another one in the same epoch: the server forgot what it had of the session. Zero:
                                ///< this is what the journal had of it.
  friend bool operator==(const AcceptTasks&, const AcceptTasks&) = default;
};

/// Driver to server: stop these wherever they are.
struct CancelTasks {
  static constexpr PacketNumber number = PacketNumber::cancel_tasks;
  std::vector<std::uint64_t> numbers{};
};

/// Mirrors blitzen::OutcomeKind.
enum class Outcome : std::uint8_t { value = 1, error = 2, timed_out = 3, cancelled = 4, poisoned = 5, expired = 6 };

struct ReportedOutcome {
  std::uint64_t number = 0;
  Outcome outcome = Outcome::value;
  std::uint64_t ran_ns = 0;
  BytesView content{};  ///< value: the serialised result. Everything else: a serialised Failure.
};

/// Server to driver: a batch of outcomes.
struct ReportOutcomes {
  static constexpr PacketNumber number = PacketNumber::report_outcomes;
  std::vector<ReportedOutcome> outcomes{};
};

/// An outcome whose content takes this much travels alone, and may be overtaken by others.
inline constexpr std::size_t large_outcome_bytes_min = batch_bytes_target;

/// Driver to server: what has come of the outcomes. The server keeps the others, to send them again on the next
/// connection.
struct AcknowledgeOutcomes {
  static constexpr PacketNumber number = PacketNumber::acknowledge_outcomes;
  std::uint64_t packets = 0;           ///< On this connection in all, without those of large outcomes.
  std::vector<std::uint64_t> large{};  ///< Tasks whose large outcome has come since the last time.
};

/// Server to driver: what its user should know although nothing failed.
struct Notice {
  static constexpr PacketNumber number = PacketNumber::notice;
  std::string sentence{};  ///< What is the matter and what to do, for a person.
};

/// Server to driver: whether to send no further tasks, because those that wait take all the memory the server has for
/// them. False until it is said, on every connection.
struct HoldTasks {
  static constexpr PacketNumber number = PacketNumber::hold_tasks;
  bool held = false;
};

/// Names one attempt on the wire between server and client.
struct AttemptId {
  std::uint32_t driver = 0;
  std::uint32_t attempt = 0;
  std::uint64_t number = 0;
};

/// Numbers of tasks, both included.
struct TaskRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  friend bool operator==(const TaskRange&, const TaskRange&) = default;
};

/// Server to a driver with a job, before the first AcceptTasks of a connection: what the server has of the job. The
/// ranges ascend, from packet to packet as well.
struct JobState {
  static constexpr PacketNumber number = PacketNumber::job_state;
  std::uint64_t next_task = 0;     ///< Lower numbers than this are taken.
  std::uint32_t functions = 0;     ///< And so are lower indices than this.
  std::vector<TaskRange> tasks{};  ///< Those whose outcome is still to come or is kept.
};

/// Driver with a job to server: it is done with these tasks. Their outcomes need not be kept any more, and those
/// without one are cancelled.
struct ForgetTasks {
  static constexpr PacketNumber number = PacketNumber::forget_tasks;
  std::vector<std::uint64_t> numbers{};
  std::uint64_t sequence = 0;  ///< Counts these packets of a session from 1. One that is sent again keeps its sequence.
};

struct AssignedTask {
  AttemptId id{};
  std::uint32_t function = 0;    ///< The server's index, defined on this connection before.
  std::uint64_t timeout_ns = 0;  ///< 0: none.
  BytesView arguments{};
};

/// Server to client: a batch of tasks.
struct AssignTasks {
  static constexpr PacketNumber number = PacketNumber::assign_tasks;
  std::vector<AssignedTask> tasks{};
};

/// Server to client: hand back up to this many tasks that have not started.
struct RecallTasks {
  static constexpr PacketNumber number = PacketNumber::recall_tasks;
  std::uint32_t count = 0;
};

/// Server to client: stop these attempts; nothing more needs to be said about them.
struct CancelAttempts {
  static constexpr PacketNumber number = PacketNumber::cancel_attempts;
  std::vector<AttemptId> attempts{};
};

enum class Finish : std::uint8_t { value = 1, error = 2, timed_out = 3 };

struct FinishedTask {
  AttemptId id{};
  Finish finish = Finish::value;
  std::uint64_t ran_ns = 0;
  std::uint32_t slot = 0;
  BytesView content{};  ///< As in ReportedOutcome.
};

/// Client to server: a batch of results.
struct FinishTasks {
  static constexpr PacketNumber number = PacketNumber::finish_tasks;
  std::vector<FinishedTask> tasks{};
};

/// How a worker died.
struct Obituary {
  std::string host{};
  std::uint32_t process = 0;
  std::int32_t signal = 0;       ///< 0 when it exited by itself.
  std::int32_t exit_status = 0;  ///< When signal is 0.
  std::uint64_t peak_memory_bytes = 0;
  std::string last_lines{};  ///< The end of its stderr.
  std::string note{};        ///< A sentence when more is known ("its image's zygote died"), else empty.
};

/// Client to server: the worker executing this attempt died.
struct WorkerDeath {
  static constexpr PacketNumber number = PacketNumber::worker_death;
  AttemptId id{};
  Obituary obituary{};
};

/// Client to server: handed back unstarted.
struct ReturnTasks {
  static constexpr PacketNumber number = PacketNumber::return_tasks;
  std::vector<AttemptId> attempts{};
};

/// Client to server: this client cannot run the task's code.
struct RefuseTask {
  static constexpr PacketNumber number = PacketNumber::refuse_task;
  AttemptId id{};
  std::string reason{};
};

struct ExecutingTask {
  AttemptId id{};
  std::uint64_t running_for_ns = 0;
};

/// Client to server, with every heartbeat interval: what its slots are doing.
struct ClientStatus {
  static constexpr PacketNumber number = PacketNumber::client_status;
  bool draining = false;
  std::vector<ExecutingTask> executing{};
};

/// Client to server, once, if its Hello says so: what it had before its connection was lost and executes or has
/// finished. The server cancels those that it does not want any more.
struct ClaimAttempts {
  static constexpr PacketNumber number = PacketNumber::claim_attempts;
  std::vector<AttemptId> attempts{};
};

/// The content of every outcome that is not a value. Written by workers, clients and the server; read by drivers.
struct Failure {
  std::string message{};         ///< One sentence.
  std::string exception_type{};  ///< Demangled, when the task threw.
  std::string what{};            ///< what() of the exception, when it derives from std::exception.
  std::vector<Obituary> deaths{};
};

}  // namespace blitzen::proto
