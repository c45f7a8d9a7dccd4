/// \file
/// How arguments, results and packets become bytes: cereal archives that write to and read from memory.
///
/// The format is cereal's plain binary one, little-endian: arithmetic types as they lie in memory (sizeof(T) bytes,
/// IEEE floating point), containers as a 64-bit count and their elements, bool as one byte that is 0 or 1. Both
/// supported platforms are LP64, so `long` and `std::size_t` are 8 bytes. `long double` differs between architectures
/// and only travels between equal ones.
///
/// Reading is safe against hostile bytes: a count is checked against the bytes that are left before anything is
/// allocated for it, containers grow only as their elements really arrive, and nesting is capped.
#pragma once

#include <bit>
#include <blitzen/proto/byte_sink.hpp>
#include <cereal/cereal.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/chrono.hpp>
#include <cereal/types/complex.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/list.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/tuple.hpp>
#include <cereal/types/unordered_map.hpp>
#include <cereal/types/unordered_set.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/variant.hpp>
#include <cereal/types/vector.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace blitzen::proto {

static_assert(std::endian::native == std::endian::little, "the wire format is the memory of little-endian machines");

/// Objects, containers and pointers inside each other. Bounds the stack that decoding needs; cereal itself puts a few
/// levels around each pointer.
inline constexpr std::uint32_t nesting_levels_max = 1024;

/// Elements that take no bytes at all (empty classes) a container may have: their count cannot be checked against the
/// bytes that are left.
inline constexpr std::size_t zero_byte_elements_max = 4096;

/// The bytes are not what they should be; what() says why. Damaged variants and shared pointers may throw
/// cereal::Exception instead.
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The value cannot be written so that it can be read back; what() says why.
class EncodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Appends encoded values to a byte vector or a sink.
/// \code
/// std::vector<std::byte> bytes;
/// OutputArchive{bytes}(42, std::string{"text"});
/// \endcode
class OutputArchive : public cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision> {
 public:
  /// Appends to `bytes`, which must outlive the archive. Never clears it.
  explicit OutputArchive(std::vector<std::byte>& bytes)
      : cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision>(this), vector_(&bytes) {}
  explicit OutputArchive(ByteSink& sink)
      : cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision>(this), sink_(&sink) {}

  void write(const void* data, std::size_t size) {
    if (vector_ == nullptr) return sink_->write(data, size);
    const auto* first = static_cast<const std::byte*>(data);
    vector_->insert(vector_->end(), first, first + size);
  }

  /// As ByteSink::write_view() says.
  void write_view(std::span<const std::byte> view) {
    if (vector_ == nullptr) return sink_->write_view(view);
    write(view.data(), view.size());
  }

  void enter() {
    if (++level_ > nesting_levels_max) throw EncodeError("the value is nested too deeply to be sent");
  }
  void leave() noexcept { --level_; }

 private:
  std::vector<std::byte>* vector_ = nullptr;
  ByteSink* sink_ = nullptr;
  std::uint32_t level_ = 0;
};

/// Reads values back in the order they were written. Throws DecodeError; the archive is of no use afterwards.
/// \code
/// InputArchive in{bytes};
/// in(number, text);
/// in.finish();
/// \endcode
class InputArchive : public cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision> {
 public:
  /// Reads `bytes`, which must outlive the archive.
  explicit InputArchive(std::span<const std::byte> bytes)
      : cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision>(this),
        rest_(bytes),
        elements_left_(bytes.size() + zero_byte_elements_max) {}

  [[nodiscard]] std::size_t remaining() const noexcept { return rest_.size(); }

  /// The bytes that have not been read yet.
  [[nodiscard]] std::span<const std::byte> rest() const noexcept { return rest_; }

  /// Throws DecodeError if bytes are left.
  void finish() const {
    if (!rest_.empty()) throw DecodeError("bytes are left over after the last value");
  }

