// Values of users: arbitrary bytes become a value of some type or an error, with memory in proportion to the bytes, and
// what became a value stays the same when it is written and read again.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>

#include "blitzen/proto/archive.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/counting_new.hpp"

namespace blitzen::fuzz {
namespace {

struct Reading {
  std::string name;
  std::optional<double> value;
  std::variant<int, std::string, std::vector<bool>> extra;
  std::array<std::uint16_t, 3> place{};
  std::chrono::nanoseconds taken{};
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, value, extra, place, taken);
  }
};

struct Tree {
  std::string name;
  std::vector<Tree> children;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, children);
  }
};

struct Chain {
  std::unique_ptr<Chain> next;
  std::shared_ptr<int> shared;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(next, shared);
  }
};

/// Takes no bytes at all.
struct Nothing {
  template <class Archive>
  void serialize(Archive&) {}
};

/// There are no more elements than this, in all containers together.
std::size_t elements_max(std::size_t came) { return came + proto::zero_byte_elements_max; }

/// What one element takes at most: itself, thrice because a vector may hold half as many once more while it doubles,
/// and what a node of a container, or a block that is allocated, has besides.
template <class Value>
constexpr std::size_t element_bytes = 3 * sizeof(Value) + 96;

template <class Value>
Bytes encoded(const Value& value) {
  Bytes bytes;
  proto::OutputArchive{bytes}(value);
  return bytes;
}

template <class Value>
void decode(std::span<const std::byte> bytes, Value& value) {
  proto::InputArchive archive{bytes};
  archive(value);
  archive.finish();
}

/// `Largest` is what is largest among the elements. Containers without an order write in any.
template <class Value, class Largest, bool ordered = true>
void try_type(std::span<const std::byte> bytes) {
  Value value;
  {
    const testing::AllocationMeter meter;
    bool decoded = true;
    try {
      decode(bytes, value);
    } catch (const proto::DecodeError&) {
      decoded = false;
    } catch (const cereal::Exception&) {
      decoded = false;
    }
    require(
        meter.peak_bytes() <= allocation_bytes_max(bytes.size()) + elements_max(bytes.size()) * element_bytes<Largest>,
        "a value took more memory than its elements can");
    if (!decoded) return;
  }
  const Bytes once = encoded(value);
  Value again;
  decode(once, again);
  const Bytes twice = encoded(again);
  require(once.size() == twice.size(), "a value changes its size when it is read again");
  if (ordered) require(once == twice, "a value changes when it is read again");
}

using Numbers = std::vector<std::int32_t>;
using Words = std::vector<std::string>;
using Grid = std::vector<std::vector<std::vector<std::uint8_t>>>;
using Index = std::map<std::string, std::vector<Reading>>;
using Lookup = std::unordered_map<std::string, std::pair<int, std::optional<std::string>>>;
using Choice = std::variant<std::monostate, bool, std::string, Numbers, std::map<int, std::string>>;
using Mixed = std::tuple<bool, char, float, std::string, std::deque<std::string>, std::list<int>, std::complex<double>>;
using Sets = std::tuple<std::set<std::string>, std::multiset<int>, std::multimap<std::uint8_t, std::string>>;
using Loose = std::tuple<std::unordered_set<int>, std::unordered_multiset<std::uint8_t>>;
using Empties = std::vector<std::vector<Nothing>>;
using Wides = std::tuple<std::u16string, std::wstring, std::vector<double>, std::filesystem::path>;

constexpr void (*types[])(std::span<const std::byte>){
    try_type<Numbers, char>,
    try_type<Words, std::string>,
    try_type<Grid, std::vector<int>>,
    try_type<Index, std::pair<std::string, Reading>>,
    try_type<Lookup, Lookup::value_type, false>,
    try_type<std::vector<Choice>, Choice>,
    try_type<std::vector<Mixed>, Mixed>,
    try_type<Sets, std::pair<int, std::string>>,
    try_type<Loose, std::uint64_t, false>,
    try_type<Empties, std::vector<Nothing>>,
    try_type<Wides, char>,
    try_type<Tree, Tree>,
    try_type<Chain, Chain>,
    try_type<std::vector<std::optional<std::unique_ptr<Reading>>>, Reading>,
};

template <class Value>
void add_seed(std::vector<Seed>& all, std::uint8_t type, const char* name, const Value& value) {
  Bytes input{std::byte{type}};
  proto::OutputArchive{input}(value);
  all.push_back({name, std::move(input)});
}

}  // namespace

void try_input(std::span<const std::byte> input) {
  InputReader reader{input};
  const auto type = reader.number<std::uint8_t>();
  types[type % std::size(types)](reader.rest());
}

std::vector<Seed> seeds() {
  const Reading reading{"name", 1.5, std::string{"extra"}, {1, 2, 3}, std::chrono::nanoseconds{4}};
  std::vector<Seed> all;
  add_seed(all, 0, "numbers", Numbers{1, 2, 3});
  add_seed(all, 1, "words", Words{"one", "", "three"});
  add_seed(all, 2, "vectors in vectors", Grid{{{1, 2}, {}}, {}});
  add_seed(all, 3, "structs in a map", Index{{"a", {reading, {}}}, {"b", {}}});
  add_seed(all, 4, "a map without an order", Lookup{{"a", {1, "b"}}, {"c", {2, std::nullopt}}});
  add_seed(all, 5, "variants", std::vector<Choice>{true, "text", Numbers{1}, std::map<int, std::string>{{1, "one"}}});
  add_seed(all, 6, "tuples", std::vector<Mixed>{{true, 'c', 1.F, "s", {"d"}, {1, 2}, {1, 2}}});
  add_seed(all, 7, "sets", Sets{{"a", "b"}, {1, 1}, {{1, "x"}, {1, "y"}}});
  add_seed(all, 8, "sets without an order", Loose{{1, 2}, {1, 1}});
  add_seed(all, 9, "elements without bytes", Empties{std::vector<Nothing>(3), {}});
  add_seed(all, 10, "wide characters", Wides{u"ab", L"cd", {1, 2}, "/tmp"});
  add_seed(all, 11, "a tree", Tree{"a", {{"b", {{"c", {}}}}, {"d", {}}}});
  Chain chain;
  chain.next = std::make_unique<Chain>();
  chain.shared = std::make_shared<int>(7);
  chain.next->shared = chain.shared;
  add_seed(all, 12, "pointers, one of them shared", chain);
  std::vector<std::optional<std::unique_ptr<Reading>>> pointers(2);
  pointers[0] = std::make_unique<Reading>(reading);
  add_seed(all, 13, "pointers that may be missing", pointers);
  return all;
}

}  // namespace blitzen::fuzz
