#include "blitzen/proto/archive.hpp"

#include <catch2/catch.hpp>
#include <cereal/types/bitset.hpp>
#include <cereal/types/forward_list.hpp>
#include <cereal/types/polymorphic.hpp>
#include <limits>

#include "tests/support/counting_new.hpp"

namespace blitzen::proto {
namespace {

struct Person {
  std::string name;
  int age = 0;
  std::vector<Person> children;
  friend bool operator==(const Person&, const Person&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, age, children);
  }
};

struct Split {
  int value = 0;
  friend bool operator==(const Split&, const Split&) = default;
  template <class Archive>
  void save(Archive& archive) const {
    archive(value + 1);
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(value);
    --value;
  }
};

struct Free {
  double value = 0;
  friend bool operator==(const Free&, const Free&) = default;
};
template <class Archive>
void serialize(Archive& archive, Free& free) {
  archive(free.value);
}

struct Versioned {
  int value = 0;
  friend bool operator==(const Versioned&, const Versioned&) = default;
  template <class Archive>
  void serialize(Archive& archive, std::uint32_t) {
    archive(value);
  }
};

struct Nothing {
  friend bool operator==(const Nothing&, const Nothing&) = default;
};

enum class Colour : std::uint16_t { red, green };

struct Link {
  std::unique_ptr<Link> next;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(next);
  }
};

/// Far larger in memory than on the wire.
struct Bulky {
  std::uint8_t key = 0;
  std::array<std::uint64_t, 128> cache{};
  template <class Archive>
  void serialize(Archive& archive) {
    archive(key);
  }
};

struct Shape {
  virtual ~Shape() = default;
  [[nodiscard]] virtual int corners() const = 0;
};
struct Square : Shape {
  [[nodiscard]] int corners() const override { return 4; }
  template <class Archive>
  void serialize(Archive&) {}
};

template <class T>
std::vector<std::byte> written(const T& value) {
  std::vector<std::byte> bytes;
  OutputArchive{bytes}(value);
  return bytes;
}

template <class T>
T read(std::span<const std::byte> bytes) {
  InputArchive archive{bytes};
  T value{};
  archive(value);
  archive.finish();
  return value;
}

template <class T>
void check_round_trip(const T& value) {
  const auto bytes = written(value);
  CHECK(read<T>(bytes) == value);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE_THROWS_AS(read<T>(std::span{bytes}.first(size)), DecodeError);
  }
}

/// A container that claims `count` elements and has `size` bytes of zeros.
std::vector<std::byte> claiming(std::uint64_t count, std::size_t size) {
  auto bytes = written(count);
  bytes.resize(bytes.size() + size);
  return bytes;
}

}  // namespace
}  // namespace blitzen::proto

CEREAL_REGISTER_TYPE(blitzen::proto::Square)
CEREAL_REGISTER_POLYMORPHIC_RELATION(blitzen::proto::Shape, blitzen::proto::Square)

