// Everything that can travel.
#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <complex>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "cluster.hpp"

namespace {

struct Particle {
  std::string name;
  std::array<double, 3> position{};
  std::vector<Particle> children;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, position, children);
  }
  friend bool operator==(const Particle&, const Particle&) = default;
};

template <class T>
T echo(const T& value) {
  return value;
}

int unwrap(std::unique_ptr<int> number) { return *number; }

template <class T>
void comes_back_as_it_went(blitzen::Dispatcher& dispatcher, const T& value) {
  const auto task = dispatcher.run(echo<T>, value);
  CHECK(dispatcher.get_result(task).value() == value);
}

}  // namespace

TEST_CASE("values of every type come back as they went") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  comes_back_as_it_went(*dispatcher, true);
  comes_back_as_it_went(*dispatcher, 'x');
  comes_back_as_it_went(*dispatcher, -1.25e-300);
  comes_back_as_it_went(*dispatcher, std::uint64_t{0xffff'ffff'ffff'fff0});
  comes_back_as_it_went(*dispatcher, std::string("text with \0 inside", 18));
  comes_back_as_it_went(*dispatcher, std::filesystem::path("a directory/file.txt"));
  comes_back_as_it_went(*dispatcher, std::vector<std::filesystem::path>{"/", ""});
  comes_back_as_it_went(*dispatcher, std::vector<double>{1, 2, 3});
  comes_back_as_it_went(*dispatcher, std::vector<bool>{true, false, true});
  comes_back_as_it_went(*dispatcher, std::vector<std::string>{"", "a", "bc"});
  comes_back_as_it_went(*dispatcher, std::map<std::string, std::vector<int>>{{"a", {1}}, {"b", {}}});
  comes_back_as_it_went(*dispatcher, std::unordered_map<int, std::string>{{1, "one"}, {2, "two"}});
  comes_back_as_it_went(*dispatcher, std::set<int>{3, 1, 2});
  comes_back_as_it_went(*dispatcher, std::pair<int, std::string>{1, "one"});
  comes_back_as_it_went(*dispatcher, std::tuple<int, double, std::string>{1, 2.5, "x"});
  comes_back_as_it_went(*dispatcher, std::optional<int>{});
  comes_back_as_it_went(*dispatcher, std::optional<int>{4});
  comes_back_as_it_went(*dispatcher, std::variant<int, std::string>{"text"});
  comes_back_as_it_went(*dispatcher, std::complex<double>{1, -1});
  comes_back_as_it_went(*dispatcher, std::chrono::milliseconds{1500});
  comes_back_as_it_went(*dispatcher, Particle{"root", {1, 2, 3}, {Particle{"leaf", {}, {}}}});
}

TEST_CASE("what can only be moved can be an argument") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const auto task = dispatcher->run(unwrap, std::make_unique<int>(7));
  CHECK(dispatcher->get_result(task).value() == 7);
}

TEST_CASE("a payload of many frames comes back as it went") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  std::vector<std::uint32_t> numbers(3'000'000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint32_t>(i * 2654435761U);
  comes_back_as_it_went(*dispatcher, numbers);
}
