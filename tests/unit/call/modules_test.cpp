#include "call/modules.hpp"

#include <dlfcn.h>

#include <catch2/catch.hpp>

#include "tests/support/linked_library/linked_library.hpp"

using namespace blitzen;

namespace {

int function_of_this_program(int x) { return x + 1; }

template <class F>
const void* address_of(F* function) {
  return reinterpret_cast<const void*>(function);
}

const void* found(const std::variant<const void*, std::string>& result) {
  REQUIRE(std::holds_alternative<const void*>(result));
  return std::get<const void*>(result);
}

std::string problem(const std::variant<const void*, std::string>& result) {
  REQUIRE(std::holds_alternative<std::string>(result));
  return std::get<std::string>(result);
}

}  // namespace

TEST_CASE("a function of the executable is found again by its offset") {
  const auto located = call::Modules{}.locate(address_of(&function_of_this_program));
  REQUIRE(located);
  CHECK(located->module.empty());
  CHECK(found(call::Modules{}.resolve(*located)) == address_of(&function_of_this_program));
}

TEST_CASE("a function of a linked shared library is found again by the library's name") {
  const auto located = call::Modules{}.locate(address_of(&triple_in_library));
  REQUIRE(located);
  CHECK(located->module.find("libblitzen_linked_library.so") == 0);
  CHECK_FALSE(located->build_id.empty());
  CHECK(found(call::Modules{}.resolve(*located)) == address_of(&triple_in_library));
}

TEST_CASE("an address that is no code is not located") {
  const int variable = 0;
  CHECK_FALSE(call::Modules{}.locate(&variable));
  CHECK_FALSE(call::Modules{}.locate(nullptr));
}

TEST_CASE("another build of a library is refused with a sentence") {
  auto code = call::Modules{}.locate(address_of(&triple_in_library));
  REQUIRE(code);
  code->build_id = "0123";
  CHECK(problem(call::Modules{}.resolve(*code)).find("another build") != std::string::npos);
}

TEST_CASE("an offset outside the code is refused, never turned into an address") {
  auto code = call::Modules{}.locate(address_of(&triple_in_library));
  REQUIRE(code);
  code->offset = std::uint64_t{1} << 46;
  CHECK(problem(call::Modules{}.resolve(*code)).find("outside the code") != std::string::npos);
  code->offset = 0;  // the ELF header, which is not executable
  CHECK(problem(call::Modules{}.resolve(*code)).find("outside the code") != std::string::npos);
}

TEST_CASE("a library that is not loaded is named") {
  CHECK(problem(call::Modules{}.resolve({"libabsent.so.1", "", 64})).find("'libabsent.so.1'") != std::string::npos);
}

TEST_CASE("a library that is loaded later is found, and after it is unloaded it is not") {
  call::Modules modules;
  modules.refresh();
  // One of the C library's own that no program is linked with.
  void* const library = ::dlopen("libthread_db.so.1", RTLD_LAZY);
  REQUIRE(library != nullptr);
  const void* const function = ::dlsym(library, "td_init");
  const auto located = modules.locate(function);
  REQUIRE(located);
  CHECK(located->module == "libthread_db.so.1");
  CHECK(found(modules.resolve(*located)) == function);
  REQUIRE(::dlclose(library) == 0);
  CHECK(problem(modules.resolve(*located)).find("not loaded") != std::string::npos);
}
