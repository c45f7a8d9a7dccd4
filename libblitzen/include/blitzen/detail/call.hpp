/// \file
/// How a call is taken apart in the driver and put together again in the worker.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "blitzen/detail/serialization.hpp"

namespace blitzen::detail {

/// Decodes arguments, calls, encodes the result. One instance per signature or closure type; found again in the worker
/// by its offset in the image. `target` is the function to call; null for closures, which travel with the arguments.
using Thunk = void (*)(const void* target, std::span<const std::byte> arguments, proto::ByteSink& result);

/// What the engine must know of a function.
struct Callable {
  Thunk thunk = nullptr;
  const void* target = nullptr;
  const std::type_info* result = nullptr;
  friend bool operator==(const Callable&, const Callable&) = default;
};

template <class T>
using Value = std::remove_cvref_t<T>;

/// Parameters travel as values; the callee may take them by value, const reference or rvalue reference.
template <class Parameter>
inline constexpr bool takes_reference_to_change =
    std::is_lvalue_reference_v<Parameter> && !std::is_const_v<std::remove_reference_t<Parameter>>;

template <class R, class... Parameters>
struct Signature {
  using Result = Value<R>;
  using Arguments = std::tuple<Value<Parameters>...>;

  static constexpr bool check() {
    static_assert((!takes_reference_to_change<Parameters> && ...),
                  "Blitzen: a task's function cannot take a non-const reference: what it changes would stay in the "
                  "worker. Take the argument by value or const reference and return the change.");
    static_assert((Sendable<Value<Parameters>> && ...),
                  "Blitzen: an argument of this function cannot be sent to a worker. It must be default constructible "
                  "and serialisable by cereal: a type cereal knows (numbers, std::string, standard containers), or "
                  "your own with a serialize() member. Raw pointers and views cannot be sent.");
    static_assert(std::is_void_v<R> || Sendable<Result>,
                  "Blitzen: the result of this function cannot be sent back from a worker. It must be default "
                  "constructible and serialisable by cereal: a type cereal knows (numbers, std::string, standard "
                  "containers), or your own with a serialize() member. Raw pointers and views cannot be sent.");
    return (Sendable<Value<Parameters>> && ...) &&
           (std::is_void_v<R> || Sendable<Result>)&&(!takes_reference_to_change<Parameters> && ...);
  }

  /// Converts each argument to its parameter's type, as a call would, and encodes it.
  template <class... Given>
  static void encode_arguments(proto::ByteSink& bytes, const Given&... given) {
    static_assert(
        ((std::is_same_v<Given, Value<Parameters>> || std::is_convertible_v<const Given&, Value<Parameters>>)&&...),
        "Blitzen: an argument cannot be converted to the type of the function's parameter.");
    if constexpr (sizeof...(Given) > 0) {
      proto::OutputArchive archive(bytes);
      (encode_as<Value<Parameters>>(archive, given), ...);
    }
  }

  template <class F>
  static void apply(F&& function, proto::InputArchive& archive, proto::ByteSink& result) {
    Arguments arguments;
    std::apply([&archive](auto&... argument) { (archive(argument), ...); }, arguments);
    archive.finish();
    const auto call = [&function](auto&... argument) -> R {
      return std::invoke(function, static_cast<Passed<Parameters>>(argument)...);
    };
    if constexpr (std::is_void_v<R>)
      std::apply(call, arguments);
    else
      detail::encode<Result>(std::apply(call, arguments), result);
  }

 private:
  template <class Parameter, class Given>
  static void encode_as(proto::OutputArchive& archive, const Given& given) {
    if constexpr (std::is_same_v<Parameter, Given>)
      archive(given);
    else
      archive(static_cast<Parameter>(given));
  }

