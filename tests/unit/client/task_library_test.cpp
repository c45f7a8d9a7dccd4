#include "client/task_library.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "blitzen/error.hpp"

using namespace blitzen;
using client::check_task_library;

TEST_CASE("a task library is known by its absolute path") {
  const auto relative = std::filesystem::relative(BLITZEN_TEST_LIBRARY);
  CHECK(std::filesystem::equivalent(check_task_library(relative), BLITZEN_TEST_LIBRARY));
  CHECK(std::filesystem::path(check_task_library(relative)).is_absolute());
}

TEST_CASE("a task library that does not exist is refused by name") {
  CHECK_THROWS_WITH(check_task_library("./libmissing.so"),
                    Catch::Contains("libmissing.so") && Catch::Contains("no such file"));
}

TEST_CASE("a file that is no shared library is refused") {
  CHECK_THROWS_WITH(check_task_library("/etc/passwd"), Catch::Contains("not a shared library"));
}
