/// \file
/// How a task ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace blitzen {

/// Every task ends in exactly one of these, and never changes it.
enum class OutcomeKind : std::uint8_t {
  value,      ///< The function returned.
  error,      ///< The function threw, or could not be called at all.
  timed_out,  ///< It ran longer than its timeout; the worker and everything it started were ended.
  cancelled,  ///< The driver gave it up before it ended.
  poisoned,   ///< It killed as many workers as it was allowed to.
  expired,    ///< It waited in the queue longer than it was allowed to.
};

/// "value", "error", "timed_out", ...
[[nodiscard]] const char* to_string(OutcomeKind kind) noexcept;

/// How one worker died while it executed a task.
struct WorkerDeath {
  std::string host = {};                ///< Name of the machine.
  std::uint32_t process = 0;            ///< Process id there.
  int signal = 0;                       ///< Signal that ended it (SIGSEGV, SIGKILL, ...); 0 when it exited by itself.
  int exit_status = 0;                  ///< Its exit status when `signal` is 0.
  std::uint64_t peak_memory_bytes = 0;  ///< Most memory it ever held resident.
  std::string last_lines = {};          ///< The end of what it wrote to stderr.
  std::string note = {};                ///< A sentence when more is known, else empty.

  /// One line: "by SIGSEGV on node7 (process 4711, peak memory 12.3 MiB)".
  [[nodiscard]] std::string message() const;
};

/// Why a task has no value. Thrown by Outcome::value(); also readable without throwing by Outcome::error().
/// Copying is cheap and never throws.
class TaskError : public std::runtime_error {
 public:
  /// What a TaskError is made of.
  struct Details {
    OutcomeKind kind = OutcomeKind::error;
    std::string message = {};
    std::string exception_type = {};
    std::string exception_what = {};
    std::vector<WorkerDeath> deaths = {};
  };
  explicit TaskError(Details details)
      : std::runtime_error(details.message), details_(std::make_shared<const Details>(std::move(details))) {}

  [[nodiscard]] OutcomeKind kind() const noexcept { return details_->kind; }
  /// One sentence for people; the same as what().
  [[nodiscard]] const std::string& message() const noexcept { return details_->message; }
  /// Type of the exception the function threw, as in source ("std::out_of_range"); empty if it threw none.
  [[nodiscard]] const std::string& exception_type() const noexcept { return details_->exception_type; }
  /// what() of that exception; empty if it does not derive from std::exception.
  [[nodiscard]] const std::string& exception_what() const noexcept { return details_->exception_what; }
  /// Each worker the task killed, in order.
  [[nodiscard]] const std::vector<WorkerDeath>& deaths() const noexcept { return details_->deaths; }

 private:
  std::shared_ptr<const Details> details_;
};

/// What became of a task: its value, or the reason why there is none. Behaves like std::expected<T, TaskError>.
/// \code
/// for (const auto& outcome : dispatcher.get_results(tasks))
///   std::cout << (outcome ? std::to_string(outcome.value()) : outcome.error().message()) << '\n';
/// \endcode
template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value, std::chrono::nanoseconds ran) : content_(std::in_place_index<0>, std::move(value)), ran_(ran) {}
  Outcome(TaskError error, std::chrono::nanoseconds ran)
      : content_(std::in_place_index<1>, std::move(error)), ran_(ran) {}

  [[nodiscard]] bool has_value() const noexcept { return content_.index() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] OutcomeKind kind() const noexcept {
    return has_value() ? OutcomeKind::value : std::get<1>(content_).kind();
  }

  /// What the function returned. Throws the TaskError if there is no value.
  [[nodiscard]] const T& value() const& {
    if (!has_value()) throw std::get<1>(content_);
    return std::get<0>(content_);
  }
  /// By value, so that what it is asked of may be a temporary: `for (double x : d.get_result(task).value())`.
  [[nodiscard]] T value() && {
    if (!has_value()) throw std::get<1>(content_);
    return std::get<0>(std::move(content_));
  }
  /// The value, or `otherwise` if there is none.
  template <class U>
  [[nodiscard]] T value_or(U&& otherwise) const {
    return has_value() ? std::get<0>(content_) : static_cast<T>(std::forward<U>(otherwise));
  }
  /// Why there is no value. Throws std::logic_error if there is one.
  [[nodiscard]] const TaskError& error() const {
    if (has_value())
      throw std::logic_error("this outcome has a value, so there is no error; test it with `if (outcome)`");
    return std::get<1>(content_);
  }
  /// How long the function ran in its worker until it returned, threw or was timed out; zero if it did none of these.
  [[nodiscard]] std::chrono::nanoseconds ran() const noexcept { return ran_; }

 private:
  std::variant<T, TaskError> content_;
  std::chrono::nanoseconds ran_;
};

/// The outcome of a function that returns nothing.
template <>
class [[nodiscard]] Outcome<void> {
 public:
  explicit Outcome(std::chrono::nanoseconds ran) : ran_(ran) {}
  Outcome(TaskError error, std::chrono::nanoseconds ran) : error_(std::move(error)), ran_(ran) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] OutcomeKind kind() const noexcept { return has_value() ? OutcomeKind::value : error_->kind(); }
  /// Throws the TaskError if the function did not return.
  void value() const {
    if (error_) throw *error_;
  }
  /// Why it did not return. Throws std::logic_error if it did.
  [[nodiscard]] const TaskError& error() const {
    if (!error_)
      throw std::logic_error("this task succeeded, so there is no error; test the outcome with `if (outcome)`");
    return *error_;
  }
  [[nodiscard]] std::chrono::nanoseconds ran() const noexcept { return ran_; }

 private:
  std::optional<TaskError> error_;
  std::chrono::nanoseconds ran_;
};

}  // namespace blitzen
