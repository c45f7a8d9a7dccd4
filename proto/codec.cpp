#include "proto/codec.hpp"

#include <cstring>

#include "proto/serialize.hpp"

namespace blitzen::proto {

template <class Value>
void encode(const Value& value, std::vector<std::byte>& out) {
  OutputArchive{out}(value);
}

template <class Value>
void encode(const Value& value, ByteSink& out) {
  OutputArchive{out}(value);
}

template <class Value>
void decode(std::span<const std::byte> bytes, Value& value) {
  InputArchive archive{bytes};
  archive(value);
  archive.finish();
}

std::optional<HelloVersions> read_hello_versions(std::span<const std::byte> body) {
  HelloVersions versions;
  constexpr std::size_t needed = magic_bytes.size() + sizeof versions.version + sizeof versions.oldest_version;
  if (body.size() < needed || std::memcmp(body.data(), magic_bytes.data(), magic_bytes.size()) != 0) return {};
  std::memcpy(&versions.version, body.data() + magic_bytes.size(), 2);
  std::memcpy(&versions.oldest_version, body.data() + magic_bytes.size() + 2, 2);
  return versions;
}

// Every packet, item and content there is; what is missing here fails to link.
// NOLINTBEGIN(bugprone-macro-parentheses): a type stands in no parentheses.
#define BLITZEN_INSTANTIATE(Value)                             \
  template void encode(const Value&, std::vector<std::byte>&); \
  template void encode(const Value&, ByteSink&);               \
  template void decode(std::span<const std::byte>, Value&);
// NOLINTEND(bugprone-macro-parentheses)

BLITZEN_INSTANTIATE(Hello)
BLITZEN_INSTANTIATE(Goodbye)
BLITZEN_INSTANTIATE(Heartbeat)
BLITZEN_INSTANTIATE(DefineFunctions)
BLITZEN_INSTANTIATE(OfferImage)
BLITZEN_INSTANTIATE(RequestImage)
BLITZEN_INSTANTIATE(Image)
BLITZEN_INSTANTIATE(SubmitTasks)
BLITZEN_INSTANTIATE(AcceptTasks)
BLITZEN_INSTANTIATE(CancelTasks)
BLITZEN_INSTANTIATE(ReportOutcomes)
BLITZEN_INSTANTIATE(AcknowledgeOutcomes)
BLITZEN_INSTANTIATE(HoldTasks)
BLITZEN_INSTANTIATE(Notice)
BLITZEN_INSTANTIATE(JobState)
BLITZEN_INSTANTIATE(ForgetTasks)
BLITZEN_INSTANTIATE(AssignTasks)
BLITZEN_INSTANTIATE(RecallTasks)
BLITZEN_INSTANTIATE(CancelAttempts)
BLITZEN_INSTANTIATE(FinishTasks)
BLITZEN_INSTANTIATE(WorkerDeath)
BLITZEN_INSTANTIATE(ReturnTasks)
BLITZEN_INSTANTIATE(RefuseTask)
BLITZEN_INSTANTIATE(ClientStatus)
BLITZEN_INSTANTIATE(ClaimAttempts)
BLITZEN_INSTANTIATE(Function)
BLITZEN_INSTANTIATE(SubmittedTask)
BLITZEN_INSTANTIATE(ReportedOutcome)
BLITZEN_INSTANTIATE(AssignedTask)
BLITZEN_INSTANTIATE(FinishedTask)
BLITZEN_INSTANTIATE(ExecutingTask)
BLITZEN_INSTANTIATE(Obituary)
BLITZEN_INSTANTIATE(Failure)
#undef BLITZEN_INSTANTIATE

}  // namespace blitzen::proto
