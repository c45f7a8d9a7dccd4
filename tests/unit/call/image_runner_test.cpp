#include "call/image_runner.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "blitzen/task_registry.hpp"
#include "call/modules.hpp"
#include "proto/codec.hpp"

using namespace blitzen;

namespace image_runner_test {

struct Odd {};

int half(int x) {
  if (x < 0) throw std::out_of_range("negative");
  if (x == 7) throw std::string("seven");
  if (x == 9) throw "nine";
  if (x % 2 != 0) throw Odd{};
  return x / 2;
}

}  // namespace image_runner_test

using image_runner_test::half;
BLITZEN_TASK(image_runner_test::half)

namespace {

std::vector<std::byte> definition_of(const proto::Function& function) {
  std::vector<std::byte> bytes;
  proto::encode(function, bytes);
  return bytes;
}

proto::Function by_address() {
  const auto callable = detail::callable_of(&half);
  proto::Function function;
  function.kind = proto::FunctionKind::address;
  function.thunk = call::locate(reinterpret_cast<const void*>(callable.thunk)).value();
  function.target = call::locate(callable.target).value();
  return function;
}

proto::Function by_name(const std::string& name) {
  proto::Function function;
  function.kind = proto::FunctionKind::name;
  function.name = name;
  return function;
}

std::vector<std::byte> encoded(int x) {
  std::vector<std::byte> bytes;
  detail::encode(x, bytes);
  return bytes;
}

proto::Failure failure_in(const std::vector<std::byte>& content) {
  proto::Failure failure;
  proto::decode(content, failure);
  return failure;
}

}  // namespace

TEST_CASE("a function defined by address is called with the decoded arguments") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(7, definition_of(by_address())));
  std::vector<std::byte> content;
  CHECK(runner.run(7, encoded(42), content) == pool::FinishKind::value);
  CHECK(detail::decode<int>(content) == 21);
}

TEST_CASE("a function defined by name is called") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_name("image_runner_test::half"))));
  std::vector<std::byte> content;
  CHECK(runner.run(0, encoded(8), content) == pool::FinishKind::value);
  CHECK(detail::decode<int>(content) == 4);
}

TEST_CASE("a name nobody registered is refused with a sentence that says it") {
  call::ImageRunner runner;
  const auto problem = runner.define(0, definition_of(by_name("nobody")));
  REQUIRE(problem);
  CHECK(problem->find("'nobody'") != std::string::npos);
}

TEST_CASE("a description cut short is refused, not executed") {
  call::ImageRunner runner;
  auto bytes = definition_of(by_address());
  bytes.resize(bytes.size() / 2);
  CHECK(runner.define(0, bytes));
}

TEST_CASE("an exception becomes its type and what()") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_address())));
  std::vector<std::byte> content;
  REQUIRE(runner.run(0, encoded(-1), content) == pool::FinishKind::error);
  const auto failure = failure_in(content);
  CHECK(failure.exception_type == "std::out_of_range");
  CHECK(failure.what == "negative");
  CHECK(failure.message == "std::out_of_range: negative");
}

TEST_CASE("an exception that is no std::exception becomes its type") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_address())));
  std::vector<std::byte> content;
  REQUIRE(runner.run(0, encoded(3), content) == pool::FinishKind::error);
  CHECK(failure_in(content).exception_type == "image_runner_test::Odd");
  CHECK(failure_in(content).message == "the function threw something of type image_runner_test::Odd");
}

TEST_CASE("thrown text is told") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_address())));
  std::vector<std::byte> content;
  REQUIRE(runner.run(0, encoded(7), content) == pool::FinishKind::error);
  CHECK(failure_in(content).message == "std::string: seven");
  content.clear();
  REQUIRE(runner.run(0, encoded(9), content) == pool::FinishKind::error);
  CHECK(failure_in(content).message == "char const*: nine");
}

TEST_CASE("what stood in the content before a failing call stays") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_address())));
  std::vector<std::byte> content(3, std::byte{9});
  REQUIRE(runner.run(0, encoded(-1), content) == pool::FinishKind::error);
  CHECK(content[2] == std::byte{9});
  content.erase(content.begin(), content.begin() + 3);
  CHECK(failure_in(content).what == "negative");
}

TEST_CASE("arguments that do not decode are an error, not a crash") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_address())));
  std::vector<std::byte> content;
  auto too_many = encoded(1);
  too_many.push_back(std::byte{0});
  CHECK(runner.run(0, std::span(too_many).first(2), content) == pool::FinishKind::error);
  content.clear();
  CHECK(runner.run(0, too_many, content) == pool::FinishKind::error);
  CHECK(failure_in(content).message ==
        "the arguments cannot be decoded (bytes are left over after the last value); do their types' save and load "
        "agree?");
}

TEST_CASE("a task library that cannot be opened says why") {
  call::ImageRunner runner;
  const auto problem = runner.open_library("/nowhere/libabsent.so");
  REQUIRE(problem);
  CHECK(problem->find("libabsent.so") != std::string::npos);
}
