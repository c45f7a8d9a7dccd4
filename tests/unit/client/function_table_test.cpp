#include "client/function_table.hpp"

#include <catch2/catch.hpp>

#include "proto/codec.hpp"

using namespace blitzen;
using client::FunctionTable;

namespace {

proto::Function function(std::uint32_t index, const std::string& name) {
  proto::Function function;
  function.index = index;
  function.kind = proto::FunctionKind::name;
  function.name = name;
  return function;
}

}  // namespace

TEST_CASE("a function is found by the index its server gave it") {
  FunctionTable table;
  table.define(function(5, "five"));
  table.define(function(2, "two"));
  proto::Function found;
  REQUIRE(table.find(5) != nullptr);
  proto::decode(table.find(5)->definition, found);
  CHECK(found.name == "five");
  CHECK(table.find(5)->named);
  CHECK(table.find(2)->number != table.find(5)->number);
}

TEST_CASE("an index that was not defined finds nothing") {
  FunctionTable table;
  table.define(function(2, "two"));
  CHECK(table.find(1) == nullptr);
  CHECK(table.find(3) == nullptr);
}

TEST_CASE("a function keeps its number in the pool when the next connection gives it another index") {
  FunctionTable table;
  table.define(function(1, "f"));
  const client::KnownFunction* before = table.find(1);
  table.forget_indexes();
  CHECK(table.find(1) == nullptr);
  table.define(function(9, "f"));
  CHECK(table.find(9) == before);
}

TEST_CASE("a client knows a limited number of functions and recognises one too many") {
  FunctionTable table;
  for (std::uint32_t index = 0; index <= client::known_functions_max; ++index) {
    table.define(function(index, std::to_string(index)));
  }
  CHECK_FALSE(table.find(client::known_functions_max - 1)->one_too_many);
  CHECK(table.find(client::known_functions_max)->one_too_many);
}

TEST_CASE("an index beyond the limit is the server's mistake") {
  FunctionTable table;
  CHECK_THROWS_AS(table.define(function(client::definitions_max, "f")), proto::DecodeError);
}
