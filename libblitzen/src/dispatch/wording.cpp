#include "dispatch/wording.hpp"

#include <array>
#include <cstdio>
#include <new>
#include <system_error>

#include "proto/codec.hpp"
#include "proto/failure.hpp"

namespace blitzen {

const char* to_string(OutcomeKind kind) noexcept {
  switch (kind) {
    case OutcomeKind::value:
      return "value";
    case OutcomeKind::error:
      return "error";
    case OutcomeKind::timed_out:
      return "timed_out";
    case OutcomeKind::cancelled:
      return "cancelled";
    case OutcomeKind::poisoned:
      return "poisoned";
    case OutcomeKind::expired:
      return "expired";
  }
  return "unknown";
}

std::string WorkerDeath::message() const {
  proto::Obituary obituary;
  obituary.host = host;
  obituary.signal = signal;
  obituary.exit_status = exit_status;
  std::string text = proto::how_it_died(obituary) + " (process " + std::to_string(process) + ", peak memory " +
                     dispatch::in_mebibytes(peak_memory_bytes) + ")";
  if (!note.empty()) text += ": " + note;
  return text;
}

namespace dispatch {
namespace {

/// What a program wrote may hold newlines and escapes for terminals.
std::string in_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  return text;
}

WorkerDeath to_public(const proto::Obituary& obituary) {
  return {obituary.host,       obituary.process, obituary.signal, obituary.exit_status, obituary.peak_memory_bytes,
          obituary.last_lines, obituary.note};
}

}  // namespace

std::string in_mebibytes(std::uint64_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f MiB", static_cast<double>(bytes) / (1024.0 * 1024.0));
  return text.data();
}

base::SharedBytes as_content(const proto::Failure& failure) {
  std::vector<std::byte> bytes;
  proto::encode(failure, bytes);
  return base::SharedBytes::copy_of(bytes);
}

TaskError in_words(const detail::RawOutcome& outcome, const std::string& name) {
  TaskError::Details details{.kind = outcome.kind};
  try {
    proto::Failure failure;
    proto::decode(outcome.content, failure);
    details.message = std::move(failure.message);
    details.exception_type = std::move(failure.exception_type);
    details.exception_what = std::move(failure.what);
    for (const proto::Obituary& obituary : failure.deaths) details.deaths.push_back(to_public(obituary));
  } catch (const proto::DecodeError& error) {
    details.message = std::string("the task failed, and the report about it cannot be read (") + error.what() + ")";
  }
  details.message = in_one_line(details.message);
  if (!name.empty()) details.message = "'" + name + "': " + details.message;
  return TaskError(std::move(details));
}

Error breakdown(const std::exception_ptr& thrown, const std::string& peer) {
  std::string what = "an exception of an unknown type";
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::system, "this program has not enough memory for what it exchanges with " + peer +
                                   "; let tasks return less, clear outcomes sooner, or raise its memory limit"};
  } catch (const std::system_error& error) {
    return {ErrorCode::system, "the operating system refused what exchanging data with " + peer + " needs (" +
                                   error.what() + "); raise the limit that is reached, and make a new dispatcher"};
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): what was thrown says nothing about itself
  }
  return {ErrorCode::system,
          "the dispatcher met an error that it cannot mend (" + in_one_line(what) + "); make a new dispatcher"};
}

}  // namespace dispatch
}  // namespace blitzen
