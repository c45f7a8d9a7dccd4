/// \file
/// What both dispatchers have in common: run functions as tasks, get their outcomes.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "blitzen/detail/call.hpp"
#include "blitzen/detail/engine.hpp"
#include "blitzen/detail/heap_forecast.hpp"
#include "blitzen/error.hpp"
#include "blitzen/outcome.hpp"
#include "blitzen/task.hpp"

namespace blitzen {
namespace detail {

[[nodiscard]] TaskError no_memory_to_decode(std::size_t bytes);
/// `what` was said when a value was decoded; null if nothing was.
[[nodiscard]] TaskError undecodable(const char* what);

/// A value that cannot be decoded is an error of its task, so that the other outcomes are not lost with it.
template <class T>
[[nodiscard]] Outcome<T> decoded_outcome(const RawOutcome& raw, HeapForecast& heap) {
  if constexpr (std::is_void_v<T>) {
    return Outcome<T>(raw.ran);
  } else {
    try {
      // Others lie in the outcome itself.
      if constexpr (!std::is_trivially_copyable_v<T>) heap.expect(raw.content.size());
      return Outcome<T>(decode<T>(raw.content), raw.ran);
    } catch (const std::bad_alloc&) {
      return Outcome<T>(no_memory_to_decode(raw.content.size()), raw.ran);
    } catch (const std::exception& error) {
      return Outcome<T>(undecodable(error.what()), raw.ran);
    } catch (...) {
      return Outcome<T>(undecodable(nullptr), raw.ran);
    }
  }
}

}  // namespace detail

/// An outcome whose type is asked for later: what join() and get_results() without tasks return.
/// Cheap to copy; stays valid when its dispatcher is gone.
/// \code
/// for (const auto& any : dispatcher.join())
///   if (any) std::cout << any.as<double>().value() << '\n';
/// \endcode
class AnyOutcome {
 public:
  [[nodiscard]] OutcomeKind kind() const noexcept { return raw_.kind; }
  [[nodiscard]] bool has_value() const noexcept { return kind() == OutcomeKind::value; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] std::chrono::nanoseconds ran() const noexcept { return raw_.ran; }
  /// Counts its dispatcher's tasks from 0, like Task::number.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// Why there is no value. Throws std::logic_error if there is one.
  [[nodiscard]] const TaskError& error() const {
    if (!error_) throw std::logic_error("this outcome has a value, so there is no error; test it with `if (outcome)`");
    return *error_;
  }
  /// The typed outcome. Throws Error{unknown_task} if the task's function returns something else than `T`. Of a task
  /// that another process submitted this is not known: what does not decode as a `T` is an error then.
  template <class T>
  [[nodiscard]] Outcome<T> as() const;

 private:
  friend class Dispatcher;
  AnyOutcome(std::uint64_t number, const detail::RawOutcome& raw, const std::type_info* type, detail::Pin pin)
      : number_(number), raw_(raw), type_(type), pin_(std::move(pin)) {}

  std::uint64_t number_;
  detail::RawOutcome raw_;
  const std::type_info* type_;  ///< Null if it is not known.
  detail::Pin pin_;
  std::shared_ptr<const TaskError> error_;
};

/// Runs functions as tasks in worker processes. MulticoreDispatcher and DistributedDispatcher differ only in where the
/// workers are. All members are thread-safe.
///
/// After fork() a dispatcher stays the parent's. The child may destroy its copy or shut it down, which does nothing;
/// every other member throws Error{forked} there. It may make dispatchers of its own.
class Dispatcher {
 public:
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  /// shutdown()s. Logs a warning if that cancels tasks, unless an exception is on its way.
  virtual ~Dispatcher();

  /// Asks for `function(arguments...)` to be run in a worker. Returns at once; the task starts when a worker is free,
  /// first come first served.
  ///
  /// `function` is a function (also a template instance, a static member, or one of a linked shared library), a lambda
  /// without captures, or a trivially copyable closure. Which of several overloads is meant a lambda says:
  /// `run([](double x) { return area(x); }, 2)`. Arguments are converted to the parameters' types here, and
  /// encoded by cereal; what cannot be sent does not compile.
  ///
  /// Capture values only. A closure travels as its bytes, and the compiler cannot tell a captured reference or pointer
  /// (`[&x]`, a std::string_view, a `const char*`) from a number: in the worker it points nowhere.
  ///
  /// Throws Error: not_initialised, too_large, unknown_function, shut_down; task_limit if the limit is reached and the
  /// options say not to wait; and for a cluster why its server cannot be used.
  template <class Function, class... Arguments>
  requires(!std::same_as<std::remove_cvref_t<Function>, RunOptions>) auto run(Function&& function,
                                                                              const Arguments&... arguments) {
    return run(RunOptions{}, std::forward<Function>(function), arguments...);
  }

  /// The same, with wishes: `run({.timeout = 7s}, f, 1)`.
  template <class Function, class... Arguments>
  auto run(const RunOptions& options, Function&& function, const Arguments&... arguments) {
    using Call = detail::Call<std::decay_t<Function>, std::decay_t<const Arguments>...>;
    Task<typename Call::Result> task{.dispatcher = id_};
    if constexpr (Call::accepts()) {
      detail::ArgumentBuffer encoded;
      Call::encode(function, encoded, arguments...);
      task.number = engine_->submit(Call::callable(function), options, std::move(encoded));
    }
    return task;
  }

  /// Says what is wrong with `run({.timeout = 7}, f, 1)`.
  template <class Function, class... Arguments>
  auto run(const detail::RunOptionsWithoutUnit&, Function&&, const Arguments&...) {
    static_assert(!std::same_as<Function, Function>,
                  "Blitzen: a timeout needs a unit: write .timeout = 7s (using namespace std::chrono_literals) or "
                  ".timeout = std::chrono::seconds{7}.");
  }