namespace blitzen::proto {
namespace {

TEST_CASE("scalars come back, extremes too") {
  check_round_trip(true);
  check_round_trip('x');
  check_round_trip(std::numeric_limits<std::int64_t>::min());
  check_round_trip(std::numeric_limits<std::uint64_t>::max());
  check_round_trip(std::numeric_limits<double>::infinity());
  check_round_trip(std::numeric_limits<float>::denorm_min());
  check_round_trip(Colour::green);
  check_round_trip(std::byte{200});
}

TEST_CASE("standard containers come back and cannot be cut short") {
  check_round_trip(std::string{"text"});
  check_round_trip(std::u16string{u"text"});
  check_round_trip(std::vector<double>{1, 2.5, -3});
  check_round_trip(std::vector<bool>{true, false, true});
  check_round_trip(std::vector<std::byte>{std::byte{1}, std::byte{2}});
  check_round_trip(std::vector<std::string>{"a", "", "c"});
  check_round_trip(std::array<int, 3>{1, 2, 3});
  check_round_trip(std::deque<std::string>{"a", "b"});
  check_round_trip(std::list<int>{1, 2});
  check_round_trip(std::forward_list<int>{1, 2});
  check_round_trip(std::set<std::string>{"a", "b"});
  check_round_trip(std::multiset<int>{1, 1});
  check_round_trip(std::unordered_set<int>{1, 2});
  check_round_trip(std::unordered_multiset<int>{1, 1});
  check_round_trip(std::map<std::string, std::vector<int>>{{"a", {1, 2}}, {"b", {}}});
  check_round_trip(std::multimap<int, int>{{1, 2}, {1, 3}});
  check_round_trip(std::unordered_map<int, std::string>{{1, "x"}});
  check_round_trip(std::tuple<int, std::string, double>{1, "x", 2});
  check_round_trip(std::pair<int, Colour>{1, Colour::red});
  check_round_trip(std::optional<std::string>{"x"});
  check_round_trip(std::optional<int>{});
  check_round_trip(std::variant<int, std::string>{"x"});
  check_round_trip(std::complex<double>{1, 2});
  check_round_trip(std::bitset<70>{0x123456789});
  check_round_trip(std::chrono::nanoseconds{5});
  check_round_trip(std::filesystem::path{"a directory/file.txt"});
}

TEST_CASE("users' types come back, however they are serialised") {
  check_round_trip(Person{"Ada", 36, {{"Byron", 5, {}}}});
  check_round_trip(Split{4});
  check_round_trip(Free{1.5});
  check_round_trip(Versioned{6});
  check_round_trip(std::vector<Nothing>(3));
  check_round_trip(Nothing{});
}

TEST_CASE("pointers come back with what they point to") {
  const auto unique = read<std::unique_ptr<Person>>(written(std::make_unique<Person>(Person{"Ada", 36, {}})));
  REQUIRE(unique);
  CHECK(unique->name == "Ada");
  const auto one = std::make_shared<int>(5);
  const auto both = read<std::pair<std::shared_ptr<int>, std::shared_ptr<int>>>(written(std::pair{one, one}));
  CHECK(both.first == both.second);
  CHECK(*both.first == 5);
  const std::unique_ptr<Shape> shape = std::make_unique<Square>();
  CHECK(read<std::unique_ptr<Shape>>(written(shape))->corners() == 4);
}

TEST_CASE("numbers lie in memory order, counts take eight bytes") {
  const auto bytes = written(std::vector<std::uint16_t>{0x0102});
  const std::vector<std::byte> expected{std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0},
                                        std::byte{0}, std::byte{0}, std::byte{0}, std::byte{2}, std::byte{1}};
  CHECK(bytes == expected);
}

TEST_CASE("writing appends") {
  std::vector<std::byte> bytes{std::byte{9}};
  OutputArchive{bytes}(std::uint8_t{1});
  CHECK(bytes.size() == 2);
  CHECK(bytes.front() == std::byte{9});
}

TEST_CASE("bytes left over are an error only when finish is asked") {
  const auto bytes = written(std::pair{1, 2});
  InputArchive archive{bytes};
  int first = 0;
  archive(first);
  CHECK(archive.remaining() == 4);
  CHECK_THROWS_AS(archive.finish(), DecodeError);
}

TEST_CASE("a hostile count allocates nothing, whatever the container") {
  const auto bytes = claiming(std::uint64_t{1} << 60U, 16);
  const testing::AllocationMeter meter;
  CHECK_THROWS_AS(read<std::string>(bytes), DecodeError);
  CHECK_THROWS_AS(read<std::u32string>(bytes), DecodeError);
  CHECK_THROWS_AS(read<std::vector<double>>(bytes), DecodeError);
  CHECK_THROWS_AS(read<std::vector<bool>>(bytes), DecodeError);
  CHECK_THROWS_AS(read<std::vector<std::string>>(bytes), DecodeError);
  CHECK_THROWS_AS(read<std::vector<Bulky>>(bytes), DecodeError);
  CHECK_THROWS_AS(read<std::vector<Nothing>>(bytes), DecodeError);
  CHECK_THROWS_AS(read<std::deque<int>>(bytes), DecodeError);
  CHECK_THROWS_AS(read<std::list<int>>(bytes), DecodeError);
  CHECK_THROWS_AS(read<std::forward_list<int>>(bytes), DecodeError);
  CHECK_THROWS_AS((read<std::map<int, int>>(bytes)), DecodeError);
  CHECK_THROWS_AS(read<std::unordered_set<int>>(bytes), DecodeError);
  CHECK(meter.peak_bytes() < 4096);
}

TEST_CASE("a block is checked in bytes, not in elements") {
  const testing::AllocationMeter meter;
  CHECK_THROWS_AS(read<std::vector<double>>(claiming(100'000, 100'000)), DecodeError);
  CHECK(meter.peak_bytes() < 250'000);
}

TEST_CASE("a vector of bulky elements grows only as they arrive") {
  const testing::AllocationMeter meter;
  CHECK_THROWS_AS((read<std::vector<std::pair<std::string, Bulky>>>(claiming(100'000, 100'000))), DecodeError);
  // Each element takes nine bytes at least; most of them cannot be there.
  CHECK(meter.peak_bytes() < 60'000'000);
}

TEST_CASE("elements without bytes are bounded in all containers together") {
  // Each of the first half's containers claims as many elements as there are bytes behind it.
  constexpr std::size_t containers = 1000;
  std::vector<std::byte> bytes;
  OutputArchive out{bytes};
  out(std::uint64_t{containers});
  for (std::size_t i = 0; i < containers; ++i) out(std::uint64_t{4 * containers});
  bytes.resize(16 * containers);
  const testing::AllocationMeter meter;
  CHECK_THROWS_AS(read<std::vector<std::list<Nothing>>>(bytes), DecodeError);
  CHECK(meter.peak_bytes() < 4 * bytes.size() + 1024 * 1024);
}

TEST_CASE("elements without bytes are bounded by number") {
  CHECK(read<std::vector<Nothing>>(written(std::vector<Nothing>(zero_byte_elements_max))).size() ==
        zero_byte_elements_max);
  CHECK_THROWS_AS(read<std::vector<Nothing>>(written(std::vector<Nothing>(zero_byte_elements_max + 1))), DecodeError);
}

TEST_CASE("nesting has an end in both directions") {
  Link chain;
  for (int i = 0; i < 100; ++i) chain = Link{std::make_unique<Link>(std::move(chain))};
  CHECK(read<Link>(written(chain)).next->next != nullptr);
  for (int i = 0; i < 1000; ++i) chain = Link{std::make_unique<Link>(std::move(chain))};
  CHECK_THROWS_AS(written(chain), EncodeError);
  // Each byte says that one more link follows.
  const std::vector<std::byte> endless(100'000, std::byte{1});
  CHECK_THROWS_AS(read<Link>(endless), DecodeError);
}

TEST_CASE("a bool is 0 or 1") {
  const std::vector<std::byte> bytes{std::byte{2}};
  CHECK_THROWS_AS(read<bool>(bytes), DecodeError);
}

}  // namespace
}  // namespace blitzen::proto
