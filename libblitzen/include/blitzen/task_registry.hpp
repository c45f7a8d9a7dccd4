/// \file
/// Stable names for functions.
#pragma once

#include "blitzen/detail/requirements.hpp"

#include <string>
#include <type_traits>

#include "blitzen/detail/call.hpp"

namespace blitzen::detail {

/// Enters a function under a name while the program (or task library) starts.
class TaskRegistration {
 public:
  TaskRegistration(const char* name, Callable callable);
};

template <class R, class... Parameters>
[[nodiscard]] Callable callable_of(R (*function)(Parameters...)) {
  using Registered = Call<R (*)(Parameters...), Parameters...>;
  if constexpr (Registered::accepts()) return Registered::callable(function);
  return {};
}

template <class T>
requires(!std::is_function_v<std::remove_pointer_t<T>>) [[nodiscard]] Callable callable_of(const T&) {
  static_assert(
      !std::is_same_v<T, T>,
      "Blitzen: BLITZEN_TASK takes the name of one function: a free function, a static member function, or an "
      "instance of a function template. For a closure or a member function, write a function that calls it.");
  return {};
}

}  // namespace blitzen::detail

#define BLITZEN_DETAIL_JOIN2(a, b) a##b
#define BLITZEN_DETAIL_JOIN(a, b) BLITZEN_DETAIL_JOIN2(a, b)

/// Gives a function a name that stays the same from build to build, so that clients can run it from a task library
/// (`blitzen-client --tasks ./libcommon.so`) and never need this program. Put it after the function, outside of any
/// function. The name is the function's as written: BLITZEN_TASK(sim::step) is "sim::step".
///
/// A task library is a shared library of such functions that is *not* linked with libblitzen: it finds what it needs in
/// the program that opens it, which is blitzen-client, or a program of yours that exports its symbols (CMake:
/// ENABLE_EXPORTS). The driver must use BLITZEN_TASK on the function too, or it would be sent by address.
/// \code
/// double area(double r) { return 3.14159 * r * r; }
/// BLITZEN_TASK(area)
/// \endcode
#define BLITZEN_TASK(...)                                                                \
  [[maybe_unused]] static const ::blitzen::detail::TaskRegistration BLITZEN_DETAIL_JOIN( \
      blitzen_task_registration_, __COUNTER__)(#__VA_ARGS__, ::blitzen::detail::callable_of(&__VA_ARGS__));