  /// Blocks until every task has an outcome and returns the outcomes in the order of `tasks`.
  /// A task that failed or timed out is a normal outcome, not an exception. Nothing is forgotten: the same tasks may be
  /// asked for again, until clear().
  /// Throws Error{unknown_task} for a task that another dispatcher made or that was cleared.
  template <class T>
  [[nodiscard]] std::vector<Outcome<T>> get_results(const std::vector<Task<T>>& tasks) {
    std::vector<Outcome<T>> outcomes;
    outcomes.reserve(tasks.size());
    detail::prefer_huge_pages({reinterpret_cast<std::byte*>(outcomes.data()), tasks.size() * sizeof(Outcome<T>)});
    detail::HeapForecast heap;
    // What has come is decoded while the rest is on its way. Waking up for a part must be worth it: there are few
    // parts, unless they take much memory.
    constexpr std::size_t first_part_tasks = 16;
    constexpr std::size_t part_bytes_min = 1024 * 1024;
    std::size_t part_tasks = first_part_tasks;
    for (std::span<const Task<T>> rest = tasks; !rest.empty();) {
      const auto part = rest.first(std::min(part_tasks, rest.size()));
      if (append_outcomes(part, heap, outcomes) < part_bytes_min) part_tasks *= 2;
      rest = rest.subspan(part.size());
    }
    return outcomes;
  }

  /// The same for one task.
  template <class T>
  [[nodiscard]] Outcome<T> get_result(const Task<T>& task) {
    const std::uint64_t number = own(task.dispatcher, task.number);
    std::vector<detail::RawOutcome> raw;
    const detail::Pin pin = engine_->fetch({&number, 1}, raw);
    detail::HeapForecast heap;
    return typed<T>(number, raw.front(), heap);
  }

  /// The outcomes of all tasks that were not cleared, in submission order. Blocks until all have one. What another
  /// thread clears meanwhile is left out.
  [[nodiscard]] std::vector<AnyOutcome> get_results();

  /// True if get_result(task) would return at once.
  template <class T>
  [[nodiscard]] bool ready(const Task<T>& task) const {
    return engine_->settled(own(task.dispatcher, task.number));
  }

  /// How many tasks have no outcome yet.
  [[nodiscard]] std::size_t unsettled() const;

  /// Forgets these tasks and their outcomes, to free memory; those without an outcome are cancelled.
  template <class T>
  void clear(const std::vector<Task<T>>& tasks) {
    engine_->clear(numbers_of(std::span{tasks}));
  }
  /// Forgets all tasks.
  void clear();

  /// Waits for every task, returns their outcomes in submission order as get_results() does, and shuts down, also when
  /// it throws because the dispatcher's server cannot be used.
  std::vector<AnyOutcome> join();

  /// Cancels what has no outcome yet, ends the workers or the connection, and returns when no process is left.
  /// Outcomes stay to be fetched. Calling it again does nothing.
  void shutdown();

 protected:
  explicit Dispatcher(std::unique_ptr<detail::Engine> engine);
  [[nodiscard]] detail::Engine& engine() noexcept { return *engine_; }
  /// What its tasks name it by.
  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }

 private:
  [[nodiscard]] std::uint64_t own(std::uint32_t dispatcher, std::uint64_t number) const;

  template <class T>
  [[nodiscard]] std::vector<std::uint64_t> numbers_of(std::span<const Task<T>> tasks) const {
    std::vector<std::uint64_t> numbers;
    numbers.reserve(tasks.size());
    for (const auto& task : tasks) numbers.push_back(own(task.dispatcher, task.number));
    return numbers;
  }

  /// Returns how many bytes were decoded.
  template <class T>
  std::size_t append_outcomes(std::span<const Task<T>> tasks, detail::HeapForecast& heap,
                              std::vector<Outcome<T>>& outcomes) {
    engine_->wait(own(tasks.back().dispatcher, tasks.back().number));
    // Few at a time, so that what is needed in between stays in the same warm memory.
    constexpr std::size_t fetched_max = 128;
    std::size_t bytes = 0;
    std::vector<detail::RawOutcome> raw;
    for (; !tasks.empty(); tasks = tasks.subspan(raw.size())) {
      raw.clear();
      const std::vector<std::uint64_t> numbers = numbers_of(tasks.first(std::min(fetched_max, tasks.size())));
      const detail::Pin pin = engine_->fetch(numbers, raw);
      for (std::size_t i = 0; i < raw.size(); ++i) {
        outcomes.push_back(typed<T>(numbers[i], raw[i], heap));
        bytes += raw[i].content.size();
      }
    }
    return bytes;
  }

  template <class T>
  [[nodiscard]] Outcome<T> typed(std::uint64_t number, const detail::RawOutcome& raw,
                                 detail::HeapForecast& heap) const {
    if (raw.kind != OutcomeKind::value) return Outcome<T>(engine_->describe(number, raw), raw.ran);
    return detail::decoded_outcome<T>(raw, heap);
  }

  std::unique_ptr<detail::Engine> engine_;
  std::uint32_t id_;
};

template <class T>
Outcome<T> AnyOutcome::as() const {
  if (type_ != nullptr && *type_ != typeid(T))
    throw Error(ErrorCode::unknown_task, "task " + std::to_string(number_) +
                                             " returns another type than the one asked for with as<T>(); ask for the "
                                             "type its function returns");
  if (error_) return Outcome<T>(*error_, raw_.ran);
  detail::HeapForecast heap;
  return detail::decoded_outcome<T>(raw_, heap);
}

}  // namespace blitzen
