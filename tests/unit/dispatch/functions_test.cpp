// Everything that can be run.
#include <dlfcn.h>

#include <catch2/catch.hpp>

#include "cluster.hpp"
#include "tests/support/linked_library/linked_library.hpp"

namespace {

int add(int a, int b) { return a + b; }
int add_noexcept(int a, int b) noexcept { return a + b; }
template <class T>
T largest(T a, T b) {
  return a < b ? b : a;
}
struct Maths {
  static double square(double x) { return x * x; }
};
struct Scale {
  double factor;
  double operator()(double x) const { return factor * x; }
};
std::size_t length(const std::string& text) { return text.size(); }
std::string moved(std::string&& text) { return std::move(text) + "!"; }
void nothing() {}
int named(int x) { return x + 100; }

}  // namespace

BLITZEN_TASK(named)

TEST_CASE("functions of every kind run and return their values") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const auto free_function = dispatcher->run(add, 2, 3);
  const auto noexcept_function = dispatcher->run(add_noexcept, 2, 3);
  const auto template_instance = dispatcher->run(largest<long>, 4, 9);
  const auto static_member = dispatcher->run(Maths::square, 1.5);
  const auto lambda = dispatcher->run([](int x) { return x - 1; }, 10);
  const auto closure = dispatcher->run([factor = 7](int x) { return factor * x; }, 6);
  const auto generic = dispatcher->run([](auto a, auto b) { return a + b; }, 1, 0.5);
  const auto functor = dispatcher->run(Scale{2.5}, 4);
  const auto library_function = dispatcher->run(triple_in_library, 5);
  const auto registered = dispatcher->run(named, 1);
  const auto by_reference = dispatcher->run(length, "four");
  const auto by_rvalue = dispatcher->run(moved, std::string("text"));
  CHECK(dispatcher->get_result(free_function).value() == 5);
  CHECK(dispatcher->get_result(noexcept_function).value() == 5);
  CHECK(dispatcher->get_result(template_instance).value() == 9);
  CHECK(dispatcher->get_result(static_member).value() == 2.25);
  CHECK(dispatcher->get_result(lambda).value() == 9);
  CHECK(dispatcher->get_result(closure).value() == 42);
  CHECK(dispatcher->get_result(generic).value() == 1.5);
  CHECK(dispatcher->get_result(functor).value() == 10);
  CHECK(dispatcher->get_result(library_function).value() == 15);
  CHECK(dispatcher->get_result(registered).value() == 101);
  CHECK(dispatcher->get_result(by_reference).value() == 4);
  CHECK(dispatcher->get_result(by_rvalue).value() == "text!");
}

TEST_CASE("a function that workers cannot find fails with a sentence, each time, and no other function with it") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  CHECK(dispatcher->get_result(dispatcher->run(add, 1, 2)).value() == 3);
  // Opened at run time, so that no worker has it.
  void* library = ::dlopen(BLITZEN_PLUGIN, RTLD_NOW);
  REQUIRE(library != nullptr);
  int (*function)(int) = nullptr;
  *reinterpret_cast<void**>(&function) = ::dlsym(library, "blitzen_plugin_function");
  REQUIRE(function != nullptr);
  for (int i = 0; i < 2; ++i) {
    const auto outcome = dispatcher->get_result(dispatcher->run(function, 1));
    REQUIRE(outcome.kind() == blitzen::OutcomeKind::error);
    CHECK(outcome.error().message().find("which this process has not loaded") != std::string::npos);
  }
  CHECK(dispatcher->get_result(dispatcher->run(add, 2, 3)).value() == 5);
}

TEST_CASE("a function that returns nothing has an outcome") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const auto task = dispatcher->run(nothing);
  const auto outcome = dispatcher->get_result(task);
  CHECK(outcome);
  CHECK_NOTHROW(outcome.value());
}

TEST_CASE("a dispatcher made before init() throws instead of starting copies of the program") {
  CHECK(cluster::error_before_init == blitzen::ErrorCode::not_initialised);
}
