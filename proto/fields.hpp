// The kinds of field that packets are made of, as wrappers for the archives. Each checks what it reads.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "blitzen/proto/archive.hpp"
#include "proto/limits.hpp"
#include "proto/packets.hpp"

namespace blitzen::proto {

/// Text: a 32-bit length and that many bytes.
struct Text {
  std::string& value;
};

/// Opaque bytes: a 32-bit length and that many bytes. Reading yields a view.
struct Bytes {
  BytesView& value;
};

/// Bytes of a fixed size, without a length.
template <std::size_t Size>
struct FixedBytes {
  std::array<std::byte, Size>& value;
};

/// A list: a 32-bit count and that many items.
template <class T>
struct List {
  std::vector<T>& value;
};

/// One byte that is one of an enum's values, First to Last.
template <class Enum, Enum First, Enum Last>
struct Choice {
  Enum& value;
};

/// A number or text that may be missing, known by its id for ever. `absent` is what a missing one means; it is not
/// written.
template <class T>
struct OptionalField {
  std::uint16_t id;
  T& value;
  T absent;
};

/// What ends every packet and every extensible item: a 16-bit size of all optional fields together, then each one's
/// 16-bit id, 16-bit size and value. Ids that are not in `known` are skipped.
template <class... T>
struct OptionalFields {
  explicit OptionalFields(OptionalField<T>... fields) : known(fields...) {}
  std::tuple<OptionalField<T>...> known;
};

/// The fewest bytes an item takes: what a count is checked against. Defined beside each item's serialize function.
template <class T>
inline constexpr std::size_t encoded_bytes_min = 0;

inline void save(OutputArchive& archive, const Text& text) {
  std::string_view view = text.value;
  if (view.size() > text_bytes_max) {
    // Cut where a character starts, so that UTF-8 stays whole.
    std::size_t end = text_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(view[end]) & 0xC0U) == 0x80U) --end;
    view = view.substr(0, end);
  }
  archive(static_cast<std::uint32_t>(view.size()));
  archive.write(view.data(), view.size());
}

inline void load(InputArchive& archive, Text& text) {
  std::uint32_t size = 0;
  archive(size);
  if (size > text_bytes_max) throw DecodeError("a text is longer than the limit");
  const auto bytes = archive.take(size);
  text.value.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

inline void save(OutputArchive& archive, const Bytes& bytes) {
  if (bytes.value.size() > packet_bytes_max) throw EncodeError("a payload is larger than a packet may be");
  archive(static_cast<std::uint32_t>(bytes.value.size()));
  archive.write_view(bytes.value);
}

inline void load(InputArchive& archive, Bytes& bytes) {
  std::uint32_t size = 0;
  archive(size);
  bytes.value = archive.take(size);
}

template <std::size_t Size>
void save(OutputArchive& archive, const FixedBytes<Size>& bytes) {
  archive.write(bytes.value.data(), Size);
}

template <std::size_t Size>
void load(InputArchive& archive, FixedBytes<Size>& bytes) {
  archive.read(bytes.value.data(), Size);
}

template <class T>
void save(OutputArchive& archive, const List<T>& list) {
  archive(static_cast<std::uint32_t>(list.value.size()));
  for (const T& item : list.value) archive(item);
}

/// Reads a list's count, checked against the bytes that are left.
template <class T>
std::uint32_t load_count(InputArchive& archive) {
  static_assert(encoded_bytes_min<T> > 0, "say how many bytes an item takes at least");
  std::uint32_t count = 0;
  archive(count);
  if (count > archive.remaining() / encoded_bytes_min<T>) {
    throw DecodeError("a count is larger than the bytes that are left");
  }
  return count;
}

template <class T>
void load(InputArchive& archive, List<T>& list) {
  list.value.resize(load_count<T>(archive));
  for (T& item : list.value) archive(item);
}

template <class Enum, Enum First, Enum Last>
void save(OutputArchive& archive, const Choice<Enum, First, Last>& choice) {
  archive(static_cast<std::uint8_t>(choice.value));
}

template <class Enum, Enum First, Enum Last>
void load(InputArchive& archive, Choice<Enum, First, Last>& choice) {
  std::uint8_t byte = 0;
  archive(byte);
  if (byte < static_cast<std::uint8_t>(First) || byte > static_cast<std::uint8_t>(Last)) {
    throw DecodeError("a field has a value that is not one of its choices");
  }
  choice.value = static_cast<Enum>(byte);
}

namespace detail {

inline constexpr std::size_t optional_header_bytes = 4;

template <class T>
std::size_t value_bytes(const T&) {
  return sizeof(T);
}
inline std::size_t value_bytes(const std::string& text) { return text.size(); }

template <class T>
void save_value(OutputArchive& archive, const T& value) {
  archive(value);
}
/// Its size stands before it already.
inline void save_value(OutputArchive& archive, const std::string& text) { archive.write(text.data(), text.size()); }

template <class T>
void load_value(BytesView bytes, T& value) {
  InputArchive archive{bytes};
  archive(value);
  archive.finish();
}
inline void load_value(BytesView bytes, std::string& text) {
  text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

template <class T>
std::size_t optional_bytes(const OptionalField<T>& field) {
  return field.value == field.absent ? 0 : optional_header_bytes + value_bytes(field.value);
}

template <class T>
void save_optional(OutputArchive& archive, const OptionalField<T>& field) {
  if (field.value == field.absent) return;
  archive(field.id, static_cast<std::uint16_t>(value_bytes(field.value)));
  save_value(archive, field.value);
}

template <class T>
void load_optional(std::uint16_t id, BytesView bytes, OptionalField<T>& field) {
  if (field.id == id) load_value(bytes, field.value);
}

}  // namespace detail

template <class... T>
void save(OutputArchive& archive, const OptionalFields<T...>& fields) {
  std::apply(
      [&](const auto&... field) {
        archive(static_cast<std::uint16_t>((std::size_t{0} + ... + detail::optional_bytes(field))));
        (detail::save_optional(archive, field), ...);
      },
      fields.known);
}

template <class... T>
void load(InputArchive& archive, OptionalFields<T...>& fields) {
  std::apply([](auto&... field) { ((field.value = field.absent), ...); }, fields.known);
  std::uint16_t size = 0;
  archive(size);
  if (size == 0) return;
  InputArchive section{archive.take(size)};
  while (section.remaining() > 0) {
    std::uint16_t id = 0;
    std::uint16_t field_size = 0;
    section(id, field_size);
    const BytesView bytes = section.take(field_size);
    std::apply([&](auto&... field) { (detail::load_optional(id, bytes, field), ...); }, fields.known);
  }
}

}  // namespace blitzen::proto
