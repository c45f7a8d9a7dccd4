#include "net/goodbye.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "proto/codec.hpp"

namespace blitzen::net {
namespace {

std::string sentence_heard(const std::string& sentence) {
  std::vector<std::byte> body;
  proto::encode(proto::Goodbye{.reason = proto::GoodbyeReason::too_many, .sentence = sentence}, body);
  const proto::Goodbye heard = read_goodbye(body);
  CHECK(heard.reason == proto::GoodbyeReason::too_many);
  return heard.sentence;
}

}  // namespace

TEST_CASE("a goodbye says what its peer said") {
  CHECK(sentence_heard("no place is left; try again") == "no place is left; try again");
}

TEST_CASE("a goodbye without a word says so") { CHECK(sentence_heard("") == "it gave no reason"); }

TEST_CASE("a goodbye cannot forge lines, send escape sequences to a terminal, or seem to be empty") {
  CHECK(sentence_heard("bye\nerror: forged") == "bye\\nerror: forged");
  CHECK(sentence_heard("\x1b[2Jbye") == "\\x1b[2Jbye");
  CHECK(sentence_heard(std::string("\0bye", 4)) == "\\x00bye");
}

}  // namespace blitzen::net