  /// The next `size` bytes, as a view of what the archive reads.
  [[nodiscard]] std::span<const std::byte> take(std::size_t size) {
    if (size > rest_.size()) throw DecodeError("the bytes end in the middle of a value");
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  void read(void* data, std::size_t size) {
    const auto from = take(size);
    if (size != 0) std::memcpy(data, from.data(), size);
  }

  /// Reads the count of a container's elements, each of which takes at least `element_bytes_min` bytes.
  [[nodiscard]] std::size_t read_count(std::size_t element_bytes_min) {
    std::uint64_t count = 0;
    read(&count, sizeof count);
    if (count > rest_.size() / element_bytes_min) throw DecodeError("a count is larger than the bytes that are left");
    return static_cast<std::size_t>(count);
  }

  /// Reads the count of a container whose elements may take no bytes. Those that do take some are no more than the
  /// bytes, in all containers together, also if containers are in containers.
  [[nodiscard]] std::size_t read_count() {
    std::uint64_t count = 0;
    read(&count, sizeof count);
    if (count > rest_.size() && count > zero_byte_elements_max) {
      throw DecodeError("a count is larger than the bytes that are left");
    }
    if (count > elements_left_) throw DecodeError("there are more elements than bytes");
    elements_left_ -= static_cast<std::size_t>(count);
    return static_cast<std::size_t>(count);
  }

  void enter() {
    if (++level_ > nesting_levels_max) throw DecodeError("values are nested too deeply");
  }
  void leave() noexcept { --level_; }

 private:
  std::span<const std::byte> rest_;
  std::size_t elements_left_;
  std::uint32_t level_ = 0;
};

namespace detail {

/// Elements that are copied as a block because their bytes are their encoding.
template <class T>
concept Block = (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) || std::is_same_v<T, std::byte>;

template <class Container>
void load_block(InputArchive& archive, Container& container) {
  using Element = typename Container::value_type;
  const std::size_t count = archive.read_count(sizeof(Element));
  const std::byte* const bytes = archive.rest().data();
  if (reinterpret_cast<std::uintptr_t>(bytes) % alignof(Element) == 0) {
    // Copied into fresh memory, which resize() would fill with zeros first.
    const auto* const elements = reinterpret_cast<const Element*>(archive.take(count * sizeof(Element)).data());
    container.assign(elements, elements + count);
  } else {
    container.resize(count);
    archive.read(container.data(), count * sizeof(Element));
  }
}

template <class Container>
void load_one_by_one(InputArchive& archive, Container& container) {
  const std::size_t count = archive.read_count();
  container.clear();
  for (std::size_t i = 0; i < count; ++i) archive(container.emplace_back());
}

template <class Set>
void load_keys(InputArchive& archive, Set& set) {
  const std::size_t count = archive.read_count();
  set.clear();
  for (std::size_t i = 0; i < count; ++i) {
    typename Set::key_type key;
    archive(key);
    set.emplace(std::move(key));
  }
}

}  // namespace detail

// What cereal calls around every value. Scalars are not worth counting.

template <class T>
requires std::is_class_v<T>
void prologue(OutputArchive& archive, const T&) { archive.enter(); }
template <class T>
requires std::is_class_v<T>
void epilogue(OutputArchive& archive, const T&) { archive.leave(); }
template <class T>
requires std::is_class_v<T>
void prologue(InputArchive& archive, const T&) { archive.enter(); }
template <class T>
requires std::is_class_v<T>
void epilogue(InputArchive& archive, const T&) { archive.leave(); }

// The building blocks of cereal's own serialisers.

template <class T>
requires std::is_arithmetic_v<T>
void save(OutputArchive& archive, const T& value) { archive.write(&value, sizeof value); }

template <class T>
requires std::is_arithmetic_v<T>
void load(InputArchive& archive, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    std::uint8_t byte = 0;
    archive.read(&byte, sizeof byte);
    if (byte > 1) throw DecodeError("a bool is neither 0 nor 1");
    value = byte != 0;
  } else {
    archive.read(&value, sizeof value);
  }
}

template <class T>
void save(OutputArchive& archive, const cereal::BinaryData<T>& data) {
  archive.write(data.data, static_cast<std::size_t>(data.size));
}
template <class T>
void load(InputArchive& archive, cereal::BinaryData<T>& data) {
  archive.read(data.data, static_cast<std::size_t>(data.size));
}

template <class T>
void save(OutputArchive& archive, const cereal::NameValuePair<T>& pair) {
  archive(pair.value);
}
template <class T>
void load(InputArchive& archive, cereal::NameValuePair<T>& pair) {
  archive(pair.value);
}

template <class T>
void save(OutputArchive& archive, const cereal::SizeTag<T>& tag) {
  archive(static_cast<std::uint64_t>(tag.size));
}
template <class T>
void load(InputArchive& archive, cereal::SizeTag<T>& tag) {
  tag.size = archive.read_count();
}

// Containers for which cereal allocates what the count says, or whose equal elements it reverses. These are chosen over
// cereal's because they name the archive; they read the same bytes.

template <class T, class Allocator>
requires(!std::is_same_v<T, bool>) void load(InputArchive& archive, std::vector<T, Allocator>& vector) {
  if constexpr (detail::Block<T>) {
    detail::load_block(archive, vector);
  } else {
    detail::load_one_by_one(archive, vector);
  }
}

template <class Allocator>
void save(OutputArchive& archive, const std::vector<std::byte, Allocator>& vector) {
  archive(static_cast<std::uint64_t>(vector.size()));
  archive.write(vector.data(), vector.size());
}

template <class Char, class Traits, class Allocator>
void load(InputArchive& archive, std::basic_string<Char, Traits, Allocator>& string) {
  detail::load_block(archive, string);
}

/// A path travels as its native string.
inline void save(OutputArchive& archive, const std::filesystem::path& path) { archive(path.native()); }
inline void load(InputArchive& archive, std::filesystem::path& path) {
  std::filesystem::path::string_type native;
  archive(native);
  path = std::move(native);
}

template <class T, class Allocator>
void load(InputArchive& archive, std::deque<T, Allocator>& deque) {
  detail::load_one_by_one(archive, deque);
}

template <class T, class Allocator>
void load(InputArchive& archive, std::list<T, Allocator>& list) {
  detail::load_one_by_one(archive, list);
}

template <class Key, class Hash, class Equal, class Allocator>
void load(InputArchive& archive, std::unordered_set<Key, Hash, Equal, Allocator>& set) {
  detail::load_keys(archive, set);
}

template <class Key, class Hash, class Equal, class Allocator>
void load(InputArchive& archive, std::unordered_multiset<Key, Hash, Equal, Allocator>& set) {
  detail::load_keys(archive, set);
}

template <class Key, class Compare, class Allocator>
void load(InputArchive& archive, std::multiset<Key, Compare, Allocator>& set) {
  detail::load_keys(archive, set);
}

template <class Key, class Value, class Compare, class Allocator>
void load(InputArchive& archive, std::multimap<Key, Value, Compare, Allocator>& map) {
  const std::size_t count = archive.read_count();
  map.clear();
  for (std::size_t i = 0; i < count; ++i) {
    Key key;
    Value value;
    archive(key, value);
    map.emplace(std::move(key), std::move(value));
  }
}

}  // namespace blitzen::proto

CEREAL_REGISTER_ARCHIVE(blitzen::proto::OutputArchive)
CEREAL_REGISTER_ARCHIVE(blitzen::proto::InputArchive)
CEREAL_SETUP_ARCHIVE_TRAITS(blitzen::proto::InputArchive, blitzen::proto::OutputArchive)
