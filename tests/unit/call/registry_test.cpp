#include "call/registry.hpp"

#include <catch2/catch.hpp>

#include "blitzen/task_registry.hpp"

using namespace blitzen;

namespace registry_test {
int doubled(int x) { return 2 * x; }
int never_registered(int x) { return x; }
}  // namespace registry_test

BLITZEN_TASK(registry_test::doubled)

TEST_CASE("a registered function is found by its name, and its name by the function") {
  const auto callable = detail::callable_of(&registry_test::doubled);
  CHECK(call::find_registered("registry_test::doubled") == callable);
  CHECK(call::registered_name(callable) == "registry_test::doubled");
}

TEST_CASE("a function that was not registered has no name") {
  CHECK_FALSE(call::registered_name(detail::callable_of(&registry_test::never_registered)));
  CHECK_FALSE(call::find_registered("registry_test::never_registered"));
}

TEST_CASE("one name for two functions is a conflict that names it") {
  CHECK_FALSE(call::registration_conflict());
  const detail::TaskRegistration again("registry_test::doubled", detail::callable_of(&registry_test::doubled));
  CHECK_FALSE(call::registration_conflict());
  const detail::TaskRegistration other("registry_test::doubled", detail::callable_of(&registry_test::never_registered));
  REQUIRE(call::registration_conflict());
  CHECK(call::registration_conflict()->find("'registry_test::doubled'") != std::string::npos);
}
