/// \file
/// Which types can travel to a worker and back.
#pragma once

#include "blitzen/detail/requirements.hpp"

#include <blitzen/proto/archive.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

namespace blitzen::detail {

template <class T>
concept Encodable = cereal::traits::is_output_serializable<T, proto::OutputArchive>::value &&
    cereal::traits::is_input_serializable<T, proto::InputArchive>::value;

/// Looks into standard containers too, so that one readable message can be given for what they hold.
template <class T>
struct IsSendable : std::bool_constant<Encodable<T> && std::is_default_constructible_v<T>> {};

template <class T>
struct IsSendable<const T> : IsSendable<T> {};
template <class T>
struct IsSendable<T*> : std::false_type {};  // cereal's own message is about smart pointers, which is beside the point
template <class T>
concept Container = requires {
  typename T::value_type;
}
&&requires(T c) { c.begin(); }
&&!std::is_same_v<typename T::value_type, T>;
template <Container T>
struct IsSendable<T> : std::bool_constant<Encodable<T> && IsSendable<typename T::value_type>::value> {};
template <class... T>
struct IsSendable<std::tuple<T...>> : std::conjunction<IsSendable<T>...> {};
template <class A, class B>
struct IsSendable<std::pair<A, B>> : std::conjunction<IsSendable<std::remove_const_t<A>>, IsSendable<B>> {};
template <class T>
struct IsSendable<std::optional<T>> : IsSendable<T> {};

template <class T>
concept Sendable = IsSendable<std::remove_cv_t<T>>::value;

template <class T>
[[nodiscard]] T decode(std::span<const std::byte> bytes) {
  T value{};
  proto::InputArchive archive(bytes);
  archive(value);
  archive.finish();
  return value;
}

template <class T>
void encode(const T& value, proto::ByteSink& bytes) {
  proto::OutputArchive archive(bytes);
  archive(value);
}

}  // namespace blitzen::detail
