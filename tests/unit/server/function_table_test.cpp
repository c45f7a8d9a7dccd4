#include "server/function_table.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace blitzen::server {
namespace {

proto::Function at_offset(std::uint32_t index, std::uint64_t offset) {
  proto::Function function;
  function.index = index;
  function.kind = proto::FunctionKind::address;
  function.thunk.offset = offset;
  return function;
}

proto::Function named(const std::string& name, std::byte image = {}) {
  proto::Function function;
  function.kind = proto::FunctionKind::name;
  function.name = name;
  function.image[0] = image;
  return function;
}

TEST_CASE("the same function is kept once, whatever index drivers give it") {
  FunctionTable table;
  const FunctionRef one = table.acquire(at_offset(5, 4096));
  const FunctionRef same = table.acquire(at_offset(9, 4096));
  const FunctionRef other = table.acquire(at_offset(5, 8192));
  CHECK(one.id == same.id);
  CHECK(one.id != other.id);
  CHECK(table.size() == 2);
  CHECK(table.at(one.id).thunk.offset == 4096);
  CHECK(table.at(one.id).index == static_cast<std::uint32_t>(one.id));
}

TEST_CASE("each function is a code of its own, so that refusing one refuses no other") {
  FunctionTable table;
  const core::CodeId f = table.acquire(named("f")).code;
  CHECK(f == table.acquire(named("f")).code);
  CHECK(f != table.acquire(named("g")).code);
  CHECK(f != table.acquire(named("f", std::byte{1})).code);
  CHECK(table.acquire(at_offset(0, 1)).code != table.acquire(at_offset(1, 2)).code);
}

TEST_CASE("a function is forgotten when its last user lets go of it, and its number is not used again") {
  FunctionTable table;
  const FunctionRef first = table.acquire(named("f"));
  CHECK(table.acquire(named("f")).id == first.id);
  table.release(first.id);
  CHECK(table.size() == 1);
  table.release(first.id);
  CHECK(table.size() == 0);
  CHECK(table.acquire(named("f")).id != first.id);
}

TEST_CASE("the last refusal is remembered as long as the function is in use") {
  FunctionTable table;
  const FunctionRef one = table.acquire(at_offset(0, 1));
  const FunctionRef other = table.acquire(at_offset(1, 2));
  CHECK(table.last_refusal(one.id).empty());
  table.note_refusal(one.id, "no shipped code here");
  CHECK(table.last_refusal(one.id) == "no shipped code here");
  CHECK(table.last_refusal(other.id).empty());
  table.release(one.id);
  CHECK(table.last_refusal(one.id).empty());
  CHECK(table.last_refusal(table.acquire(at_offset(0, 1)).id).empty());
}

}  // namespace
}  // namespace blitzen::server