  template <class Parameter>
  using Passed = std::conditional_t<std::is_lvalue_reference_v<Parameter>, const Value<Parameter>&, Value<Parameter>&&>;
};

template <class R, class... Parameters>
void call_function(const void* target, std::span<const std::byte> arguments, proto::ByteSink& result) {
  proto::InputArchive archive(arguments);
  R (*function)(Parameters...) = nullptr;
  static_assert(sizeof(function) == sizeof(target));
  std::memcpy(&function, &target, sizeof(function));
  Signature<R, Parameters...>::apply(function, archive, result);
}

/// A closure travels as its bytes, in front of the arguments.
template <class Closure, class S>
void call_closure(const void*, std::span<const std::byte> arguments, proto::ByteSink& result) {
  constexpr std::size_t closure_bytes = std::is_empty_v<Closure> ? 0 : sizeof(Closure);
  alignas(Closure) std::byte storage[sizeof(Closure)]{};
  if (arguments.size() < closure_bytes) throw proto::DecodeError("the closure is cut short");
  std::memcpy(storage, arguments.data(), closure_bytes);
  auto& closure = *std::launder(reinterpret_cast<Closure*>(storage));
  proto::InputArchive archive(arguments.subspan(closure_bytes));
  S::apply(closure, archive, result);
}

/// The signature of a callable's only operator(); of a template or overloaded one, that of this very call.
template <class Member>
struct MemberSignature;
template <class C, class R, class... P>
struct MemberSignature<R (C::*)(P...) const> : std::type_identity<Signature<R, P...>> {};
template <class C, class R, class... P>
struct MemberSignature<R (C::*)(P...)> : std::type_identity<Signature<R, P...>> {};
template <class C, class R, class... P>
struct MemberSignature<R (C::*)(P...) const noexcept> : std::type_identity<Signature<R, P...>> {};
template <class C, class R, class... P>
struct MemberSignature<R (C::*)(P...) noexcept> : std::type_identity<Signature<R, P...>> {};

template <class F, class... Given>
struct ClosureSignature : std::type_identity<Signature<std::invoke_result_t<F&, Given&...>, Given...>> {};
template <class F, class... Given>
requires requires { &F::operator(); }
struct ClosureSignature<F, Given...> : MemberSignature<decltype(&F::operator())> {};

template <class R>
[[nodiscard]] const std::type_info* result_type() {
  return &typeid(Value<R>);
}

/// One call, type-checked and encoded.
template <class F, class... Given>
struct Call {
  using Result = void;
  static constexpr bool accepts() {
    static_assert(!std::is_same_v<F, F>,
                  "Blitzen: run() takes a function, a static member function or a closure. For a member function, pass "
                  "a lambda that makes the object and calls it.");
    return false;
  }
};

template <class R, class... Parameters, class... Given>
struct Call<R (*)(Parameters...), Given...> {
  using S = Signature<R, Parameters...>;
  using Result = typename S::Result;
  static constexpr bool accepts() {
    static_assert(
        sizeof...(Parameters) == sizeof...(Given),
        "Blitzen: run() needs one argument for each parameter of the function (default arguments do not count).");
    return sizeof...(Parameters) == sizeof...(Given) && S::check();
  }
  static Callable callable(R (*function)(Parameters...)) {
    Callable result{&call_function<R, Parameters...>, nullptr, result_type<R>()};
    std::memcpy(&result.target, &function, sizeof(function));
    return result;
  }
  static void encode(R (*)(Parameters...), proto::ByteSink& bytes, const Given&... given) {
    S::encode_arguments(bytes, given...);
  }
};

template <class R, class... Parameters, class... Given>
struct Call<R (*)(Parameters...) noexcept, Given...> : Call<R (*)(Parameters...), Given...> {};

template <class F, class... Given>
requires std::is_class_v<F>
struct Call<F, Given...> {
  using S = typename ClosureSignature<F, Given...>::type;
  using Result = typename S::Result;
  static constexpr bool accepts() {
    static_assert(std::is_trivially_copyable_v<F>,
                  "Blitzen: this closure cannot be sent to a worker because it is not trivially copyable. Capture only "
                  "plain values (numbers, plain structs), or pass what it needs as arguments.");
    static_assert(
        std::tuple_size_v<typename S::Arguments> == sizeof...(Given),
        "Blitzen: run() needs one argument for each parameter of the function (default arguments do not count).");
    return std::is_trivially_copyable_v<F> && std::tuple_size_v<typename S::Arguments> == sizeof...(Given) &&
           S::check();
  }
  static Callable callable(const F&) { return {&call_closure<F, S>, nullptr, result_type<Result>()}; }
  static void encode(const F& closure, proto::ByteSink& bytes, const Given&... given) {
    if constexpr (!std::is_empty_v<F>) bytes.write(std::addressof(closure), sizeof(F));
    S::encode_arguments(bytes, given...);
  }
};

}  // namespace blitzen::detail
