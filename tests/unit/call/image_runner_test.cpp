#include "call/image_runner.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

#include "blitzen/detail/argument_buffer.hpp"
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

struct Broken {
  int bytes_before = 0;
  template <class Archive>
  void save(Archive& archive) const {
    archive(std::string(static_cast<std::size_t>(bytes_before), 'x'));
    throw std::runtime_error("this cannot be saved");
  }
  template <class Archive>
  void load(Archive&) {}
};

Broken broken(int bytes_before) { return {bytes_before}; }

std::vector<std::string> repeated(int count) {
  return std::vector<std::string>(static_cast<std::size_t>(count), "text");
}

void nothing() {}

}  // namespace image_runner_test

using image_runner_test::half;
BLITZEN_TASK(image_runner_test::half)
BLITZEN_TASK(image_runner_test::broken)
BLITZEN_TASK(image_runner_test::repeated)
BLITZEN_TASK(image_runner_test::nothing)

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
  function.thunk = call::Modules{}.locate(reinterpret_cast<const void*>(callable.thunk)).value();
  function.target = call::Modules{}.locate(callable.target).value();
  return function;
}

proto::Function by_name(const std::string& name) {
  proto::Function function;
  function.kind = proto::FunctionKind::name;
  function.name = name;
  return function;
}

std::vector<std::byte> encoded(int x) {
  detail::ArgumentBuffer buffer;
  detail::encode(x, buffer);
  return {buffer.bytes().begin(), buffer.bytes().end()};
}

proto::Failure failure_in(const pool::ResultBuffer& result) {
  proto::Failure failure;
  proto::decode(result.bytes(), failure);
  return failure;
}

}  // namespace

TEST_CASE("a function defined by address is called with the decoded arguments") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(7, definition_of(by_address())));
  pool::ResultBuffer result;
  CHECK(runner.run(7, encoded(42), result) == pool::FinishKind::value);
  CHECK(detail::decode<int>(result.bytes()) == 21);
}

TEST_CASE("a function defined by name is called") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_name("image_runner_test::half"))));
  pool::ResultBuffer result;
  CHECK(runner.run(0, encoded(8), result) == pool::FinishKind::value);
  CHECK(detail::decode<int>(result.bytes()) == 4);
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
  pool::ResultBuffer result;
  REQUIRE(runner.run(0, encoded(-1), result) == pool::FinishKind::error);
  const auto failure = failure_in(result);
  CHECK(failure.exception_type == "std::out_of_range");
  CHECK(failure.what == "negative");
  CHECK(failure.message == "std::out_of_range: negative");
}

TEST_CASE("an exception that is no std::exception becomes its type") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_address())));
  pool::ResultBuffer result;
  REQUIRE(runner.run(0, encoded(3), result) == pool::FinishKind::error);
  CHECK(failure_in(result).exception_type == "image_runner_test::Odd");
  CHECK(failure_in(result).message == "the function threw something of type image_runner_test::Odd");
}

TEST_CASE("thrown text is told") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_address())));
  pool::ResultBuffer result;
  REQUIRE(runner.run(0, encoded(7), result) == pool::FinishKind::error);
  CHECK(failure_in(result).message == "std::string: seven");
  result.clear();
  REQUIRE(runner.run(0, encoded(9), result) == pool::FinishKind::error);
  CHECK(failure_in(result).message == "char const*: nine");
}

TEST_CASE("of a result that cannot be encoded to its end nothing stays") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_name("image_runner_test::broken"))));
  pool::ResultBuffer result;
  const int bytes_before = GENERATE(1, 1'000'000);
  REQUIRE(runner.run(0, encoded(bytes_before), result) == pool::FinishKind::error);
  CHECK(failure_in(result).what == "this cannot be saved");
}

TEST_CASE("large results and those of no bytes are encoded as small ones are") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_name("image_runner_test::repeated"))));
  REQUIRE_FALSE(runner.define(1, definition_of(by_name("image_runner_test::nothing"))));
  pool::ResultBuffer result;
  REQUIRE(runner.run(0, encoded(50'000), result) == pool::FinishKind::value);
  CHECK(detail::decode<std::vector<std::string>>(result.bytes()) == image_runner_test::repeated(50'000));
  result.clear();
  CHECK(runner.run(1, {}, result) == pool::FinishKind::value);
  CHECK(result.bytes().empty());
}

TEST_CASE("a sentence takes the place of a result") {
  call::ImageRunner runner;
  pool::ResultBuffer result;
  runner.fail("too large", result);
  CHECK(failure_in(result).message == "too large");
}

TEST_CASE("arguments that do not decode are an error, not a crash") {
  call::ImageRunner runner;
  REQUIRE_FALSE(runner.define(0, definition_of(by_address())));
  pool::ResultBuffer result;
  auto too_many = encoded(1);
  too_many.push_back(std::byte{0});
  CHECK(runner.run(0, std::span(too_many).first(2), result) == pool::FinishKind::error);
  result.clear();
  CHECK(runner.run(0, too_many, result) == pool::FinishKind::error);
  CHECK(failure_in(result).message ==
        "the arguments cannot be decoded (bytes are left over after the last value); do their types' save and load "
        "agree?");
}

TEST_CASE("a task library that cannot be opened says why") {
  call::ImageRunner runner;
  const auto problem = runner.open_library("/nowhere/libabsent.so");
  REQUIRE(problem);
  CHECK(problem->find("libabsent.so") != std::string::npos);
}
